"""Experiments with what is noticed late: a ring that was lost, a lease that ended in sleep."""

from itertools import count
from threading import Event

import pytest
import requests

from tests.faults import processes
from tests.faults.oracle import Oracle
from tests.faults.stage import Line, Stage
from tests.faults.tampering import DIE_BEFORE_RING
from tests.receiver import Receiver
from tests.waiting import until


def what_nobody_rang_for_is_sent(stage: Stage, receiver: Receiver, within: float) -> None:
    """The web server dies between the commit and the ring; only the ticker can know."""
    oracle = Oracle(receiver)
    (line,) = stage.lines(oracle)
    # A worker that is still busy would find it without being rung for.
    until(stage.is_idle, 20)
    with stage.switched_on(DIE_BEFORE_RING), pytest.raises(requests.ConnectionError):
        stage.publish(line, oracle)
    oracle.wait_for_some(timeout=within)


def late_worker_changes_nothing(stage: Stage, receiver: Receiver) -> None:
    """A worker is frozen in mid-send for longer than its lease, and wakes up with a 2xx."""
    oracle = Oracle(receiver)
    (line,) = stage.lines(oracle, retry_delays=[0, 600], timeout_seconds=60)
    go = Event()
    turns = count()
    oracle.decide = lambda arrival: 500 if next(turns) else go.wait(60) * 200
    stage.publish(line, oracle)
    receiver.wait_for(1)
    with processes.frozen(*oracle.senders(stage.workers)):
        until(lambda: attempts(stage, line) == [500], stage.lease + 10)
        before = stage.delivery(line)
        go.set()
    until(lambda: len(attempts(stage, line)) == 2)
    after = stage.delivery(line)
    changed = {name for name in before if before[name] != after[name]} - {"attempts"}
    assert not changed, f"the late worker changed {sorted(changed)}"
    assert not oracle.renamed


def attempts(stage: Stage, line: Line) -> list[int]:
    """The statuses that the attempts of the delivery on ``line`` got."""
    return [attempt["status_code"] for attempt in stage.delivery(line)["attempts"]]
