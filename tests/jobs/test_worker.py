"""The doorbell, the workers and the ticker, as processes on a real Redis."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from time import monotonic

import pytest
from flask import Flask
from rq import Callback, Queue
from rq.serializers import JSONSerializer

from portal import queue
from portal.domain.states import DeliveryState
from portal.extensions import db
from portal.models import Account, Call, Delivery
from tests import factories, servers
from tests.clients import Browser
from tests.outsiders import Caller
from tests.receiver import Answer, Receiver
from tests.waiting import until

ROOT = Path(__file__).resolve().parents[2]


class Process:
    """``python -m MODULE`` with the settings of a test."""

    def __init__(self, module: str, environ: dict[str, str], log: Path) -> None:
        self._log = log
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [*servers.BOUND, sys.executable, "-m", module, "--leave-within", "5"],
                cwd=ROOT,
                env=os.environ | environ,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def said(self) -> str:
        """What it wrote."""
        return self._log.read_text(errors="replace")

    def leave(self) -> float:
        """Send SIGTERM; returns how many seconds it took to end."""
        asked = monotonic()
        self.process.terminate()
        self.process.wait(20)
        return monotonic() - asked


# What the bell and the worker do with Redis is no affair of the database.
once = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def run(environ: dict[str, str], tmp_path: Path) -> Iterator[Callable[[str], Process]]:
    """Starts modules as processes on the portal of the test, and ends them with it."""
    running: list[Process] = []

    def start(module: str) -> Process:
        log = tmp_path / f"{module}-{len(running)}.log"
        running.append(Process(module, environ, log))
        return running[-1]

    yield start
    for one in running:
        one.process.kill()
        one.process.wait()


@pytest.fixture
def redis_url(own_redis: servers.Redis) -> str:
    """A Redis that the test may stop."""
    return own_redis.url


@pytest.fixture
def caller(client: Browser, account: Account) -> Caller:
    """Somebody who calls an asynchronous trigger that publishes."""
    publish = {"type": "order.status", "data": {"id": "{{ body.id }}"}}
    return Caller(client, factories.make_trigger(account, rules=[{"publish": [publish]}]))


def queued() -> int:
    """How many jobs stand in the queue."""
    return queue.connection().llen(f"rq:queue:{queue.QUEUE}")


def state_of(delivery: Delivery) -> str:
    """The state of ``delivery`` as it stands in the database now."""
    db.session.rollback()
    db.session.refresh(delivery)
    return delivery.state


@once
def test_many_rings_make_one_job(app: Flask) -> None:
    assert all(queue.ring() for _ in range(20))
    assert queued() == 1


@once
def test_an_answered_bell_rings_again_but_a_waiting_job_is_enough(app: Flask) -> None:
    queue.ring()
    queue.answer_bell()
    assert queue.ring()
    assert queued() == 1
    queue.connection().delete(f"rq:queue:{queue.QUEUE}")
    queue.answer_bell()
    queue.ring()
    assert queued() == 1


def test_without_redis_a_ring_is_false_and_costs_nothing(
    app: Flask, own_redis: servers.Redis
) -> None:
    own_redis.stop()
    started = monotonic()
    assert not any(queue.ring() for _ in range(1000))
    assert not queue.is_up()
    assert queue.worker_count() == 0
    assert monotonic() - started < 1


@once
def test_a_redis_that_hangs_delays_one_ring_by_a_second_at_most(
    app: Flask, own_redis: servers.Redis
) -> None:
    queue.ring()
    own_redis.process.send_signal(signal.SIGSTOP)
    try:
        started = monotonic()
        assert not any(queue.ring() for _ in range(100))
        assert monotonic() - started < 2 * queue.ANSWER_SECONDS
    finally:
        own_redis.process.send_signal(signal.SIGCONT)
    assert until(queue.ring)


def test_a_worker_sends_what_is_due_when_the_bell_rings(
    app: Flask, run: Callable[[str], Process], receiver: Receiver
) -> None:
    worker = run("jobs.worker")
    until(lambda: queue.worker_count() == 1)
    delivery = factories.make_delivery(factories.make_hook(receiver.url))
    assert queue.ring()
    receiver.wait_for(1)
    until(lambda: state_of(delivery) == DeliveryState.DELIVERED)
    assert worker.leave() < 5
    assert queue.worker_count() == 0
    assert worker.said == ""


def test_a_call_wakes_a_worker_which_runs_it_and_sends_what_that_published(
    app: Flask, run: Callable[[str], Process], receiver: Receiver, caller: Caller
) -> None:
    factories.make_hook(receiver.url, event_types=["order.status"])
    worker = run("jobs.worker")
    until(lambda: queue.worker_count() == 1)
    assert caller.call({"id": 7}).status_code == 200
    [arrival] = receiver.wait_for(1)
    assert arrival.json["data"] == {"id": 7}
    assert [call.run_state for call in caller.calls] == ["done"]
    assert worker.leave() < 5
    assert worker.said == ""


# What the kinds of database have to do with it is told by the tests of the pipeline.
@once
def test_without_workers_the_ticker_does_the_runs(
    app: Flask, run: Callable[[str], Process], own_redis: servers.Redis, caller: Caller
) -> None:
    caller.call({"id": 7})
    own_redis.stop()
    assert caller.call({"id": 8}).status_code == 200
    ticker = run("jobs.ticker")
    until(lambda: [call.run_state for call in caller.calls] == ["done"] * 2)
    assert db.session.query(Call).filter_by(attempt_count=1).count() == 2
    assert ticker.leave() < 4
    assert ticker.said == ""


@once
def test_a_killed_worker_does_not_count(app: Flask, run: Callable[[str], Process]) -> None:
    worker = run("jobs.worker")
    until(lambda: queue.worker_count() == 1)
    worker.process.kill()
    until(lambda: queue.worker_count() == 0)


@once
def test_a_worker_refuses_what_is_not_ours(
    app: Flask, run: Callable[[str], Process], tmp_path: Path
) -> None:
    stranger = Queue(queue.QUEUE, connection=queue.connection(), serializer=JSONSerializer)
    forbidden = tmp_path / "made by a job"
    stranger.enqueue("os.mkdir", str(forbidden), failure_ttl=5)
    stranger.enqueue(queue.DRAIN, on_success=Callback("jobs.deliveries.no_such_callback"))
    worker = run("jobs.worker")
    until(lambda: "may not run 'os.mkdir'" in worker.said)
    until(lambda: queued() == 0 and queue.worker_count() == 1)
    assert worker.leave() < 5
    assert not forbidden.exists()
    assert "no_such_callback" not in worker.said


def test_a_worker_in_mid_send_leaves_soon(
    app: Flask, run: Callable[[str], Process], receiver: Receiver
) -> None:
    receiver.answer(Answer(hold=Event()))
    factories.make_delivery(factories.make_hook(receiver.url))
    worker = run("jobs.worker")
    queue.ring()
    receiver.wait_for(1)
    assert worker.leave() < 7


@once
def test_a_worker_waits_quietly_for_redis_and_survives_its_restart(
    app: Flask, run: Callable[[str], Process], own_redis: servers.Redis, receiver: Receiver
) -> None:
    own_redis.stop()
    worker = run("jobs.worker")
    own_redis.start()
    until(lambda: queue.worker_count() == 1, 15)
    own_redis.stop()
    own_redis.start()
    until(lambda: queue.worker_count() == 1 or worker.process.poll() is not None, 15)
    if worker.process.poll() is not None:
        worker = run("jobs.worker")
    factories.make_delivery(factories.make_hook(receiver.url))
    until(queue.ring)
    receiver.wait_for(1)
    assert "Traceback" not in worker.said


def test_the_ticker_rings_for_what_nobody_rang_for(
    app: Flask, run: Callable[[str], Process], receiver: Receiver
) -> None:
    worker, ticker = run("jobs.worker"), run("jobs.ticker")
    until(lambda: queue.worker_count() == 1)
    os.kill(worker.process.pid, signal.SIGSTOP)
    factories.make_delivery(factories.make_hook(receiver.url))
    until(lambda: queued() == 1)
    assert not receiver.arrivals
    os.kill(worker.process.pid, signal.SIGCONT)
    receiver.wait_for(1)
    assert ticker.leave() < 4
    assert ticker.said == ""


def test_without_workers_the_ticker_sends_by_itself(
    app: Flask, run: Callable[[str], Process], receiver: Receiver
) -> None:
    run("jobs.ticker")
    factories.make_delivery(factories.make_hook(receiver.url))
    receiver.wait_for(1)


def test_without_redis_the_ticker_sends_by_itself(
    app: Flask, run: Callable[[str], Process], own_redis: servers.Redis, receiver: Receiver
) -> None:
    own_redis.stop()
    ticker = run("jobs.ticker")
    delivery = factories.make_delivery(factories.make_hook(receiver.url))
    receiver.wait_for(1)
    until(lambda: state_of(delivery) == DeliveryState.DELIVERED)
    assert ticker.leave() < 4
    assert ticker.said == ""
