"""Ledger: outcomes wait here until they are recorded, many in one transaction."""

from collections.abc import Sequence
from datetime import datetime
from time import monotonic

from portal.pipeline.aside import Aside
from portal.pipeline.news import News, announce
from portal.pipeline.record import Sent, record
from portal.pipeline.transactions import writing

# Outcomes are recorded together, but none waits longer than this (in seconds) for others; and not
# more at once than a small text holds, which is copied a few times on its way.
RECORD_AT, RECORD_WITHIN, MOST_AT_ONCE = 256, 0.01, 512
# Where the database does not keep up, sending waits for it.
MOST_WAITING = 1024


class Ledger:
    """What was sent under the leases of ``token``, to be written down while sending goes on.

    What comes in during one transaction makes up the next: the busier a worker is, the more
    outcomes share a commit.
    """

    def __init__(self, token: str) -> None:
        self._token = token
        self._waiting: list[Sent] = []
        self._oldest = 0.0
        self._clerk: Aside[tuple[Sequence[Sent], Sequence[News]]] = Aside("clerk")

    @property
    def is_clear(self) -> bool:
        """Whether everything is recorded and was handed back."""
        return not self._waiting and not self._clerk.is_busy

    def enter(self, sent: Sent) -> None:
        """Have ``sent`` recorded with others."""
        if not self._waiting:
            self._oldest = monotonic()
        self._waiting.append(sent)

    def settle(self, hurry: bool, now: datetime) -> Sequence[Sent]:
        """Begin to record what waits, when there is much, or old, or in a ``hurry``; ``now`` is
        the database's clock.

        Hands back, once, what is recorded by now, and tells the world of hooks that were disabled
        by it. Raises what recording raised.
        """
        recorded = self._take_back(wait=len(self._waiting) >= MOST_WAITING)
        if self._waiting and not self._clerk.is_busy and (hurry or self._is_time()):
            sent, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
            self._clerk.begin(lambda: (sent, self._record(sent, now)))
        return recorded

    def finish(self, now: datetime) -> Sequence[Sent]:
        """Record everything and wait for it; hands back what :meth:`settle` has not."""
        recorded: list[Sent] = []
        while not self.is_clear:
            recorded += self.settle(hurry=True, now=now)
            recorded += self._take_back(wait=True)
        return recorded

    def wait(self, seconds: float) -> bool:
        """Wait at most so long for what is being recorded; false at once when nothing is."""
        return self._clerk.wait(seconds)

    def close(self) -> None:
        """End the thread, whatever is recorded by then."""
        self._clerk.close()

    def _is_time(self) -> bool:
        return len(self._waiting) >= RECORD_AT or monotonic() - self._oldest >= RECORD_WITHIN

    def _take_back(self, wait: bool) -> Sequence[Sent]:
        answer = self._clerk.answer(wait)
        if answer is None:
            return ()
        sent, news = answer
        announce(news)
        return sent

    def _record(self, sent: Sequence[Sent], now: datetime) -> Sequence[News]:
        with writing() as session:
            return record(session, sent, self._token, now)
