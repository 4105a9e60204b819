"""Work: all that is due, deliveries and runs, side by side until there is none."""

from collections.abc import Callable
from threading import Event

from portal.pipeline import deliver, runs, streams
from portal.pipeline.aside import Aside

# How often to look for runs while deliveries go on; most drains are over long before.
LOOK_SECONDS = 0.05


def anything_due() -> bool:
    """Whether a worker could do something now."""
    return streams.anything_due() or runs.anything_due()


def work(should_stop: Callable[[], bool], beat: Callable[[], None]) -> int:
    """Do everything that is due; return how many attempts and runs that took.

    ``should_stop`` is asked all the time, from two threads: once true, nothing new is begun.
    ``beat`` is called many times a second. A run never waits for an endpoint that hangs.
    """
    sent = Event()
    aside: Aside[int] = Aside("runs")
    aside.begin(lambda: _run_until(sent, should_stop))
    try:
        count = deliver.drain(should_stop, beat)
        sent.set()
        while not aside.is_done:
            aside.wait(LOOK_SECONDS)
            beat()
        return count + (aside.answer(at_any_rate=True) or 0)
    finally:
        sent.set()
        aside.close()


def _run_until(sent: Event, should_stop: Callable[[], bool]) -> int:
    """Do what runs are due again and again, and once more after everything was ``sent``."""
    count = 0
    while True:
        is_last = sent.is_set() or should_stop()
        if runs.anything_due():
            count += runs.run_due(should_stop)
        if is_last:
            return count
        sent.wait(LOOK_SECONDS)
