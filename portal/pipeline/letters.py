"""Letters: claimed deliveries made ready to send, with what the hook is at this moment."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.domain.envelope import body_of, headers_of
from portal.domain.retries import Schedule
from portal.domain.vault import Vault, VaultError
from portal.extensions import vault
from portal.models import Event, Hook, HookHealth, HookSecret, Policy, utcnow
from portal.pipeline.claim import Claimed


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A hook as it is when something is sent to it."""

    hook_id: str
    url: str
    sends: bool
    policy: str
    schedule: Schedule
    timeout_seconds: int
    in_flight: int
    suspect: bool
    own_headers: dict[str, str]
    secrets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Letter:
    """A claimed delivery, where it goes and what its body is."""

    claimed: Claimed
    endpoint: Endpoint
    body: bytes


def write_letters(session: Session, claimed: Sequence[Claimed]) -> list[Letter]:
    """A letter for each of ``claimed``, in their order."""
    endpoints = _endpoints(session, {one.hook_id for one in claimed})
    bodies = _bodies(session, {one.event_id for one in claimed})
    return [Letter(one, endpoints[one.hook_id], bodies[one.event_id]) for one in claimed]


def stamped(letter: Letter) -> tuple[tuple[str, str], ...]:
    """The headers of an attempt that is made now, signed with every secret that is alive."""
    return headers_of(
        letter.claimed.message_id,
        letter.body,
        letter.endpoint.secrets,
        letter.endpoint.own_headers,
        datetime.now(UTC),
    )


def _endpoints(session: Session, hook_ids: set[str]) -> dict[str, Endpoint]:
    rows = session.execute(
        select(
            Hook.id,
            Hook.url,
            Hook.enabled,
            Hook.deleted_at,
            Hook.headers_sealed,
            Policy.slug,
            Policy.account_id,
            Policy.retry_delays,
            Policy.timeout_seconds,
            Policy.in_flight,
            HookHealth.last_ok,
        )
        .join(Policy, Policy.id == Hook.policy_id)
        .outerjoin(HookHealth, HookHealth.hook_id == Hook.id)
        .where(Hook.id.in_(hook_ids))
    )
    secrets = _secrets(session, hook_ids)
    return {
        row.id: Endpoint(
            hook_id=row.id,
            url=row.url,
            sends=row.enabled and row.deleted_at is None,
            policy=row.slug,
            schedule=Schedule(tuple(row.retry_delays), builtin=row.account_id is None),
            timeout_seconds=row.timeout_seconds,
            in_flight=row.in_flight,
            suspect=row.last_ok is False,
            own_headers=_own_headers(row.headers_sealed),
            secrets=secrets.get(row.id, ()),
        )
        for row in rows
    }


def _secrets(session: Session, hook_ids: set[str]) -> dict[str, tuple[str, ...]]:
    rows = session.execute(
        select(HookSecret.hook_id, HookSecret.sealed)
        .where(
            HookSecret.hook_id.in_(hook_ids),
            or_(HookSecret.expires_at.is_(None), HookSecret.expires_at > utcnow()),
        )
        .order_by(HookSecret.created_at.desc())
    )
    found: dict[str, tuple[str, ...]] = {}
    for hook_id, sealed in rows:
        opened = _opened(sealed)
        found[hook_id] = (*found.get(hook_id, ()), *([opened] if opened else []))
    return found


def _own_headers(sealed: str | None) -> dict[str, str]:
    opened = _opened(sealed) if sealed else None
    return json.loads(opened) if opened else {}


def _opened(sealed: str) -> str | None:
    try:
        return _open_once(vault(), sealed)
    except VaultError:
        return None


@lru_cache(maxsize=4096)
def _open_once(known: Vault, sealed: str) -> str:
    # Opening costs more than all else of a send, and a worker sends to the same hooks all day.
    return known.open(sealed)


def _bodies(session: Session, event_ids: Iterable[str]) -> dict[str, bytes]:
    rows = session.execute(
        select(Event.id, Event.type, Event.occurred_at, Event.data).where(Event.id.in_(event_ids))
    )
    return {row.id: body_of(row.type, row.occurred_at, row.data) for row in rows}
