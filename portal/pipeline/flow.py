"""Flow: one leased stream inside the worker that serves it."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from portal.domain.health import Health
from portal.pipeline.due import Due, Key, Wanted
from portal.pipeline.endpoints import Endpoint
from portal.pipeline.letters import Letter

# A stream that fell empty is kept so long, in case more comes: taking it costs two writes.
LINGER = 0.1
# A stream is looked at again this soon when it had nothing.
LOOK_EVERY = 0.02
# Reads ask for one of these many rows, so that streams can be read together.
_STEPS = (8, 32, 128, 512, 2048)


@dataclass
class Tally:
    """What the attempts of a stream add up to since it was last written down."""

    delivered: int = 0
    failed: int = 0
    duration_ms: int = 0


@dataclass
class Flow:
    """What a worker remembers of a stream that it has leased. Times are monotonic seconds.

    ``known`` are the deliveries that were read and whose outcome is not recorded yet. ``passed``
    is the last fresh one that was read: the next reading goes on behind it, and begins anew now
    and then, because what is committed late may stand before it.
    """

    endpoint: Endpoint
    health: Health
    ready: deque[Letter] = field(default_factory=deque)
    known: set[str] = field(default_factory=set)
    under_way: int = 0
    passed: Key | None = None
    looked_at: float = float("-inf")
    is_looked_at: bool = False
    # Somebody else has the lease now.
    is_lost: bool = False
    # The head of an ordered stream has failed, which is not recorded yet: nothing may overtake it.
    is_stuck: bool = False
    active_at: float = 0.0
    next_send: float = 0.0
    is_dirty: bool = False
    tally: Tally = field(default_factory=Tally)

    @property
    def cap(self) -> int:
        """How many requests may be in flight: one while the endpoint is only probed."""
        return 1 if self.health.resting else self.endpoint.in_flight

    @property
    def reads_in_order(self) -> bool:
        """Whether what is next does not depend on what is due, but on what came first."""
        return self.endpoint.ordered or self.endpoint.batch_size > 1

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
        want = max(self.cap, share) * self.endpoint.batch_size
        want = min(want, max(2 * self.endpoint.batch_size, 256))
        if self.passed is None:
            want += len(self.known)
        most = next((step for step in _STEPS if step >= want), _STEPS[-1])
        return Wanted(self.endpoint.hook_id, most, self.passed)

    def unknown(self, rows: Iterable[Due]) -> list[Due]:
        """Those of ``rows`` that were not read before."""
        return [due for due in rows if due.id not in self.known]

    def add(self, letters: Iterable[Letter], now: float) -> None:
        """Make ``letters`` ready to be sent."""
        for letter in letters:
            self.ready.append(letter)
            self.known.update([due.id for due in letter.carried])
            self.active_at = now
            last = letter.carried[-1]
            if not self.endpoint.ordered and not last.attempt_count:
                self.passed = Key(last.due_at, last.id)

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

    def clear(self) -> None:
        """Forget what was not sent yet; its rows stand as they stood."""
        for letter in self.ready:
            self.known.difference_update(due.id for due in letter.carried)
        self.ready.clear()
        self.passed = None

    def rest_until(self, moment: datetime) -> None:
        """Let nothing out before ``moment``: what was next has to wait."""
        self.clear()
        self.health = self.health._replace(ready_at=moment)
        self.is_dirty = True

    def is_over(self, now: float) -> bool:
        """Whether there is nothing left to do for this worker."""
        if self.under_way or self.known or self.is_looked_at:
            return False
        return self.is_lost or not self.endpoint.sends or now - self.active_at > LINGER

    def farewell(self, now: float, clock: datetime) -> Health:
        """The health to leave the stream in; a pace that is not over yet goes with it."""
        wait = self.next_send - now
        if wait <= 0:
            return self.health
        ready_at = max(clock + timedelta(seconds=wait), self.health.ready_at or clock)
        return self.health._replace(ready_at=ready_at)
