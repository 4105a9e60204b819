"""The first experiment: workers are killed in mid-send, one after the other."""

from collections.abc import Iterator
from threading import Event
from time import monotonic

from tests.faults.oracle import Fault, Oracle
from tests.faults.stage import Stage
from tests.receiver import Receiver

# Beyond a lease, somebody has to notice that it ended, and to send: a tick of a second, a ring.
NOTICE_SECONDS = 2.0
# What a machine that others use as well may take longer.
SLACK_SECONDS = 4.0
# As slow as that everybody can send a few hundred events in the time of all kills.
ANSWER_SECONDS = 0.15


def nothing_is_lost_when_workers_are_killed(
    stage: Stage, receiver: Receiver, events: int, kills: int, pause: float
) -> None:
    """Publish ``events`` to ten hooks, and kill a worker every ``pause`` seconds.

    Nothing comes twice but what was in flight at a kill, and the next request comes as soon as
    the lease of the dead has ended.
    """
    oracle = Oracle(receiver, ANSWER_SECONDS)
    lines = stage.lines(oracle, 10)
    for line in lines:
        stage.publish(line, oracle, events // len(lines))
    oracle.wait_for_some()
    killed = [kill_a_sender(stage, oracle) for _ in ticks(kills, pause)]
    stage.finish(oracle, lines, 60 + events / 50)
    assert len(oracle.accepted) == events
    assert not oracle.renamed
    unexplained = oracle.unexplained(*killed)
    assert not unexplained, f"sent again for no reason: {len(unexplained)}"
    last_kill = killed[-1][1]
    resumed = min((one.at for one in oracle.sights if one.at > last_kill), default=last_kill)
    assert resumed - last_kill < stage.lease + NOTICE_SECONDS + SLACK_SECONDS


def kill_a_sender(stage: Stage, oracle: Oracle) -> Fault:
    """Kill a worker that is sending, or any if none is; returns when that began and ended."""
    workers = stage.workers
    victim = (oracle.senders(workers) or workers)[0]
    begun = monotonic()
    stage.end(victim)
    return begun, monotonic()


def ticks(number: int, pause: float) -> Iterator[int]:
    """Counts to ``number``, and waits ``pause`` seconds before each."""
    clock = Event()
    for tick in range(number):
        clock.wait(pause)
        yield tick
