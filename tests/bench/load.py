"""Load: the same request posted again and again to the portal's own web server."""

import os
import time
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path

from portal.domain.addresses import Guard
from portal.sender import Request, Sender
from portal.settings import Settings
from portal.standalone.processes import web
from tests.bench.figures import Figure, percentile
from tests.bench.stage import Stage
from tests.waiting import until


@dataclass(frozen=True)
class Post:
    """What is posted: ``body``, which stands for ``units``, over ``connections`` at once."""

    path: str
    body: bytes
    connections: int
    units: int = 1
    app: str = "wsgi:app"


def posted(name: str, stage: Stage, post: Post, seconds: int) -> Figure:
    """How fast a web server of its own takes what ``post`` says."""
    server = stage.start(*web(Settings.from_env(stage.environ))[1:-1], post.app)
    guard = Guard((ip_network("127.0.0.0/8"),), None, "http://127.0.0.1")
    sender = Sender(guard, post.connections)
    headers = (
        ("content-type", "application/json"),
        ("authorization", f"Bearer {stage.key}"),
        ("user-agent", "bench"),
    )
    url = f"http://127.0.0.1:{stage.port}{post.path}"
    request = Request(None, url, headers, post.body, 60.0)
    try:
        until(lambda: _answers(sender, request), 30)
        cpu = _cpu_seconds(server.pid)
        durations, took = _load(sender, request, seconds)
        cpu = _cpu_seconds(server.pid) - cpu
    finally:
        sender.close()
        server.terminate()
        server.wait()
    count = len(durations) * post.units
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
