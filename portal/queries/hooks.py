"""Hooks as pages and the API read them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, or_, select
from sqlalchemy.orm import joinedload

from portal.domain.folding import fold
from portal.domain.health import Health, switch_off_at
from portal.domain.hooks import folded_name
from portal.domain.states import HookState
from portal.extensions import db
from portal.models import EventType, Hook, Policy, Subscription
from portal.queries.page import Page, page_of
from portal.queries.rows import NotFound

# A failure or two may be a restart; from here on people are told when the hook is switched off.
WORTH_A_WARNING = 3


def list_hooks(
    account_id: str, search: str = "", cursor: str | None = None, limit: int = 50
) -> Page[Hook]:
    """The living hooks of an account, newest first; ``search`` is matched in their names."""
    rows = (
        select(Hook)
        .where(Hook.account_id == account_id, Hook.deleted_at.is_(None))
        .options(joinedload(Hook.stream))
    )
    if search.strip():
        rows = rows.where(Hook.name_folded.contains(fold(search), autoescape=True))
    return page_of(rows, Hook.id, cursor, limit)


def state_of(hook: Hook) -> HookState:
    """What the hook is doing now."""
    if hook.disabled_reason:
        return HookState.DISABLED
    if not hook.enabled:
        return HookState.OFF
    return HookState.RESTING if hook.stream.resting else HookState.ON


def ends_at(hook: Hook) -> datetime | None:
    """When the hook is switched off if it goes on failing; None while that is far from it.

    One that is past means the next failure.
    """
    stream = hook.stream
    if not hook.enabled or stream.consecutive_failures < WORTH_A_WARNING:
        return None
    return switch_off_at(Health(failing_since=stream.failing_since), stream.postponed_until)


def hook_names(account_id: str) -> Sequence[Row[tuple[str, str]]]:
    """Id and name of every hook of the account, deleted ones too, for filters; by name."""
    return db.session.execute(
        select(Hook.id, Hook.name)
        .where(Hook.account_id == account_id)
        .order_by(Hook.deleted_at.is_not(None), Hook.name_folded)
    ).all()


def free_name(account_id: str, names: Sequence[str]) -> str:
    """The first of ``names`` that no living hook of the account bears; the last, where all are
    taken."""
    taken = set(
        db.session.scalars(
            select(Hook.name_folded).where(
                Hook.account_id == account_id,
                Hook.deleted_at.is_(None),
                Hook.name_folded.in_([folded_name(name) for name in names]),
            )
        )
    )
    return next((name for name in names if folded_name(name) not in taken), names[-1])


def hook_addresses(account_id: str) -> Sequence[Row[tuple[str, str]]]:
    """Id and URL of every hook of the account, deleted ones too."""
    return db.session.execute(select(Hook.id, Hook.url).where(Hook.account_id == account_id)).all()


def policies(account_id: str) -> Sequence[Policy]:
    """The policies that a hook of the account may have, the shipped ones first."""
    return db.session.scalars(
        select(Policy)
        .where(or_(Policy.account_id.is_(None), Policy.account_id == account_id))
        .order_by(Policy.account_id.is_not(None), Policy.position, Policy.name)
    ).all()


def event_types(account_id: str) -> Sequence[EventType]:
    """The event types that a hook of the account may subscribe to, the shipped ones first."""
    return db.session.scalars(
        select(EventType)
        .where(or_(EventType.account_id.is_(None), EventType.account_id == account_id))
        .order_by(EventType.account_id.is_not(None), EventType.position, EventType.key)
    ).all()


def find_event_type(account_id: str, key: str) -> EventType:
    """The event type ``key`` that hooks of the account may subscribe to; raises NotFound."""
    for kind in event_types(account_id):
        if kind.key == key:
            return kind
    raise NotFound(key)


def subscribers(account_id: str) -> dict[str, list[Row[tuple[str, str, str]]]]:
    """The living hooks of the account (``id``, ``name``) by the event types they subscribe to."""
    rows = db.session.execute(
        select(Subscription.event_type, Hook.id, Hook.name)
        .join(Hook, Hook.id == Subscription.hook_id)
        .where(Hook.account_id == account_id, Hook.deleted_at.is_(None))
        .order_by(Hook.name_folded)
    )
    found: dict[str, list[Row[tuple[str, str, str]]]] = {}
    for row in rows:
        found.setdefault(row.event_type, []).append(row)
    return found


def event_labels(account_id: str) -> dict[str, str]:
    """The Arabic label of every event type of the account, by key."""
    return {kind.key: kind.label for kind in event_types(account_id)}
