"""Publish: events over HTTP, one subscribed hook, against the least that a server could do."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from sqlalchemy import text

from portal.domain.addresses import Guard
from portal.extensions import db
from portal.pipeline.transactions import writing
from portal.sender import Request, Sender
from portal.settings import Settings
from portal.standalone.processes import web
from tests.bench.figures import Figure, percentile, ratios
from tests.bench.stage import DATA, Stage
from tests.waiting import until

# Requests in flight at once: of single events, and of batches.
CONNECTIONS, BATCHES = 16, 2
BATCH = 1000


def run(stage: Stage, seconds: int) -> Iterator[dict[str, Any]]:
    """The figures and their limits, then the ratios."""
    (key,) = stage.make_hooks(1, stage.start_sink())
    event = json.dumps({"type": key, "data": json.loads(DATA)}, ensure_ascii=False).encode()
    single = _posted("publish_single", stage, "wsgi:app", "/api/v1/events", event, 1, seconds)
    yield single.line()
    batch = b"[" + b",".join([event] * BATCH) + b"]"
    path = "/api/v1/events/batch"
    batches = _posted("publish_batch", stage, "wsgi:app", path, batch, BATCH, seconds)
    yield batches.line()
    view = "tests.bench.bare:app"
    bare_view = _posted("bare_insert_view", stage, view, "/insert", event, 1, seconds)
    yield bare_view.line()
    bare_inserts = _bare_inserts(stage, seconds)
    yield bare_inserts.line()
    yield ratios(
        publish_single_to_bare_insert_view=(single, bare_view),
        publish_batch_to_bare_inserts=(batches, bare_inserts),
    )


def _posted(
    name: str, stage: Stage, app: str, path: str, body: bytes, units: int, seconds: int
) -> Figure:
    """``body``, which holds ``units`` events, posted again and again to the same web server."""
    server = stage.start(*web(Settings.from_env(stage.environ))[1:-1], app)
    slots = CONNECTIONS if units == 1 else BATCHES
    sender = Sender(Guard((ip_network("127.0.0.0/8"),), None, "http://127.0.0.1"), slots)
    headers = (
        ("content-type", "application/json"),
        ("authorization", f"Bearer {stage.key}"),
        ("user-agent", "bench"),
    )
    request = Request(None, f"http://127.0.0.1:{stage.port}{path}", headers, body, 60.0)
    try:
        until(lambda: _answers(sender, request), 30)
        cpu = _cpu_seconds(server.pid)
        durations, took = _load(sender, request, seconds)
        cpu = _cpu_seconds(server.pid) - cpu
    finally:
        sender.close()
        server.terminate()
        server.wait()
    count = len(durations) * units
    p50, p99 = percentile(durations, 0.5), percentile(durations, 0.99)
    return Figure(name, count, count / took, cpu / count * 1e6, p50, p99)


def _cpu_seconds(pid: int) -> float:
    """What the process ``pid`` and its children have spent so far."""
    ticks, parents = {}, {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            # The name, which may hold anything, stands in parentheses before these.
            values = stat.read_text().rpartition(")")[2].split()
            ticks[int(stat.parent.name)] = int(values[11]) + int(values[12])
            parents[int(stat.parent.name)] = int(values[1])
    spent = sum(count for one, count in ticks.items() if pid in (one, parents[one]))
    return spent / os.sysconf("SC_CLK_TCK")


def _answers(sender: Sender, request: Request) -> bool:
    sender.start(request)
    ((_, reply),) = sender.finished(60)
    return reply.status_code in (200, 202)


def _load(sender: Sender, request: Request, seconds: int) -> tuple[list[int], float]:
    durations: list[int] = []
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        while sender.free:
            sender.start(request)
        for _, reply in sender.finished(1):
            assert reply.status_code in (200, 202), reply
            durations.append(reply.duration_ms)
    took = time.monotonic() - began
    while sender.in_flight:
        sender.finished(1)
    return durations, took


def _bare_inserts(stage: Stage, seconds: int) -> Figure:
    """Rows of 1000 into one table with one index, nothing else: what the database can take."""
    rows = [{"data": DATA} for _ in range(BATCH)]
    count = 0
    with stage.app.app_context():
        cpu, began = time.process_time(), time.monotonic()
        while time.monotonic() - began < seconds:
            with writing() as session:
                session.execute(text("INSERT INTO bench_rows (data) VALUES (:data)"), rows)
            count += BATCH
        took, cpu = time.monotonic() - began, time.process_time() - cpu
        db.session.remove()
    return Figure("bare_inserts", count, count / took, cpu / count * 1e6)
