"""Backlog: what taking work costs when ten thousand deliveries are due, and when a million are."""

import json
from collections.abc import Iterator
from time import monotonic, time
from typing import Any

from sqlalchemy import text

from portal.domain.health import Standing
from portal.extensions import db
from portal.models import now
from portal.pipeline import streams
from portal.pipeline.due import Wanted, read_due
from portal.pipeline.transactions import reading, writing
from tests.bench.figures import Figure, percentile
from tests.bench.stage import DATA, Stage

HOOKS = 200
SMALL, LARGE = 10_000, 1_000_000
CLAIMS = 60
ROWS = 32

PADDED = {"postgresql": "lpad(CAST(n AS text), 26, '0')", "sqlite": "printf('%026d', n)"}
NUMBERS = """WITH RECURSIVE numbers(n) AS (SELECT CAST(:first AS bigint)
    UNION ALL SELECT n + 1 FROM numbers WHERE n < CAST(:last AS bigint))"""
EVENTS = """INSERT INTO events
        (id, account_id, type, occurred_at, created_at, routing, data, search)
    {numbers} SELECT 'evt_' || {padded}, :account, 'message.received', :now, :now, '{{}}',
        :data, :search
    FROM numbers"""
_DELIVERIES = """INSERT INTO deliveries (id, account_id, hook_id, event_id, event_type, state,
        due_at, message_id, attempt_count, retry_step, unpaid_waits, created_at)
    {numbers} SELECT 'dlv_' || {padded}, :account, h.id, 'evt_' || {padded}, 'message.received',
        'waiting', :now, 'msg_' || {padded}, 0, 0, 0, :now
    FROM numbers JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place
        FROM hooks WHERE enabled) h ON h.place = n % :hooks"""


def run(stage: Stage, seconds: int) -> Iterator[dict[str, Any]]:
    """What a claim costs with a small and a large backlog, and how a worker drains the latter."""
    stage.make_hooks(HOOKS, stage.start_sink(), together=True)
    # Ids that no earlier run has used.
    first = int(time()) * 10**7
    _fill(stage, first, first + SMALL - 1)
    small = _claims(stage, "claim_at_10k")
    yield small.line()
    _fill(stage, first + SMALL, first + LARGE - 1)
    large = _claims(stage, "claim_at_1m")
    yield large.line()
    growth = (large.p50_ms or 0) / (small.p50_ms or 1)
    yield {"ratios": {"claim_at_1m_to_10k": round(growth, 3)}}
    yield _drained(stage, seconds)


def _fill(stage: Stage, first: int, last: int) -> None:
    with stage.app.app_context(), writing() as session:
        dialect = db.engine.dialect.name
        shapes = {"numbers": NUMBERS, "padded": PADDED[dialect]}
        values = {
            "first": first,
            "last": last,
            "account": stage.account_id,
            "now": str(now().replace(tzinfo=None)) if dialect == "sqlite" else now(),
            "data": DATA,
            "search": "",
        }
        session.execute(text(EVENTS.format(**shapes)), values)
        session.execute(text(_DELIVERIES.format(**shapes)), values | {"hooks": HOOKS})


def _claims(stage: Stage, name: str) -> Figure:
    """Take streams, read what is due in them, give them back: as a worker does, without sending."""
    took = []
    with stage.app.app_context():
        for number in range(CLAIMS):
            began = monotonic()
            with writing() as session:
                most = dict.fromkeys(Standing, 64)
                taken = streams.take(session, f"bench{number}", most)
            with reading() as session:
                read_due(session, [Wanted(hook_id, ROWS) for hook_id in taken])
            took.append((monotonic() - began) * 1000)
            with writing() as session:
                streams.give_back(session, f"bench{number}", taken)
    p50, p99 = percentile(took, 0.5), percentile(took, 0.99)
    return Figure(name, len(took), None, None, p50, p99)


def _drained(stage: Stage, seconds: int) -> dict[str, Any]:
    child = stage.start("-m", "tests.bench.drainer", str(seconds))
    assert child.stdout
    return json.loads(child.stdout.readline())
