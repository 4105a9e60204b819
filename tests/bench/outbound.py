"""Outbound: a backlog over 200 hooks, policy «بسيط», sent and recorded by one worker."""

import os
import time
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from ipaddress import ip_network
from typing import Any

from redis import Redis
from rq import Queue, Worker
from sqlalchemy import select

from portal.domain.addresses import Guard
from portal.extensions import db
from portal.models import Attempt
from portal.pipeline import deliver
from portal.pipeline.post import SLOTS
from portal.sender import Request, Sender
from tests.bench.figures import Figure, percentile, ratios
from tests.bench.jobs import send_one
from tests.bench.stage import DATA, Stage

HOOKS = 200
# About what a worker does in a second, to size the backlog by.
EXPECTED = 3000
RQ_JOBS = 150
LATENCY = 0.05


def run(stage: Stage, seconds: int) -> Iterator[dict[str, Any]]:
    """The figures, their baseline and their limit, then the ratios."""
    count = seconds * EXPECTED
    curl_only = _curl_only(stage.start_sink(), count)
    yield curl_only.line()
    outbound = _drained("outbound", stage, stage.start_sink(), count)
    yield outbound.line()
    slow = _drained("outbound_50ms", stage, stage.start_sink(LATENCY), count)
    yield slow.line()
    rq_job = _rq_job_per_send(stage, stage.start_sink())
    yield rq_job.line()
    yield ratios(
        outbound_to_rq_job_per_send=(outbound, rq_job),
        outbound_to_curl_only=(outbound, curl_only),
        outbound_50ms_to_outbound=(slow, outbound),
    )


def _drained(name: str, stage: Stage, port: int, count: int) -> Figure:
    keys = stage.make_hooks(HOOKS, port)
    # One round first, so that every endpoint has proved itself and connections stand.
    stage.publish(keys, HOOKS)
    _drain(stage)
    stage.publish(keys, count)
    took, cpu, sent = _drain(stage)
    assert sent == count, f"{sent} of {count} sent"
    with stage.app.app_context():
        newest = select(Attempt.duration_ms).order_by(Attempt.id.desc()).limit(count)
        durations = db.session.scalars(newest).all()
        db.session.remove()
    return Figure(
        name,
        count,
        count / took,
        cpu / count * 1e6,
        percentile(durations, 0.5),
        percentile(durations, 0.99),
    )


def _drain(stage: Stage) -> tuple[float, float, int]:
    with stage.app.app_context():
        began, cpu = time.monotonic(), time.process_time()
        sent = deliver.drain(lambda: False, lambda: None)
        return time.monotonic() - began, time.process_time() - cpu, sent


def _curl_only(port: int, count: int) -> Figure:
    """The same sends through the same door, with no database behind them."""
    sender = Sender(Guard((ip_network("127.0.0.0/8"),), None, "http://127.0.0.1"), SLOTS)
    headers = (("content-type", "application/json"), ("webhook-id", "x" * 30))
    body, durations, started = DATA.encode(), [], 0
    began, cpu = time.monotonic(), time.process_time()
    while len(durations) < count:
        while sender.free and started < count:
            url = f"http://127.0.0.1:{port}/{started % HOOKS}"
            sender.start(Request(started, url, headers, body, 15.0))
            started += 1
        durations += [reply.duration_ms for _, reply in sender.finished(0.05)]
    took, cpu = time.monotonic() - began, time.process_time() - cpu
    sender.close()
    p50, p99 = percentile(durations, 0.5), percentile(durations, 0.99)
    return Figure("curl_only", count, count / took, cpu / count * 1e6, p50, p99)


def _rq_job_per_send(stage: Stage, port: int) -> Figure:
    """RQ as it comes: a default worker, one job a send, each with ``requests``."""
    with Redis.from_url(stage.redis.url) as redis:
        queue = Queue("bench", connection=redis)
        for number in range(RQ_JOBS):
            queue.enqueue(send_one, f"http://127.0.0.1:{port}/{number % HOOKS}", DATA)
        began, cpu = time.monotonic(), os.times()
        with redirect_stdout(StringIO()):
            Worker([queue], connection=redis).work(burst=True, logging_level="ERROR")
        took, after = time.monotonic() - began, os.times()
    used = sum(after[:4]) - sum(cpu[:4])
    return Figure("rq_job_per_send", RQ_JOBS, RQ_JOBS / took, used / RQ_JOBS * 1e6)
