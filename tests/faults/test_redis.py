"""Redis is flushed, stopped and frozen: it holds nothing that matters, and nobody waits for it."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from time import monotonic
from typing import Any

import pytest

from tests import servers
from tests.faults.oracle import Fault, Oracle
from tests.faults.stage import Stage
from tests.faults.traffic import Traffic
from tests.portal import ROOT
from tests.receiver import Receiver
from tests.waiting import until

Size = Callable[[Any, Any], Any]

# A ring gives up after a second. What else it takes to accept an event is the noise of the
# machine, measured before the fault, and a margin for what that has not shown.
ACCEPT_SECONDS, SLACK_SECONDS = 1.0, 0.5
# Without Redis, deliveries go on after so long; when it is back, all workers are in that time.
INLINE_SECONDS, BACK_SECONDS = 5.0, 10.0
# An outage as long as this is noticed by the ticker, which looks every second.
NOTICED_SECONDS = 2.0
# A drain waits a tenth of a second for more.
RINGS_APART = 0.25


def ninety_ninth(seconds: list[float]) -> float:
    """The ninety-ninth percentile of sorted ``seconds``."""
    return seconds[int(len(seconds) * 0.99)]


@contextmanager
def second_ticker(stage: Stage) -> Iterator[None]:
    """Another ticker, beside the one that the run command holds."""
    with subprocess.Popen(
        [*servers.BOUND, sys.executable, "-m", "jobs.ticker"],
        cwd=ROOT,
        env=stage.portal.environ,
        stdin=subprocess.DEVNULL,
    ) as ticker:
        try:
            yield
            assert ticker.poll() is None
        finally:
            ticker.kill()


@pytest.mark.short("sqlite")
def test_flushing_redis_again_and_again_loses_and_delays_nothing(
    stage: Stage, receiver: Receiver, size: Size
) -> None:
    oracle = Oracle(receiver)
    (line,) = stage.lines(oracle)
    clock = Event()
    with stage.redis_client() as client, Traffic(stage, line, oracle):
        for _ in range(size(8, 30)):
            stage.faults["FLUSHALL"] += 1
            client.flushall()
            clock.wait(size(0.4, 2.0))
    stage.finish(oracle, [line], 10)
    assert ninety_ninth(oracle.latencies()) < 2
    assert not oracle.unexplained()


@pytest.mark.short("postgresql")
def test_without_redis_events_are_accepted_fast_and_delivered_all_the_same(
    stage: Stage, receiver: Receiver, size: Size
) -> None:
    """Each event needs a ring of its own, because a worker gives up before the next one comes."""
    oracle = Oracle(receiver)
    (line,) = stage.lines(oracle)
    with Traffic(stage, line, oracle, pause=RINGS_APART) as traffic:
        oracle.wait_for_some(4)
        outages = [outage(stage, oracle, seconds) for seconds in size([0.2, 2], [0.2, 20, 600])]
    stage.finish(oracle, [line], 10)
    assert traffic.statuses == {202}
    noise = traffic.slowest(until=outages[0][0])
    assert traffic.slowest() < ACCEPT_SECONDS + noise + SLACK_SECONDS
    waits = [wait for one in outages for wait in oracle.latencies(*one)]
    assert max(waits) < INLINE_SECONDS + SLACK_SECONDS
    assert not oracle.renamed
    assert not oracle.unexplained()


def outage(stage: Stage, oracle: Oracle, seconds: float) -> Fault:
    """Take Redis away for ``seconds``; returns when it went and when it was back.

    In a long one something has to arrive that was accepted after it began. Afterwards every
    worker has to listen again, those that were started in its place as well as those that stayed.
    """
    begun = monotonic()
    with stage.redis_away():
        Event().wait(seconds)
        if seconds >= NOTICED_SECONDS:
            until(lambda: oracle.latencies(begun), INLINE_SECONDS + SLACK_SECONDS)
    returned = monotonic()
    until(lambda: stage.all_listen, BACK_SECONDS)
    return begun, returned


@pytest.mark.short("postgresql")
def test_a_redis_that_hangs_holds_nobody_up_for_long(
    stage: Stage, receiver: Receiver, size: Size
) -> None:
    oracle = Oracle(receiver)
    (line,) = stage.lines(oracle)
    with Traffic(stage, line, oracle) as traffic:
        oracle.wait_for_some(20)
        begun = monotonic()
        with stage.frozen(stage.redis_process):
            oracle.wait_for_some(len(oracle.sights) + size(40, 1000), timeout=size(15, 120))
    stage.finish(oracle, [line], 10)
    assert traffic.statuses == {202}
    noise = traffic.slowest(until=begun)
    assert traffic.slowest() < ACCEPT_SECONDS + noise + SLACK_SECONDS
    assert not oracle.renamed
    assert not oracle.unexplained()


@pytest.mark.short("postgresql")
def test_two_tickers_that_both_send_send_nothing_twice(
    stage: Stage, receiver: Receiver, size: Size
) -> None:
    """Without Redis nobody hears the bell, so that both drain by themselves."""
    oracle = Oracle(receiver, delay=0.02)
    lines = stage.lines(oracle, 4)
    with second_ticker(stage), stage.redis_away():
        for line in lines:
            stage.publish(line, oracle, size(100, 1000))
        stage.finish(oracle, lines, 20)
    assert not oracle.unexplained()
