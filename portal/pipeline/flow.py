"""Flow: one leased stream inside the worker that serves it."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from portal.domain.health import Health
from portal.pipeline.due import Due, Key, Wanted
from portal.pipeline.endpoints import Endpoint
from portal.pipeline.letters import Letter
from portal.pipeline.rollups import Tally

# A stream that fell empty is kept so long, in case more comes: taking it costs two writes.
LINGER = 0.1
# A stream whose pace is slower than this is given back between two sends: its place is for others.
LONGEST_GAP = 2.0
# A stream is looked at again this soon when it had nothing.
LOOK_EVERY = 0.02
# Reads ask for one of these many rows, so that streams can be read together.
_STEPS = (8, 16, 32, 64, 256, 1024)


@dataclass
class Flow:
    """What a worker remembers of a stream that it has leased. Times are monotonic seconds.

    ``known`` are the deliveries that were read and whose outcome is not recorded yet. ``passed``
    is the last fresh one that was read: the next reading goes on behind it, and begins anew now
    and then, because what is committed late may stand before it.
    """

    endpoint: Endpoint
    health: Health
    # As it stands in the database.
    noted: Health
    ready: deque[Letter] = field(default_factory=deque)
    known: set[str] = field(default_factory=set)
    under_way: int = 0
    passed: Key | None = None
    # How many deliveries were asked for at the last look.
    room: int = 0
    looked_at: float = float("-inf")
    is_looked_at: bool = False
    # Somebody else has the lease now.
    is_lost: bool = False
    # The head of an ordered stream has failed, which is not recorded yet: nothing may overtake it.
    is_stuck: bool = False
    # So many deliveries were found to fit into one request; None: as many as the policy says.
    fits: int | None = None
    active_at: float = 0.0
    next_send: float = 0.0
    tally: Tally = field(default_factory=Tally)

    @property
    def cap(self) -> int:
        """How many requests may be in flight: one while nobody knows whether the endpoint answers
        at all, and while it is only probed."""
        if self.health.resting or self.health.last_ok is None:
            return 1
        return self.endpoint.in_flight

    @property
    def batch_size(self) -> int:
        """How many deliveries a new batch may hold, as far as the endpoint has shown."""
        return min(self.endpoint.batch_size, self.fits or self.endpoint.batch_size)

    @property
    def reads_plainly(self) -> bool:
        """Whether its deliveries go alone and in any order."""
        return not self.endpoint.ordered and self.endpoint.batch_size == 1

    def wants_to_read(self, now: float, clock: datetime) -> bool:
        """Whether it is time to look for more deliveries; ``clock`` is the database's."""
        return (
            2 * len(self.ready) < self.cap
            and now - self.looked_at >= LOOK_EVERY
            and self.flows(clock)
        )

    def flows(self, clock: datetime) -> bool:
        """Whether something may become ready at all now."""
        if self.is_lost or self.is_stuck or not self.endpoint.sends:
            return False
        return self.health.ready_at is None or self.health.ready_at <= clock

    def wanted(self, share: int) -> Wanted:
        """What to read, when every stream may have about ``share`` rows."""
        size = self.endpoint.batch_size
        if size > 1:
            # Whole batches, whose data is read when they are sent.
            count = max(1, min(2 * self.cap, share // size)) * size
            return Wanted(self.endpoint.hook_id, count + len(self.known), inline=0)
        self.room = min(max(self.cap, share), 256)
        want = self.room + (0 if self.passed else len(self.known))
        most = next((step for step in _STEPS if step >= want), _STEPS[-1])
        return Wanted(self.endpoint.hook_id, most, passed=self.passed)

    def unknown(self, rows: Iterable[Due]) -> list[Due]:
        """Those of ``rows`` that were not read before, as many as there is room for."""
        fresh = [due for due in rows if due.id not in self.known]
        return fresh[: self.room] if self.reads_plainly else fresh

    def add(self, letters: Iterable[Letter], now: float) -> None:
        """Make ``letters`` ready to be sent."""
        for letter in letters:
            self.ready.append(letter)
            self.known.update([due.id for due in letter.carried])
            self.active_at = now
            if self.reads_plainly and not letter.first.attempt_count:
                self.passed = Key(letter.first.due_at, letter.first.id)

    def may_send(self, now: float) -> bool:
        """Whether the next letter may go out now, as far as this stream is concerned."""
        return bool(self.ready) and self.under_way < self.cap and self.next_send <= now

    def begin(self, now: float) -> Letter:
        """Take the next letter out to be sent; the pace allows the one after it later."""
        self.under_way += 1
        self.active_at = now
        if self.endpoint.per_minute:
            self.next_send = max(now, self.next_send) + 60 / self.endpoint.per_minute
        return self.ready.popleft()

    def drop_overdue(self, now: float) -> None:
        """Let go of letters that have waited too long; the next reading sees to them."""
        while self.ready and self.ready[0].is_overdue(now):
            letter = self.ready.popleft()
            self.known.difference_update([due.id for due in letter.carried])
            self.passed, self.looked_at = None, float("-inf")

    def clear(self) -> None:
        """Forget what was not sent yet; its rows stand as they stood."""
        for letter in self.ready:
            self.known.difference_update(due.id for due in letter.carried)
        self.ready.clear()
        self.passed = None

    def rest_until(self, moment: datetime) -> None:
        """Let nothing out before ``moment``: what was next has to wait."""
        self.clear()
        ready_at = max(moment, self.health.ready_at or moment)
        self.health = self.health._replace(ready_at=ready_at)

    def is_over(self, now: float) -> bool:
        """Whether there is nothing left to do for this worker."""
        if self.under_way or self.is_looked_at:
            return False
        if self.next_send - now > LONGEST_GAP:
            return len(self.known) == sum(len(letter.carried) for letter in self.ready)
        if self.known:
            return False
        if self.is_lost or not self.endpoint.sends:
            return True
        return now - max(self.active_at, self.next_send) > LINGER

    def farewell(self, now: float, clock: datetime) -> Health:
        """The health to leave the stream in; a pace that is not over yet goes with it."""
        wait = self.next_send - now
        if wait <= 0:
            return self.health
        ready_at = max(clock + timedelta(seconds=wait), self.health.ready_at or clock)
        return self.health._replace(ready_at=ready_at)
