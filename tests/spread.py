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

# Folders whose tests stay on one worker, in the order in which they begin, before all others:
# they take longest, and in a fresh checkout they fetch the front end.
TOGETHER = ("tests/faults", "tests/browser")


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
        if not self._gives_way and not item.nodeid.startswith(f"{TOGETHER[0]}/"):
            self._gives_way = True
            os.nice(NICENESS)


class Spread(LoadScopeScheduling):
    """Hands out the folders in :data:`TOGETHER` first and whole, then file after file."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return next((one for one in TOGETHER if file.startswith(f"{one}/")), file)

    def _assign_work_unit(self, node: Any) -> None:
        for folder in reversed(TOGETHER):
            if folder in self.workqueue:
                self.workqueue.move_to_end(folder, last=False)
        super()._assign_work_unit(node)
