"""Pages: what each costs with a million deliveries in the log, read by one person."""

import re
from collections.abc import Callable, Iterator
from time import monotonic, time
from typing import Any

import requests
from sqlalchemy import text

from portal.domain.actor import Actor
from portal.domain.states import Role
from portal.domain.triggers.draft import TriggerDraft, read_trigger
from portal.extensions import db
from portal.models import Hook, now
from portal.pipeline import people, triggers
from portal.pipeline.transactions import writing
from tests.bench.backlog import EVENTS, NUMBERS, PADDED
from tests.bench.figures import Figure, percentile
from tests.bench.stage import DATA, Stage
from tests.waiting import until

DELIVERIES, HOOKS = 1_000_000, 200
# So many of the latest have an attempt; the others are the ballast that a log has.
ATTEMPTED = 10_000
# Each page is read so often, after once for its caches.
READS = 40
EMAIL, PASSWORD = "bench@bench.example", "password-2026"
# What only one event says, far back in the log.
RARE = "مرجع-٧٧٤٤١"

# One in fifty was given up, one in two hundred is held; the rest arrived.
_STATE = """CASE WHEN n % 50 = 0 THEN 'undelivered' WHEN n % 200 = 1 THEN 'held'
    ELSE 'delivered' END"""
_DELIVERIES = """INSERT INTO deliveries (id, account_id, hook_id, event_id, event_type, state,
        due_at, message_id, attempt_count, retry_step, unpaid_waits, created_at, last_status_code,
        last_at, finished_at)
    {numbers} SELECT 'dlv_' || {padded}, :account, h.id, 'evt_' || {padded}, 'message.received',
        {state}, :now, 'msg_' || {padded}, 1, 1, 0, :now,
        CASE WHEN n % 50 = 0 THEN 500 ELSE 200 END, :now, :now
    FROM numbers JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place
        FROM hooks WHERE enabled) h ON h.place = n % :hooks"""
_ATTEMPTS = """INSERT INTO attempts (id, account_id, hook_id, delivery_id, message_id, started_at,
        duration_ms, status_code, deliveries, policy, url, request_headers, response_headers,
        truncated)
    SELECT 'att_' || substr(id, 5), account_id, hook_id, id, message_id, :now, 12,
        last_status_code, 1, 'simple', 'http://127.0.0.1:9/', '', '', {false}
    FROM deliveries WHERE id >= :first"""
# A week in which every hook sent in every hour, some answers were slow, and in every third hour one
# hook in ten failed.
HOURS = 168
_HOURS = {
    "sqlite": """(WITH RECURSIVE h(hour) AS (SELECT :hour UNION ALL
        SELECT strftime('%Y-%m-%d %H:%M:%f', hour, '-1 hour') || '000' FROM h LIMIT :hours)
        SELECT hour, row_number() OVER (ORDER BY hour) AS place FROM h)""",
    "postgresql": """(SELECT CAST(:hour AS timestamptz) - place * interval '1 hour' AS hour, place
        FROM generate_series(0, :hours - 1) place)""",
}
_ROLLUPS = """INSERT INTO hook_rollups (hook_id, hour, account_id, delivered, failed, duration_ms,
        under_15, under_50, longer)
    SELECT id, hour, account_id, 4000, 80, 48000, 3900, 100, 80
    FROM hooks, {hours} hours WHERE enabled"""
_ACCOUNTS = """INSERT INTO account_rollups (account_id, hour, part, delivered, failed,
        under_15, under_50, longer)
    SELECT :account, hour, part, 100000, 2000, 97500, 2500, 2000
    FROM {hours} hours, (SELECT id, row_number() OVER (ORDER BY id) - 1 AS part FROM hooks) parts
    WHERE part < 8"""
_FAILURES = """INSERT INTO failure_rollups (hook_id, hour, code, host, account_id, failed,
        deliveries, first_at, last_at)
    SELECT id, hour, code, 'a' || nth % 5 || '.example', :account, 40, 20, hour, hour
    FROM {hours} hours, (SELECT 'tls_expired' AS code UNION ALL SELECT 'http_503') codes,
        (SELECT id, row_number() OVER (ORDER BY id) AS nth FROM hooks WHERE enabled) numbered
    WHERE nth % 10 = 0 AND place % 3 = 0"""

Read = Callable[[], requests.Response]


def run(stage: Stage, _seconds: int) -> Iterator[dict[str, Any]]:
    """Fill the log, sign in, and read page after page."""
    stage.make_hooks(HOOKS, stage.start_sink(), together=True)
    first = int(time()) * 10**7
    _fill(stage, first)
    hook_id, trigger_id = _ids(stage)
    stage.start_web()
    with requests.Session() as session:
        base = f"http://127.0.0.1:{stage.port}"
        _sign_in(session, base)
        for name, path in _pages(first, hook_id, trigger_id).items():
            yield _measured(name, lambda path=path: session.get(base + path, timeout=60))


def _pages(first: int, hook_id: str, trigger_id: str) -> dict[str, str]:
    """What is read, by the name of its figure."""
    middle = f"dlv_{first + DELIVERIES // 2:026d}"
    last = f"dlv_{first + DELIVERIES - 1:026d}"
    log = "/deliveries"
    return {
        "overview": "/",
        "overview_week": "/?period=week",
        "hooks": "/settings/webhooks",
        "hook": f"/settings/webhooks/{hook_id}",
        "hook_log": f"/settings/webhooks/{hook_id}/deliveries",
        "hook_security": f"/settings/webhooks/{hook_id}/security",
        "hook_form": f"/settings/webhooks/{hook_id}/edit",
        "hook_filter": f"/settings/webhooks/{hook_id}/filter",
        "log_first": log,
        "log_deep": f"{log}?before={middle}",
        "log_of_hook": f"{log}?hook={hook_id}",
        "log_undelivered": f"{log}?state=undelivered",
        "log_undelivered_deep": f"{log}?state=undelivered&before={middle}",
        "log_hook_undelivered": f"{log}?hook={hook_id}&state=undelivered",
        "log_of_type": f"{log}?event_type=message.received&status_class=5xx",
        "log_nothing_matches": f"{log}?status_class=3xx",
        "log_nothing_deep": f"{log}?status_class=3xx&before={middle}",
        "log_until": f"{log}?until=2099-01-01T00:00",
        "log_by_id": f"{log}?q={middle}",
        "log_searched_common": f"{log}?q=مرحبا",
        "log_searched_rare": f"{log}?q={RARE}",
        "delivery": f"{log}/{last}",
        "triggers": "/triggers",
        "trigger": f"/triggers/{trigger_id}",
        "policies": "/settings/policies",
        "api_keys": "/settings/api-keys",
        "notices": "/notices",
        "watch": "/watch",
    }


def _measured(name: str, read: Read) -> dict[str, Any]:
    assert read().status_code == 200, name
    took = []
    began = monotonic()
    while len(took) < READS:
        before = monotonic()
        answer = read()
        took.append((monotonic() - before) * 1000)
        # What takes seconds is told after a few.
        if monotonic() - began > READS / 4:
            break
    figure = Figure(name, len(took), None, None, percentile(took, 0.5), percentile(took, 0.99))
    told = {**figure.line(), "p95_ms": round(percentile(took, 0.95), 2)}
    return {**told, "bytes": len(answer.content)}


def _fill(stage: Stage, first: int) -> None:
    with stage.app.app_context(), writing() as session:
        dialect = db.engine.dialect.name
        moment = now()
        hour = moment.replace(minute=0, second=0, microsecond=0)
        plain = dialect == "sqlite"
        values = {
            "first": first,
            "last": first + DELIVERIES - 1,
            "account": stage.account_id,
            "now": str(moment.replace(tzinfo=None)) if plain else moment,
            "hour": str(hour.replace(tzinfo=None)) if plain else hour,
            "data": DATA,
            "search": "مرحبا، هل المنتج متوفر",
            "hooks": HOOKS,
            "hours": HOURS,
        }
        shapes = {"numbers": NUMBERS, "padded": PADDED[dialect], "state": _STATE}
        shapes |= {"false": "0" if plain else "false", "hours": _HOURS[dialect]}
        for statement in (EVENTS, _DELIVERIES, _ROLLUPS, _ACCOUNTS, _FAILURES):
            session.execute(text(statement.format(**shapes)), values)
        latest = f"dlv_{first + DELIVERIES - ATTEMPTED:026d}"
        session.execute(text(_ATTEMPTS.format(**shapes)), values | {"first": latest})
        session.execute(
            text("UPDATE events SET search = :rare WHERE id = :id"),
            {"rare": "مرجع-77441", "id": f"evt_{first + 1000:026d}"},
        )
    with stage.app.app_context(), db.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))


def _ids(stage: Stage) -> tuple[str, str]:
    """A hook and a trigger to be looked at; and somebody to look."""
    with stage.app.app_context():
        people.make_person(EMAIL, PASSWORD, Role.ADMIN, "bench")
        draft = read_trigger({"name": "bench"}, TriggerDraft())
        made = triggers.create_trigger(draft, Actor(stage.account_id, "bench", Role.ADMIN))
        hook = db.session.query(Hook).filter_by(enabled=True).first()
        assert hook
        return hook.id, made.id


def _sign_in(session: requests.Session, base: str) -> None:
    until(lambda: _is_up(base), 30)
    page = session.get(f"{base}/login", timeout=10).text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token
    fields = {"email": EMAIL, "password": PASSWORD, "csrf_token": token[1]}
    answer = session.post(f"{base}/login", data=fields, timeout=30)
    assert answer.url == f"{base}/", answer.url


def _is_up(base: str) -> bool:
    try:
        return requests.get(f"{base}/api/v1/health", timeout=5).ok
    except requests.ConnectionError:
        return False
