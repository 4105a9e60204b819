"""Aside: what a drain leaves to a thread of its own, because waiting for the database would keep
the requests in flight waiting too."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Generic, TypeVar

from flask import Flask, current_app

Answer = TypeVar("Answer")


class Aside(Generic[Answer]):
    """One piece of work at a time, with a database session of its own.

    To be used by one thread, inside an app context, and closed at the end.
    """

    def __init__(self, name: str) -> None:
        self._app: Flask = current_app._get_current_object()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._work: Future[Answer] | None = None

    @property
    def is_busy(self) -> bool:
        """Whether the answer of what was begun has not been taken yet."""
        return self._work is not None

    @property
    def is_done(self) -> bool:
        """Whether what was begun has come to its end, and its answer can be taken."""
        return self._work is not None and self._work.done()

    def begin(self, work: Callable[[], Answer]) -> None:
        """Have ``work`` done; only when not busy."""
        self._work = self._thread.submit(self._do, work)

    def answer(self, at_any_rate: bool = False) -> Answer | None:
        """What the work has answered, once; None while it goes on, unless it is to be had
        ``at_any_rate``.

        Raises what the work raised.
        """
        if self._work is None or not (at_any_rate or self._work.done()):
            return None
        work, self._work = self._work, None
        return work.result()

    def wait(self, seconds: float) -> bool:
        """Wait at most so long for the end of what goes on; false at once when nothing does."""
        if self._work is None:
            return False
        wait([self._work], seconds)
        return True

    def close(self) -> None:
        """Let the thread end with what it is at."""
        self._thread.shutdown()

    def _do(self, work: Callable[[], Answer]) -> Answer:
        with self._app.app_context():
            return work()
