"""Refusals: calls that were turned away are on record with their reason and its likely cause.

What strangers send must not fill the disk: little of it is kept, a few rows a minute for each
reason, and the next row that is kept says how many were only counted.
"""

import logging
import time
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from portal.domain.calls import Verdict, headers_text, json_text, searchable
from portal.domain.signatures.diagnosis import diagnose
from portal.domain.signatures.verifying import Incoming
from portal.domain.triggers.admission import Turned
from portal.domain.triggers.masked import mask
from portal.domain.triggers.plan import Plan
from portal.models import Call
from portal.pipeline.plans import Known
from portal.pipeline.transactions import writing

log = logging.getLogger(__name__)

KEPT_A_MINUTE = 10
# Of a stranger's body and of all their headers together (design §3).
KEPT_BYTES = 8 * 1024
WINDOW_SECONDS = 60.0
# Refusals after the caller had proved who they are, if the trigger asks for that.
KNOWN_CALLERS = frozenset({400, 415})


def record_refusal(
    known: Known, incoming: Incoming, peer: str, turned: Turned, moment: datetime
) -> None:
    """Put a call that was turned away on record; one that cannot be is only logged, since the
    caller is refused in any case."""
    uncounted = _admit(known.trigger_id, turned.reason)
    if uncounted is None:
        return
    try:
        _record(known, incoming, peer, turned, moment, uncounted)
    except SQLAlchemyError as error:
        log.warning("a refused call is not on record: %s", type(error).__name__)


def _record(
    known: Known,
    incoming: Incoming,
    peer: str,
    turned: Turned,
    moment: datetime,
    uncounted: int,
) -> None:
    plan = known.plan
    kept = mask(plan, incoming)
    is_known = turned.status in KNOWN_CALLERS and plan.auth != "none"
    body = kept.body if is_known else kept.body[:KEPT_BYTES]
    findings = _findings(plan, incoming, moment) if turned.status == 401 else []
    with writing() as session:
        session.add(
            Call(
                account_id=known.account_id,
                trigger_id=known.trigger_id,
                version_id=known.version_id,
                at=moment,
                peer=peer[:64],
                method=incoming.method[:16],
                verdict=Verdict.REFUSED,
                reason=turned.reason,
                status=turned.status,
                duration_ms=0,
                uncounted=uncounted,
                body_size=len(incoming.body),
                headers=headers_text(_cut(kept.headers)),
                query=kept.query[:KEPT_BYTES],
                body=body,
                explanation=json_text({"refused": dict(turned.facts), "findings": findings}),
                search=searchable(kept.query, body),
            )
        )


def _findings(plan: Plan, incoming: Incoming, moment: datetime) -> list[dict[str, Any]]:
    """Why a signature may not have fitted, the likeliest first."""
    if plan.scheme is None:
        return []
    key = plan.preset.key if plan.preset else None
    secrets, ended = plan.signing_secrets, plan.secrets.ended
    found = diagnose(plan.scheme, secrets, incoming, moment, ended, key)
    return [{"code": one.code, **one.facts} for one in found]


def _cut(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    kept, size = [], 0
    for name, value in headers:
        size += len(name) + len(value)
        if size > KEPT_BYTES:
            break
        kept.append((name, value))
    return kept


@dataclass(slots=True)
class _Window:
    ends: float
    kept: int = 0
    uncounted: int = 0


_windows: dict[tuple[str, str], _Window] = {}
_lock = Lock()


def _admit(trigger_id: str, reason: str) -> int | None:
    """How many refusals were only counted before this one; None when this one is too."""
    now = time.monotonic()
    with _lock:
        window = _windows.setdefault((trigger_id, reason), _Window(now + WINDOW_SECONDS))
        if window.ends <= now:
            window.ends, window.kept = now + WINDOW_SECONDS, 0
        if window.kept >= KEPT_A_MINUTE:
            window.uncounted += 1
            return None
        window.kept += 1
        uncounted, window.uncounted = window.uncounted, 0
        return uncounted
