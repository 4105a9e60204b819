"""Latency: from the 202 to the POST's arrival on an idle system, all processes as in production."""

import random
from collections.abc import Iterator
from threading import Event
from typing import Any

import requests

from tests.bench.arrivals import Numbered
from tests.bench.stage import Stage
from tests.waiting import until

# In seconds: between two events, so that the system is idle when the next one comes.
PAUSES = (0.05, 0.25)


def run(stage: Stage, seconds: int) -> Iterator[dict[str, Any]]:
    """How long an event takes from its 202 to its arrival."""
    events = Numbered(stage, "arrival")
    (key,) = stage.make_hooks(1, events.port)
    server = stage.start_web()
    stage.start_worker()
    with requests.Session() as session:
        session.headers["authorization"] = f"Bearer {stage.key}"
        until(lambda: _health(session, stage.port).get("workers"), 30)
        for _ in range(seconds * 5):
            # Written as it will be sent, and noted as soon as the answer is there.
            body = f'{{"type": "{key}", "data": {events.data()}}}'
            _post(session, stage.port, body)
            events.committed()
            Event().wait(random.uniform(*PAUSES))
        yield events.figure("arrival").line()
    server.terminate()
    server.wait()


def _post(session: requests.Session, port: int, body: str) -> None:
    headers = {"content-type": "application/json"}
    url = f"http://127.0.0.1:{port}/api/v1/events"
    answer = session.post(url, data=body, headers=headers, timeout=30)
    assert answer.status_code == 202, answer.text


def _health(session: requests.Session, port: int) -> dict[str, Any]:
    try:
        return session.get(f"http://127.0.0.1:{port}/api/v1/health", timeout=5).json()
    except requests.ConnectionError:
        return {}
