"""Waiting for something to become true, instead of sleeping and hoping."""

from collections.abc import Callable
from threading import Event
from time import monotonic
from typing import TypeVar

Found = TypeVar("Found")

# Between two looks; short enough that a test never feels it.
PAUSE = 0.01


def until(condition: Callable[[], Found], timeout: float = 10.0) -> Found:
    """The first true thing that ``condition`` returns.

    Looks again every few milliseconds; raises :class:`AssertionError` after ``timeout`` seconds.
    """
    deadline, pause = monotonic() + timeout, Event()
    while not (found := condition()):
        assert monotonic() < deadline, f"not true within {timeout} s: {condition}"
        pause.wait(PAUSE)
    return found
