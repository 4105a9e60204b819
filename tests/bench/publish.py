"""Publish: events over HTTP, one subscribed hook, against the least that a server could do."""

import json
import time
from collections.abc import Iterator
from typing import Any

from sqlalchemy import text

from portal.extensions import db
from portal.pipeline.transactions import writing
from tests.bench.figures import Figure, ratios
from tests.bench.load import Post, posted
from tests.bench.stage import DATA, Stage

# Requests in flight at once: of single events, and of batches.
CONNECTIONS, BATCHES = 16, 2
BATCH = 1000


def run(stage: Stage, seconds: int) -> Iterator[dict[str, Any]]:
    """The figures and their limits, then the ratios."""
    (key,) = stage.make_hooks(1, stage.start_sink())
    event = json.dumps({"type": key, "data": json.loads(DATA)}, ensure_ascii=False).encode()
    single = posted("publish_single", stage, Post("/api/v1/events", event, CONNECTIONS), seconds)
    yield single.line()
    batch = b"[" + b",".join([event] * BATCH) + b"]"
    many = Post("/api/v1/events/batch", batch, BATCHES, BATCH)
    batches = posted("publish_batch", stage, many, seconds)
    yield batches.line()
    insert = Post("/insert", event, CONNECTIONS, app="tests.bench.bare:app")
    bare_view = posted("bare_insert_view", stage, insert, seconds)
    yield bare_view.line()
    bare_inserts = _bare_inserts(stage, seconds)
    yield bare_inserts.line()
    yield ratios(
        publish_single_to_bare_insert_view=(single, bare_view),
        publish_batch_to_bare_inserts=(batches, bare_inserts),
    )


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
