"""Workers are killed, stopped and replaced in mid-send; what they were sending still arrives."""

import signal
from collections.abc import Callable
from time import monotonic
from typing import Any

import pytest

from tests.faults import processes
from tests.faults.kills import nothing_is_lost_when_workers_are_killed
from tests.faults.lateness import late_worker_changes_nothing, what_nobody_rang_for_is_sent
from tests.faults.oracle import Oracle
from tests.faults.stage import Stage
from tests.faults.tampering import DIE_BEFORE_RECORD
from tests.faults.traffic import Traffic
from tests.receiver import Receiver
from tests.waiting import until

Size = Callable[[Any, Any], Any]

# What the run command gives a child to leave in, and a moment for the kernel.
LEAVE_SECONDS = 8.5
# What it promises for all of it.
LEAVE_ALL_SECONDS = 10.5


def test_a_thousand_events_arrive_while_workers_are_killed_every_second(
    stage: Stage, receiver: Receiver, size: Size
) -> None:
    """Each under the same ``webhook-id`` on every attempt."""
    nothing_is_lost_when_workers_are_killed(
        stage, receiver, events=size(1000, 50_000), kills=size(4, 400), pause=size(0.8, 1.5)
    )


@pytest.mark.short("postgresql")
def test_a_killed_portal_sends_what_it_was_sending_when_it_is_back(
    stage: Stage, receiver: Receiver
) -> None:
    oracle = Oracle(receiver, delay=0.2)
    (line,) = stage.lines(oracle)
    stage.publish(line, oracle, 100)
    oracle.wait_for_some()
    killed, all_of_it = monotonic(), stage.processes("")
    stage.portal.stop(signal.SIGKILL)
    until(lambda: not any(processes.is_there(one) for one in all_of_it), 10)
    ended = monotonic()
    stage.portal.start()
    stage.finish(oracle, [line], stage.lease + 20)
    assert not oracle.renamed
    assert not oracle.unexplained((killed, ended))


def leaders(stage: Stage, part: str) -> list[int]:
    """The processes with ``part`` in their command; of a web server the one that holds the rest."""
    return stage.processes(part)[: 1 if part == "granian" else None]


@pytest.mark.short("postgresql")
def test_replacing_every_process_under_traffic_sends_nothing_twice(
    stage: Stage, receiver: Receiver, size: Size
) -> None:
    """One kind after the other, as somebody does who brings a new version."""
    oracle = Oracle(receiver, delay=0.05)
    (line,) = stage.lines(oracle)
    with Traffic(stage, line, oracle, pause=0.01):
        for part in ("jobs.worker", "jobs.ticker", "granian") * size(1, 10):
            stage.end(*leaders(stage, part), how=signal.SIGTERM, within=LEAVE_SECONDS)
        stage.settle()
    stage.finish(oracle, [line], 15)
    assert len(oracle.accepted) > 50
    assert not oracle.unexplained()


@pytest.mark.short("sqlite")
def test_asking_all_processes_at_once_to_leave_sends_nothing_twice(
    stage: Stage, receiver: Receiver, size: Size
) -> None:
    """As systemd ends a control group: nobody may count on those who leave at the same time."""
    oracle = Oracle(receiver, delay=0.05)
    (line,) = stage.lines(oracle)
    with Traffic(stage, line, oracle, pause=0.01):
        for _ in range(size(1, 10)):
            oracle.wait_for_some(len(oracle.sights) + 20)
            all_of_it = [stage.portal.process.pid, *stage.processes("")]
            stage.end(*all_of_it, how=signal.SIGTERM, within=LEAVE_ALL_SECONDS)
            stage.portal.stop()
            stage.portal.start()
        stage.settle()
    stage.finish(oracle, [line], 15)
    assert not oracle.renamed
    assert not oracle.unexplained()


def test_a_crash_after_the_answer_and_before_the_record_brings_the_event_once_more(
    stage: Stage, receiver: Receiver
) -> None:
    oracle = Oracle(receiver)
    (line,) = stage.lines(oracle)
    with stage.switched_on(DIE_BEFORE_RECORD):
        stage.publish(line, oracle)
        until(lambda: len(oracle.sights) == 2, stage.lease + 10)
    until(lambda: stage.delivery(line)["state"] == "delivered")
    assert [one.status for one in oracle.sights] == [200, 200]
    assert not oracle.renamed
    assert len(stage.delivery(line)["attempts"]) == 1


@pytest.mark.short("sqlite")
def test_a_crash_between_the_commit_and_the_ring_is_made_good_by_the_ticker(
    stage: Stage, receiver: Receiver
) -> None:
    what_nobody_rang_for_is_sent(stage, receiver)


def test_a_worker_that_was_frozen_past_its_lease_changes_nothing_when_it_wakes(
    stage: Stage, receiver: Receiver, size: Size
) -> None:
    late_worker_changes_nothing(stage, receiver, events=size(300, 5000))
