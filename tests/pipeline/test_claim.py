"""Claiming: exactly one worker sends a delivery, until that worker is dead or too late."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import Event as Signal

import pytest
from flask import Flask

from portal.extensions import db
from portal.models import Attempt, Delivery, Stream, now
from tests import factories, servers
from tests.pipeline.racing import let_leases_end
from tests.receiver import Answer, Receiver
from tests.waiting import until

ROOT = Path(__file__).resolve().parents[2]
Drain = Callable[[], int]

# Gets ready, waits for a word, drains once and says how many attempts it made.
PROGRAM = """
import sys
from portal import create_core
from portal.pipeline.deliver import drain
with create_core().app_context():
    print("ready", flush=True)
    sys.stdin.readline()
    print(drain(lambda: False, lambda: None), flush=True)
"""


class Worker:
    """A process that drains once, as soon as it is told to."""

    def __init__(self, environ: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [*servers.BOUND, sys.executable, "-c", PROGRAM],
            cwd=ROOT,
            env=os.environ | environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def go(self) -> None:
        """Let it drain, as soon as it is ready."""
        assert self.process.stdout
        assert self.process.stdin
        assert self.process.stdout.readline() == "ready\n"
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def result(self) -> int:
        """How many attempts it made, when it is through."""
        said, _ = self.process.communicate(timeout=20)
        assert self.process.returncode == 0
        return int(said)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Stop it where it stands, as a machine that swaps would, and let it go on afterwards."""
        os.kill(self.process.pid, signal.SIGSTOP)
        yield
        os.kill(self.process.pid, signal.SIGCONT)

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.communicate(timeout=20)


@pytest.fixture
def hire(environ: dict[str, str]) -> Iterator[Callable[[], Worker]]:
    """Starts workers, and ends them with the test."""
    hired: list[Worker] = []

    def start() -> Worker:
        hired.append(Worker(environ))
        return hired[-1]

    yield start
    for worker in hired:
        worker.kill()


Hire = Callable[[], Worker]


def seen_anew(delivery: Delivery) -> Delivery:
    db.session.rollback()
    return delivery


def test_workers_at_once_share_no_delivery(
    app: Flask, receiver: Receiver, drain: Drain, hire: Hire
) -> None:
    worker = hire()
    hooks = [factories.make_hook(receiver.url) for _ in range(8)]
    for hook in hooks * 10:
        factories.make_delivery(hook)
    worker.go()
    assert drain() + worker.result() == 80
    ids = [arrival.headers["webhook-id"] for arrival in receiver.arrivals]
    assert (len(ids), len(set(ids))) == (80, 80)
    db.session.rollback()
    assert db.session.query(Delivery).filter_by(state="delivered", attempt_count=1).count() == 80


def test_what_a_dead_worker_was_sending_is_sent_when_its_lease_has_ended(
    app: Flask, receiver: Receiver, drain: Drain, hire: Hire
) -> None:
    worker = hire()
    receiver.answer(Answer(hold=Signal()), 200)
    delivery = factories.make_delivery(factories.make_hook(receiver.url))
    worker.go()
    receiver.wait_for(1)
    assert drain() == 0
    worker.kill()
    assert drain() == 0
    let_leases_end()
    assert drain() == 1
    assert seen_anew(delivery).state == "delivered"
    first, second = receiver.arrivals
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == delivery.message_id


# What the worker that is late is answered, and the one that took over, and what counts.
LATE = [(500, 200, "delivered"), (200, 500, "waiting")]


def test_one_that_comes_too_late_changes_nothing_but_its_attempt_is_in_the_log(
    app: Flask, receiver: Receiver, drain: Drain, hire: Hire
) -> None:
    worker, hold = hire(), Signal()
    answers = {
        f"/{late}": iter((Answer(late, hold=hold), Answer(taken))) for late, taken, _ in LATE
    }
    receiver.answer(lambda arrival: next(answers[arrival.path]))
    urls = [receiver.url.replace("/hook", path) for path in answers]
    deliveries = [factories.make_delivery(factories.make_hook(url)) for url in urls]
    worker.go()
    receiver.wait_for(2)
    with worker.frozen():
        let_leases_end()
        assert drain() == 2
        before = [_columns(seen_anew(delivery)) for delivery in deliveries]
        hold.set()
    assert worker.result() == 2
    assert [_columns(seen_anew(delivery)) for delivery in deliveries] == before
    for delivery, (late, taken, state) in zip(deliveries, LATE, strict=True):
        assert (delivery.state, delivery.last_status_code) == (state, taken)
        attempts = db.session.query(Attempt).filter_by(message_id=delivery.message_id)
        statuses = [attempt.status_code for attempt in attempts.order_by(Attempt.id)]
        assert statuses == [taken, late]


def _columns(delivery: Delivery) -> dict[str, object]:
    return {name: getattr(delivery, name) for name in Delivery.__table__.columns.keys()}  # noqa: SIM118


# The statement is the same on both databases, and a lease is lengthened only every few seconds.
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_one_that_lives_keeps_its_lease_and_sends_once(
    app: Flask, receiver: Receiver, hire: Hire
) -> None:
    worker, hold = hire(), Signal()
    receiver.answer(Answer(hold=hold), 200)
    hook = factories.make_hook(receiver.url)
    delivery = factories.make_delivery(hook)
    worker.go()
    receiver.wait_for(1)
    let_leases_end()
    until(lambda: _lease_end(hook.id) > now())
    hold.set()
    assert worker.result() == 1
    assert len(receiver.arrivals) == 1
    assert seen_anew(delivery).state == "delivered"


def _lease_end(hook_id: str) -> datetime:
    db.session.rollback()
    return db.session.get_one(Stream, hook_id).lease_until or now()
