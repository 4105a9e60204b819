"""Redis is flushed, stopped and frozen: it holds nothing that matters, and nobody waits for it."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any

import pytest

from tests import servers
from tests.faults import processes
from tests.faults.oracle import Oracle
from tests.faults.stage import Stage
from tests.faults.traffic import Traffic
from tests.portal import ROOT
from tests.receiver import Receiver
from tests.waiting import until

Size = Callable[[Any, Any], Any]

# A ring gives up after a second, and tries once more on a fresh connection.
ACCEPT_SECONDS = 2.5


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
            client.flushall()
            clock.wait(size(0.5, 2.0))
    stage.finish(oracle, [line], 10)
    assert ninety_ninth(oracle.latencies) < 2
    assert not oracle.unexplained()


@pytest.mark.only("postgresql")
def test_without_redis_events_are_accepted_fast_and_delivered_all_the_same(
    stage: Stage, receiver: Receiver, size: Size
) -> None:
    oracle = Oracle(receiver)
    (line,) = stage.lines(oracle)
    with Traffic(stage, line, oracle) as traffic:
        oracle.wait_for_some(10)
        stage.redis.stop(signal.SIGKILL)
        gone_with = len(oracle.sights)
        oracle.wait_for_some(gone_with + 50, timeout=5 + 5)
        Event().wait(size(1, 60))
        stage.redis.start()
        until(lambda: len(stage.workers) == stage.workers_wanted, 10)
        stage.settle()
    stage.finish(oracle, [line], 10)
    assert traffic.statuses == {202}
    assert traffic.slowest() < ACCEPT_SECONDS
    assert not oracle.renamed


@pytest.mark.only("postgresql")
def test_a_redis_that_hangs_holds_nobody_up_for_long(
    stage: Stage, receiver: Receiver, size: Size
) -> None:
    oracle = Oracle(receiver)
    (line,) = stage.lines(oracle)
    with Traffic(stage, line, oracle) as traffic:
        oracle.wait_for_some(10)
        with processes.frozen(stage.redis.process.pid):
            oracle.wait_for_some(len(oracle.sights) + size(50, 1000), timeout=size(15, 120))
    stage.finish(oracle, [line], 10)
    assert traffic.statuses == {202}
    assert traffic.slowest() < ACCEPT_SECONDS
    assert not oracle.renamed


@pytest.mark.only("postgresql")
def test_two_tickers_that_both_send_send_nothing_twice(
    stage: Stage, receiver: Receiver, size: Size
) -> None:
    """Without Redis nobody hears the bell, so that both drain by themselves."""
    oracle = Oracle(receiver, delay=0.02)
    lines = stage.lines(oracle, 4)
    with second_ticker(stage):
        stage.redis.stop()
        try:
            for line in lines:
                stage.publish(line, oracle, size(100, 5000))
            stage.finish(oracle, lines, 20)
        finally:
            stage.redis.start()
    assert not oracle.unexplained()
