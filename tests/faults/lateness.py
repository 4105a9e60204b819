"""Experiments with what is noticed late: a ring that was lost, a lease that ended in sleep."""

from collections import Counter
from threading import Event, Lock
from time import monotonic

import pytest
import requests

from tests.faults.oracle import Oracle
from tests.faults.stage import Line, Stage
from tests.faults.tampering import DIE_BEFORE_RING
from tests.receiver import Arrival, Receiver
from tests.waiting import until

# The ticker looks every second, and then a worker has to be rung for and to send.
TICKER_SECONDS = 2.0
# What a machine that others use as well may take longer.
SLACK_SECONDS = 1.0
# So many requests of the worker that is frozen are in flight.
IN_FLIGHT = 4
# Longer than a worker that goes on sending would wait before its next request.
UNHEARD_SECONDS = 0.3


def what_nobody_rang_for_is_sent(stage: Stage, receiver: Receiver) -> None:
    """The web server dies between the commit and the ring; only the ticker can know."""
    oracle = Oracle(receiver)
    (line,) = stage.lines(oracle)
    # A worker that is still busy would find it without being rung for.
    until(stage.is_idle, 20)
    with stage.switched_on(DIE_BEFORE_RING), pytest.raises(requests.ConnectionError):
        stage.publish(line, oracle)
    within = TICKER_SECONDS + SLACK_SECONDS
    assert oracle.sees_some(within), f"nobody has noticed within {within} s what was not rung for"


class Stuck:
    """Keeps its first answers back until :attr:`go` is set; they are a 2xx then. To whoever
    sends the same again in the meantime, it answers 500."""

    def __init__(self) -> None:
        self.go, self.kept = Event(), set()
        self._lock = Lock()

    def __call__(self, arrival: Arrival) -> int:
        event = arrival.json["data"]["id"]
        with self._lock:
            if event in self.kept:
                return 500
            if len(self.kept) == IN_FLIGHT:
                return 200
            self.kept.add(event)
        self.go.wait(60)
        return 200


def late_worker_changes_nothing(
    stage: Stage, receiver: Receiver, events: int, leases: float = 2.0
) -> None:
    """A worker is frozen in mid-send for some ``leases``, with a backlog at hand, and wakes up
    with answers that are a 2xx. Another has sent everything by then."""
    oracle = Oracle(receiver)
    policy = {"retry_delays": [0, 600], "timeout_seconds": 60, "in_flight": IN_FLIGHT}
    (line,) = stage.lines(oracle, **policy)
    # An endpoint that nobody knows gets one request at a time.
    stage.publish(line, oracle)
    stage.finish(oracle, [line])
    oracle.decide = stuck = Stuck()
    stage.publish(line, oracle, events)
    until(lambda: len(stuck.kept) == IN_FLIGHT)
    with stage.frozen(stage.holder(line)):
        ends = monotonic() + leases * stage.lease
        until(lambda: stage.books.attempts(line.hook_id) == 1 + events, 2 * stage.lease + 20)
        before = stage.books.deliveries(line.hook_id)
        Event().wait(max(0.0, ends - monotonic()))
        stuck.go.set()
        until(lambda: len(oracle.sights) == 1 + events + IN_FLIGHT)
    assert_only_noted(stage, line, oracle, before)
    times = Counter(one.event for one in oracle.sights)
    assert {event for event, number in times.items() if number > 1} == stuck.kept
    assert not oracle.renamed


def assert_only_noted(stage: Stage, line: Line, oracle: Oracle, before: dict[str, object]) -> None:
    """Every request that the receiver saw is noted; the deliveries stand as they did ``before``."""
    until(lambda: stage.books.attempts(line.hook_id) >= len(oracle.sights))
    Event().wait(UNHEARD_SECONDS)
    until(stage.is_idle, 10)
    after = stage.books.deliveries(line.hook_id)
    rows = [(before[id], after[id]) for id in before]
    changed = {name for old, new in rows for name in old if old[name] != new[name]}
    assert not changed, f"the late worker changed {sorted(changed)}"
    assert stage.books.attempts(line.hook_id) == len(oracle.sights)
