"""A whole run spread over two workers, each with servers of its own; a selection runs in one.

What shares something that takes long to make stays together: the experiments in tests/faults and
the browser have a portal each for all their tests, and elsewhere a file is the least.
"""

import os
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

WORKERS = 2
# With everything that the tests start; 10 of 19 leaves an ordinary process nine tenths of a core.
NICENESS = 10

# Folders whose tests stay on one worker, the second after the first: experiments measure time,
# and a browser beside them would take it. The other worker does all else meanwhile.
EXPERIMENTS, BROWSER = "tests/faults", "tests/browser"


def workers_for(config: pytest.Config) -> int:
    """How many workers serve the run that ``config`` asks for; 0 runs it in this process.

    Whoever selects tests waits for a few of them, and would wait for the second worker as well;
    a debugger needs this terminal, and a long run measures what nothing is to run beside.
    """
    option = config.option
    names_all = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    selects = option.keyword or option.markexpr or getattr(option, "lf", False) or option.stepwise
    alone = option.usepdb or option.trace or option.collectonly or option.long
    return WORKERS if names_all and not selects and not alone else 0


class Courtesy:
    """Lets the experiments in tests/faults, which measure time, go before what runs beside them.

    A worker gives way for good with its first other test: those experiments come first.
    """

    def __init__(self) -> None:
        self._gives_way = False

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Give way before the first test that is no experiment."""
        if not self._gives_way and not item.nodeid.startswith(f"{EXPERIMENTS}/"):
            self._gives_way = True
            os.nice(NICENESS)


class Spread(LoadScopeScheduling):
    """Hands out the experiments first, the browser to whoever had them, then file after file."""

    _experimenter: Any = None

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        together = (EXPERIMENTS, BROWSER)
        return next((one for one in together if file.startswith(f"{one}/")), file)

    def _assign_work_unit(self, node: Any) -> None:
        if EXPERIMENTS in self.workqueue:
            self.workqueue.move_to_end(EXPERIMENTS, last=False)
            self._experimenter = node
        elif BROWSER in self.workqueue:
            self.workqueue.move_to_end(BROWSER, last=node is not self._experimenter)
        super()._assign_work_unit(node)
