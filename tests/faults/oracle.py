"""The oracle: joins what the portal accepted with what the receiver saw of it."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from operator import attrgetter
from threading import Event, Lock
from time import monotonic

from tests.faults import processes
from tests.receiver import Answer, Arrival, Receiver
from tests.waiting import until

# What was answered so lately may not be recorded yet: the commit has to wait for its turn.
UNRECORDED_SECONDS = 1.0
# What the dead have sent is read out of the socket a little later.
ON_THE_WAY_SECONDS = 0.2

Decision = Callable[[Arrival], int]

# When it began and when it ended, in monotonic seconds.
Fault = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Sight:
    """One event in one request: ``event`` is the id that its publisher gave it.

    ``at`` and ``answered`` are monotonic seconds.
    """

    event: str
    path: str
    message_id: str
    status: int
    at: float
    answered: float


class Oracle:
    """Answers for a receiver, each time after ``delay`` seconds, and remembers everything.

    An event is expected at one path; there it has to get a 2xx, under one and the same
    ``webhook-id`` however often it comes.
    """

    def __init__(self, receiver: Receiver, delay: float = 0.0) -> None:
        self.receiver, self.delay = receiver, delay
        self.decide: Decision = lambda arrival: 200
        self.accepted: dict[str, float] = {}
        # How often each event is to be taken.
        self.times = 1
        self.sights: list[Sight] = []
        # By webhook-id, the contents that came under it.
        self.contents: defaultdict[str, set[tuple[str, ...]]] = defaultdict(set)
        self._open = 0
        self._lock, self._pause = Lock(), Event()
        receiver.answer(self._answer)

    def accept(self, events: Iterable[str]) -> None:
        """Note that the portal has just accepted ``events``."""
        now = monotonic()
        with self._lock:
            self.accepted.update(dict.fromkeys(events, now))

    @property
    def lost(self) -> set[str]:
        """What was accepted and has never got a 2xx so far."""
        with self._lock:
            return self.accepted.keys() - {one.event for one in self.sights if one.status < 300}

    @property
    def renamed(self) -> dict[str, set[str]]:
        """The events that came under more than one ``webhook-id``, with those."""
        found = defaultdict(set)
        with self._lock:
            for one in self.sights:
                found[one.event].add(one.message_id)
        return {event: ids for event, ids in found.items() if len(ids) > 1}

    def latencies(self, since: float = -inf, until: float = inf) -> list[float]:
        """For each event that was accepted in a time and came, the seconds till it first did."""
        first: dict[str, float] = {}
        with self._lock:
            for one in self.sights:
                first[one.event] = min(first.get(one.event, one.at), one.at)
            accepted = [(e, at) for e, at in self.accepted.items() if since <= at <= until]
        return sorted(first[event] - at for event, at in accepted if event in first)

    def in_order(self, path: str) -> bool:
        """Whether the events at ``path`` first came, and first got their 2xx, in the order of
        acceptance, and none before what is ahead of it had its 2xx, but in the same request."""
        with self._lock:
            here = sorted((one for one in self.sights if one.path == path), key=attrgetter("at"))
            ours = {one.event for one in here}
            order = [event for event in self.accepted if event in ours]
        came = {one.event: one.at for one in reversed(here)}
        taken = [one for one in here if one.status < 300]
        done = {one.event: one.answered for one in reversed(taken)}
        orders = [list(dict.fromkeys(one.event for one in some)) for some in (here, taken)]
        return orders == [order, order] and all(
            came[ahead] == came[event] or done[ahead] <= came[event]
            for ahead, event in pairwise(order)
        )

    @property
    def taken(self) -> dict[str, list[Sight]]:
        """For each event that got a 2xx, all the requests that got one with it in them."""
        found = defaultdict(list)
        with self._lock:
            for one in self.sights:
                if one.status < 300:
                    found[one.event].append(one)
        return dict(found)

    def unexplained(self, *faults: Fault) -> dict[str, list[Sight]]:
        """What was taken too often although no fault was the reason, with all the requests that
        it was taken from.

        A fault makes come again what was in flight, and what was answered and not recorded yet.
        """
        return {
            event: sights
            for event, sights in self.taken.items()
            if len(sights) - self.times > sum(_is_at_risk(one, faults) for one in sights)
        }

    def report(self) -> str:
        """How many were accepted, how many of them are lost, and how many were taken too often."""
        again = sum(len(sights) > self.times for sights in self.taken.values())
        return f"accepted {len(self.accepted)}, lost {len(self.lost)}, duplicated {again}"

    def wait_for_some(self, number: int = 1, timeout: float = 20.0) -> None:
        """Wait until ``number`` events have got their answer."""
        until(lambda: len(self.sights) >= number, timeout)

    def sees_some(self, timeout: float) -> bool:
        """Whether anything gets its answer within ``timeout`` seconds."""
        with suppress(AssertionError):
            self.wait_for_some(timeout=timeout)
        return bool(self.sights)

    def wait_for_all(self, timeout: float) -> None:
        """Wait until nothing is lost, and nothing is under way."""
        until(lambda: not self.lost and not self._open, timeout)

    def senders(self, candidates: Iterable[int]) -> list[int]:
        """Those of the processes ``candidates`` that are connected to the receiver."""
        return processes.connected(candidates, self.receiver.port)

    def _answer(self, arrival: Arrival) -> Answer:
        body = arrival.json
        events = (
            [one["data"] for one in body["data"]] if body["type"] == "batch" else [body["data"]]
        )
        with self._lock:
            self._open += len(events)
        if self.delay:
            self._pause.wait(self.delay)
        status = self.decide(arrival)
        sights = [
            Sight(
                event["id"],
                arrival.path,
                arrival.headers["webhook-id"],
                status,
                arrival.at,
                monotonic(),
            )
            for event in events
        ]
        with self._lock:
            self._open -= len(events)
            self.sights += sights
            self.contents[sights[0].message_id].add(tuple(one.event for one in sights))
        return Answer(status)


def _is_at_risk(one: Sight, faults: Iterable[Fault]) -> bool:
    return any(
        one.at < end + ON_THE_WAY_SECONDS and one.answered > begin - UNRECORDED_SECONDS
        for begin, end in faults
    )
