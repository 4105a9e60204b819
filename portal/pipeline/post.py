"""Post: what is under way, and whose turn it is to be sent next."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from operator import attrgetter
from time import monotonic
from typing import NamedTuple

from portal.domain.fairness import room
from portal.domain.health import Standing
from portal.pipeline.flow import Flow
from portal.pipeline.letters import Letter, request_of
from portal.sender import Reply, Request, Sender

SLOTS = 640
# How long a round waits for the first answer; and where many are under way, how long it gathers
# more: each round looks at every stream, which should not be done for each answer.
WAIT, GATHER, MANY = 0.01, 0.002, 64
# No more than this is held in memory for requests in flight.
LARGEST_UNDER_WAY = 64 * 1024 * 1024

# Reads, by event id, what a letter's deliveries do not carry with them.
ReadData = Callable[[Letter], Mapping[str, str]]


class Answered(NamedTuple):
    """A letter that is through: the headers that went out, when, and what came back."""

    letter: Letter
    headers: Sequence[tuple[str, str]]
    started_at: datetime
    reply: Reply


class Post:
    """Sends letters through the one door, fairly over streams and standings."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._started: dict[str, tuple[Standing, datetime]] = {}
        self._by_standing: Counter[Standing] = Counter()
        self._bytes = 0
        self._unsent: list[Answered] = []

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way."""
        return not self._started and not self._unsent

    def send(self, flows: Iterable[Flow], read_data: ReadData) -> None:
        """Begin whatever may go out now, one letter a stream in turn."""
        waiting = [flow for flow in flows if flow.ready]
        # Who has least under way goes first, lest the slow hold every slot that comes free.
        waiting.sort(key=attrgetter("under_way"))
        while waiting:
            waiting = [flow for flow in waiting if self._send_one(flow, read_data)]

    def collect(self) -> Iterator[Answered]:
        """What is through; waits a moment for the first when something is under way."""
        unsent, self._unsent = self._unsent, []
        yield from unsent
        for request, reply in self._finished(0 if unsent else WAIT):
            letter: Letter = request.key
            standing, started_at = self._started.pop(letter.first.id)
            self._by_standing[standing] -= 1
            self._bytes -= letter.size
            yield Answered(letter, request.headers, started_at, reply)

    def _finished(self, wait: float) -> list[tuple[Request, Reply]]:
        done = self._sender.finished(wait)
        ends = monotonic() + GATHER
        while len(self._started) - len(done) > MANY and (left := ends - monotonic()) > 0:
            done += self._sender.finished(left)
        return done

    def _send_one(self, flow: Flow, read_data: ReadData) -> bool:
        standing = flow.health.standing
        if not flow.may_send(monotonic()) or not self._has_room(standing):
            return False
        letter, now = flow.begin(monotonic()), datetime.now(UTC)
        request = request_of(letter, read_data(letter), now, standing == Standing.FAILING)
        if isinstance(request, Reply):
            self._unsent.append(Answered(letter, (), now, request))
            return True
        self._started[letter.first.id] = standing, now
        self._by_standing[standing] += 1
        self._bytes += letter.size
        self._sender.start(request)
        return True

    def _has_room(self, standing: Standing) -> bool:
        if self._sender.free <= 0 or self._bytes >= LARGEST_UNDER_WAY:
            return False
        # Endpoints whose last attempt succeeded may have every slot.
        return standing == Standing.PROVEN or room(standing, self._by_standing, SLOTS) > 0
