"""Endpoints: what a hook is at this moment, as far as sending to it needs to know."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, or_, select
from sqlalchemy.orm import Session

from portal.domain.retries import Schedule
from portal.domain.vault import Vault, VaultError
from portal.extensions import vault
from portal.models import Hook, HookSecret, Policy, utcnow

_COLUMNS = (
    Hook.id,
    Hook.account_id,
    Hook.url,
    Hook.enabled,
    Hook.deleted_at,
    Hook.headers_sealed,
    Hook.updated_at,
    Policy.slug,
    Policy.account_id.label("owner"),
    Policy.retry_delays,
    Policy.batch_size,
    Policy.ordered,
    Policy.per_minute,
    Policy.in_flight,
    Policy.timeout_seconds,
    Policy.expires_after_seconds,
)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A hook with its policy and its secrets, opened. Times are in seconds."""

    hook_id: str
    account_id: str
    updated_at: datetime
    url: str
    sends: bool
    policy: str
    schedule: Schedule
    batch_size: int
    ordered: bool
    per_minute: int | None
    in_flight: int
    timeout_seconds: int
    expires_after_seconds: int | None
    own_headers: dict[str, str]
    secrets: tuple[str, ...]


def read_endpoints(session: Session, hook_ids: Iterable[str]) -> dict[str, Endpoint]:
    """The endpoints of ``hook_ids``, by id."""
    ids = list(hook_ids)
    rows = session.execute(
        select(*_COLUMNS).join(Policy, Policy.id == Hook.policy_id).where(Hook.id.in_(ids))
    )
    secrets = _secrets(session, ids)
    return {row.id: _endpoint(row, secrets.get(row.id, ())) for row in rows}


def changed(session: Session, known: Mapping[str, Endpoint]) -> set[str]:
    """The ids of those ``known`` whose hook was changed since it was read.

    Tells nothing of policies and of secrets whose time has come; see how often all are read.
    """
    rows = session.execute(select(Hook.id, Hook.updated_at).where(Hook.id.in_(list(known))))
    return {hook_id for hook_id, updated_at in rows if updated_at != known[hook_id].updated_at}


def _endpoint(row: Row[Any], secrets: tuple[str, ...]) -> Endpoint:
    return Endpoint(
        hook_id=row.id,
        account_id=row.account_id,
        updated_at=row.updated_at,
        url=row.url,
        sends=row.enabled and row.deleted_at is None,
        policy=row.slug,
        schedule=Schedule(tuple(row.retry_delays), builtin=row.owner is None),
        batch_size=row.batch_size,
        ordered=row.ordered,
        per_minute=row.per_minute,
        in_flight=1 if row.ordered else row.in_flight,
        timeout_seconds=row.timeout_seconds,
        expires_after_seconds=row.expires_after_seconds,
        own_headers=_own_headers(row.headers_sealed),
        secrets=secrets,
    )


def _secrets(session: Session, hook_ids: list[str]) -> dict[str, tuple[str, ...]]:
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
        # Without its key nothing can be signed; the attempt says so, and is made again later.
        return None


@lru_cache(maxsize=4096)
def _open_once(known: Vault, sealed: str) -> str:
    # Opening costs more than all else of a send, and a worker sends to the same hooks all day.
    return known.open(sealed)
