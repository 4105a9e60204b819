"""The job that a ring of the bell starts: send what is due, and do the runs that are owed."""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from portal.pipeline.work import anything_due, work
from portal.queue import JOB_TIMEOUT, answer_bell, ring

# Ten minutes before RQ's alarm, so that the sends in flight can still be recorded.
BUDGET_SECONDS = JOB_TIMEOUT - 600


@dataclass
class Shift:
    """What the process that runs the drain wants to be asked and told in the meantime."""

    should_stop: Callable[[], bool] = lambda: False
    beat: Callable[[], None] = lambda: None


# Set by the worker, because a job comes without arguments.
shift = Shift()


def drain() -> None:
    """Do everything that is due, until idle, stopped, or out of budget.

    The bell is answered first: what is committed after that rings again.
    """
    answer_bell()
    ends = monotonic() + BUDGET_SECONDS
    work(lambda: shift.should_stop() or monotonic() > ends, shift.beat)
    if anything_due():
        ring()
