"""Endpoints that hang, flood, lie or lag behind: each gets its verdict in time, and nobody else
has to wait for it."""

import gzip
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from threading import Event
from typing import Any

import pytest

from portal.domain.fairness import SHARES
from portal.domain.health import Standing
from portal.pipeline.desk import MOST
from portal.pipeline.post import SLOTS
from tests import hostile
from tests.faults import processes
from tests.faults.oracle import Oracle
from tests.faults.stage import Line, Stage
from tests.hostile import answer
from tests.receiver import Receiver
from tests.waiting import until

Size = Callable[[Any, Any], Any]

OK = hostile.OK
BOMB = gzip.compress(bytes(50 * 1024 * 1024))
# By the status that is due where the answer counts, else by the code of the failure.
HOSTILE = {
    "hang": (hostile.hang, "read_timeout"),
    "drip headers": (hostile.drip_headers, "read_timeout"),
    "drip body": (hostile.drip_body, "read_timeout"),
    "drip trailers": (hostile.drip_trailers, "read_timeout"),
    "drip continue": (hostile.drip_continue, "read_timeout"),
    "flood continue": (hostile.flood_continue, "invalid_response"),
    "flood headers": (hostile.flood_headers, "invalid_response"),
    "flood header line": (hostile.flood_header_line, "invalid_response"),
    "reset": (hostile.reset, "connection_reset"),
    "nothing": (answer(b""), "connection_reset"),
    "short body": (answer(OK + b"Content-Length: 9\r\n\r\nabc"), "connection_reset"),
    "bad chunk": (answer(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"), "invalid_response"),
    "negative length": (answer(OK + b"Content-Length: -5\r\n\r\n"), "invalid_response"),
    "garbage": (answer(b"\x00\x01\xff garbage\n\n"), "invalid_response"),
    "a gigabyte": (hostile.huge_body, 200),
    "a bomb": (
        answer(OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(BOMB) + BOMB),
        200,
    ),
}
DEADLINE_MS, GRACE_MS = 1000, 500
MEMORY_GROWTH = 20 * 1024 * 1024

# What a machine that others use as well may take longer than when it was measured alone; nobody
# would feel it.
NOISE_SECONDS = 0.25
MEASUREMENTS = 3
LONGEST_WAIT_SECONDS = 5.0
# Long enough to find them all hanging, and to measure meanwhile.
HANG_SECONDS = 20


@pytest.mark.short("sqlite")
def test_every_hostile_answer_ends_by_the_deadline_with_its_reason(stage: Stage) -> None:
    before = {worker: processes.resident(worker) for worker in stage.workers}
    with ExitStack() as stack:
        lines = {name: hostile_line(stage, stack, name) for name in HOSTILE}
        drafts = [{"type": line.event_type, "data": {}} for line in lines.values()]
        stage.call("POST", "/events/batch", drafts)
        until(lambda: all(is_over(stage, line) for line in lines.values()), 20)
    for name, line in lines.items():
        (attempt,) = stage.delivery(line)["attempts"]
        assert HOSTILE[name][1] in (attempt["error"], attempt["status_code"]), name
        assert attempt["duration_ms"] <= DEADLINE_MS + GRACE_MS, name
    grown = [processes.resident(worker) - size for worker, size in before.items()]
    assert max(grown) < MEMORY_GROWTH


def hostile_line(stage: Stage, stack: ExitStack, name: str) -> Line:
    """A line to a receiver of its own that behaves as ``name`` says, once."""
    there = stack.enter_context(hostile.receiver(HOSTILE[name][0]))
    return stage.line(there.url, stage.policy(timeout_seconds=1, retry_delays=[0]))


def is_over(stage: Stage, line: Line) -> bool:
    """Whether the delivery on ``line`` waits no more."""
    return stage.delivery(line)["state"] != "waiting"


def measure(stage: Stage, lines: list[Line], oracle: Oracle, rounds: int) -> list[float]:
    """Publish to each of ``lines``, ``rounds`` times; returns the sorted times to arrival."""
    clock, oracle.accepted = Event(), {}
    for _ in range(rounds):
        for line in lines:
            stage.publish(line, oracle)
            clock.wait(0.01)
    oracle.wait_for_all(2 * LONGEST_WAIT_SECONDS)
    return oracle.latencies()


def ninety_fifth(seconds: list[float]) -> float:
    """The ninety-fifth percentile of sorted ``seconds``."""
    return seconds[int(len(seconds) * 0.95)]


def assert_undisturbed(measured: Callable[[], list[float]], alone: list[float]) -> None:
    """Whether endpoints that took ``alone`` by themselves are as well served with others.

    Whatever else the machine does disturbs one measurement, and a fault of ours all of them.
    """
    assert any(is_undisturbed(measured(), alone) for _ in range(MEASUREMENTS))


def is_undisturbed(seconds: list[float], alone: list[float]) -> bool:
    """Whether ``seconds`` are about as short as those ``alone``; asserts that none is long."""
    print(f"95th percentile {ninety_fifth(seconds):.3f} s, alone {ninety_fifth(alone):.3f} s")
    assert seconds[-1] < LONGEST_WAIT_SECONDS
    return ninety_fifth(seconds) <= 2 * ninety_fifth(alone) + NOISE_SECONDS


@contextmanager
def silence() -> Iterator[socket.socket]:
    """An endpoint that takes connections, and nothing after that."""
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as listener:
        yield listener


@contextmanager
def hanging(
    stage: Stage, listener: socket.socket, number: int, last_ok: bool | None
) -> Iterator[None]:
    """``number`` hooks to ``listener``, which all have requests under way, as many as may be.

    ``last_ok`` is None for hooks that nobody has tried before, and False for known failures.
    """
    port = listener.getsockname()[1]
    line = stage.line(f"http://127.0.0.1:{port}/hook", stage.policy(timeout_seconds=HANG_SECONDS))
    standing = Standing.NEW if last_ok is None else Standing.FAILING
    most = min(number, stage.workers_wanted * min(MOST[standing], int(SLOTS * SHARES[standing])))
    with stage.crowd(line, number, last_ok):
        drafts = [{"type": line.event_type, "data": {}}] * 2
        stage.call("POST", "/events/batch", drafts)
        until(lambda: len(processes.connections(port)) >= most * 0.95, HANG_SECONDS)
        try:
            yield
        finally:
            # Whoever waits for an answer is hung up on.
            listener.close()


@pytest.mark.short("postgresql")
def test_hanging_endpoints_that_are_new_do_not_slow_the_healthy(
    stage: Stage, receiver: Receiver, size: Size
) -> None:
    """There are more of them than all workers have places for such as nobody knows yet."""
    oracle = Oracle(receiver)
    healthy = stage.lines(oracle, size(10, 100))
    measure(stage, healthy, oracle, rounds=1)
    alone = measure(stage, healthy, oracle, rounds=4)
    number = size(stage.workers_wanted * int(SLOTS * SHARES[Standing.NEW]) + 100, 10_000)
    with silence() as nowhere, hanging(stage, nowhere, number, last_ok=None):
        assert_undisturbed(lambda: measure(stage, healthy, oracle, rounds=4), alone)


@pytest.mark.short("postgresql")
def test_hanging_endpoints_that_have_failed_do_not_slow_brand_new_ones(
    stage: Stage, receiver: Receiver, size: Size
) -> None:
    oracle = Oracle(receiver)
    alone = measure(stage, stage.lines(oracle, size(10, 100)), oracle, rounds=2)
    number = size(stage.workers_wanted * int(SLOTS * SHARES[Standing.FAILING]) + 100, 10_000)
    with silence() as nowhere, hanging(stage, nowhere, number, last_ok=False):
        assert_undisturbed(
            lambda: measure(stage, stage.lines(oracle, size(10, 100)), oracle, rounds=2), alone
        )


@pytest.mark.short("postgresql")
def test_a_huge_backlog_of_one_hook_does_not_slow_the_others(
    stage: Stage, receiver: Receiver, size: Size
) -> None:
    oracle = Oracle(receiver)
    healthy = stage.lines(oracle, 10)
    alone = measure(stage, healthy, oracle, rounds=5)
    behind = Receiver()
    try:
        slow = Oracle(behind, delay=0.2)
        (line,) = stage.lines(slow)
        for _ in range(size(5, 1000)):
            stage.publish(line, slow, 1000)
        assert_undisturbed(lambda: measure(stage, healthy, oracle, rounds=5), alone)
        assert len(slow.lost) > size(2500, 500_000)
        stage.tidy()
    finally:
        behind.close()
