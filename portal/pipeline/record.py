"""Record: write down what attempts came to, many in one transaction.

A delivery changes only while its lease token is still the one it was sent under; the attempt is
written down in any case, because the POST did happen.
"""

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.domain.envelope import masked
from portal.domain.outcomes import Outcome, judge
from portal.domain.retries import decide
from portal.domain.states import DeliveryState
from portal.domain.storable import storable
from portal.models import (
    Attempt,
    AttemptDelivery,
    Delivery,
    Hook,
    HookHealth,
    HookRollup,
    new_id,
    utcnow,
)
from portal.pipeline.letters import Letter
from portal.sender import Reply, Request

_deliveries = Delivery.__table__
_FENCED = (_deliveries.c.id == bindparam("row_id")) & (
    _deliveries.c.lease_token == bindparam("token")
)


@dataclass(frozen=True, slots=True)
class Sent:
    """A letter that was sent, and what came back."""

    letter: Letter
    request: Request
    reply: Reply
    started_at: datetime


Judged = tuple[Sent, Outcome]


def record(session: Session, sent: Sequence[Sent]) -> None:
    """Write the outcomes of ``sent`` down: deliveries, attempts, health and rollups."""
    now = session.scalar(select(utcnow()))
    judged = [
        (one, judge(one.reply.status_code, one.reply.error, one.reply.headers, now)) for one in sent
    ]
    session.execute(_settle, [_settled(one, outcome, now) for one, outcome in judged])
    attempts = [_attempt(one, outcome) for one, outcome in judged]
    session.execute(insert(Attempt), attempts)
    session.execute(
        insert(AttemptDelivery),
        [
            {"attempt_id": attempt["id"], "delivery_id": one.letter.claimed.id}
            for attempt, one in zip(attempts, sent, strict=True)
        ],
    )
    _note_health(session, judged, now)
    _add_up(session, judged, now)


def hold(session: Session, letters: Iterable[Letter]) -> None:
    """Hold what became due for a hook that is off; it is sent when the hook is on again."""
    rows = [{"row_id": one.claimed.id, "token": one.claimed.lease_token} for one in letters]
    if rows:
        session.execute(
            update(_deliveries)
            .where(_FENCED)
            .values(state=DeliveryState.HELD, due_at=utcnow(), lease_token=None),
            rows,
        )


_settle = (
    update(_deliveries)
    .where(_FENCED)
    .values(
        state=bindparam("new_state"),
        due_at=bindparam("new_due_at"),
        attempt_count=bindparam("attempts"),
        retry_step=bindparam("step"),
        unpaid_waits=bindparam("waits"),
        lease_token=None,
        asked_by=None,
        last_error=bindparam("error"),
        last_status_code=bindparam("status"),
        last_at=bindparam("at"),
        finished_at=bindparam("finished"),
    )
)


def _settled(one: Sent, outcome: Outcome, now: datetime) -> dict[str, Any]:
    claimed = one.letter.claimed
    verdict = decide(
        outcome,
        one.letter.endpoint.schedule,
        claimed.retry_step,
        claimed.unpaid_waits,
        random.random(),
    )
    return {
        "row_id": claimed.id,
        "token": claimed.lease_token,
        "new_state": verdict.state,
        "new_due_at": now + verdict.wait if verdict.wait is not None else now,
        "attempts": claimed.attempt_count + 1,
        "step": verdict.retry_step,
        "waits": verdict.unpaid_waits,
        "error": outcome.error,
        "status": outcome.status_code,
        "at": one.started_at,
        "finished": None if verdict.state == DeliveryState.WAITING else now,
    }


def _attempt(one: Sent, outcome: Outcome) -> dict[str, Any]:
    claimed, endpoint, reply = one.letter.claimed, one.letter.endpoint, one.reply
    return {
        "id": new_id("att"),
        "account_id": claimed.account_id,
        "hook_id": claimed.hook_id,
        "message_id": claimed.message_id,
        "started_at": one.started_at,
        "duration_ms": reply.duration_ms,
        "status_code": outcome.status_code,
        "error": outcome.error,
        "asked_by": claimed.asked_by,
        "deliveries": 1,
        "policy": endpoint.policy,
        "url": endpoint.url,
        "detail": reply.detail,
        "request_headers": masked(one.request.headers, endpoint.own_headers),
        "response_headers": [[storable(n), storable(v)] for n, v in reply.headers],
        "response_body": storable(reply.body),
        "truncated": reply.truncated,
    }


def _note_health(session: Session, judged: Sequence[Judged], now: datetime) -> None:
    last: dict[str, tuple[Outcome, int]] = {}
    for one, outcome in judged:
        hook_id = one.letter.claimed.hook_id
        failures = 0 if outcome.delivered else last.get(hook_id, (outcome, 0))[1] + 1
        last[hook_id] = (outcome, failures)
    # In one order everywhere, so that two workers never wait for each other's rows.
    for hook_id, (outcome, failures) in sorted(last.items(), key=lambda item: item[0]):
        session.execute(
            update(HookHealth)
            .where(HookHealth.hook_id == hook_id)
            .values(_health(outcome, failures, now)),
            execution_options={"synchronize_session": False},
        )
    for hook_id in sorted({one.letter.claimed.hook_id for one, how in judged if how.gone}):
        _disable(session, hook_id, "gone", now)


def _health(outcome: Outcome, failures: int, now: datetime) -> dict[Any, Any]:
    if outcome.delivered:
        return {
            HookHealth.last_ok: True,
            HookHealth.last_ok_at: now,
            HookHealth.failing_since: None,
            HookHealth.consecutive_failures: 0,
        }
    return {
        HookHealth.last_ok: False,
        HookHealth.last_failed_at: now,
        HookHealth.consecutive_failures: HookHealth.consecutive_failures + failures,
    }


def _disable(session: Session, hook_id: str, reason: str, now: datetime) -> None:
    session.execute(
        update(Hook)
        .where(Hook.id == hook_id, Hook.enabled)
        .values(enabled=False, disabled_reason=reason, disabled_at=now),
        execution_options={"synchronize_session": False},
    )


def _add_up(session: Session, judged: Sequence[Judged], now: datetime) -> None:
    hour = now.replace(minute=0, second=0, microsecond=0)
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for one, outcome in judged:
        total = sums[one.letter.claimed.hook_id, one.letter.claimed.account_id]
        total[0 if outcome.delivered else 1] += 1
        total[2] += one.reply.duration_ms
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    added = dialect.insert(HookRollup)
    upsert = added.on_conflict_do_update(
        index_elements=[HookRollup.hook_id, HookRollup.hour],
        set_={
            name: getattr(HookRollup, name) + getattr(added.excluded, name)
            for name in ("delivered", "failed", "duration_ms")
        },
    )
    rows = [
        {
            "hook_id": hook_id,
            "account_id": account_id,
            "hour": hour,
            "delivered": delivered,
            "failed": failed,
            "duration_ms": duration,
        }
        for (hook_id, account_id), (delivered, failed, duration) in sorted(sums.items())
    ]
    session.execute(upsert, rows)
