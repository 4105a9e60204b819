"""The change on record that a hook's failures seem to come of."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from portal.domain.audit import Action
from portal.domain.states import DeliveryState
from portal.domain.url_changes import broke_after
from portal.extensions import db
from portal.models import AuditEntry, Delivery, Hook
from portal.queries.url_changes import blame_of

# What of a hook decides about what its endpoint gets.
_SUSPECT = (
    Action.HOOK_URL_CHANGED,
    Action.HOOK_EDITED,
    Action.SECRET_ROTATED,
    Action.SECRET_ENDED,
)


@dataclass(frozen=True)
class ChangeBlame:
    """An act after which failures began, ``seconds`` later, with nothing arrived in between.

    ``is_proven``: something arrived as the hook was right before the act.
    """

    entry_id: str
    action: str
    actor: str
    key_id: str | None
    at: datetime
    seconds: int
    is_proven: bool


def change_behind(hook: Hook) -> ChangeBlame | None:
    """The latest change of a hook between its last success and its first failure since; None when
    there was none, it does not fail, or its own change of URL tells more (:func:`blame_of`)."""
    stream = hook.stream
    if stream.last_ok_at is None or stream.failing_since is None or hook.deleted_at is not None:
        return None
    if blame_of(hook) is not None:
        return None
    # The second says whether the first changed what had sent something.
    entries = db.session.scalars(
        select(AuditEntry)
        .where(
            AuditEntry.account_id == hook.account_id,
            AuditEntry.target_id == hook.id,
            AuditEntry.action.in_([action.value for action in _SUSPECT]),
            AuditEntry.at >= stream.last_ok_at,
            AuditEntry.at <= stream.failing_since,
        )
        .order_by(AuditEntry.id.desc())
        .limit(2)
    ).all()
    entry = entries[0] if entries else None
    after = broke_after(entry.at, stream.last_ok_at, stream.failing_since) if entry else None
    if entry is None or after is None:
        return None
    doer, is_proven = (entry.actor, entry.key_id), len(entries) == 1
    seconds = int(after.total_seconds())
    return ChangeBlame(entry.id, entry.action, *doer, entry.at, seconds, is_proven)


def change_behind_failure(delivery: Delivery) -> ChangeBlame | None:
    """The change that a delivery's failure seems to come of."""
    if delivery.last_at is None or delivery.state == DeliveryState.DELIVERED:
        return None
    blame = change_behind(delivery.hook)
    return blame if blame and delivery.last_at >= blame.at else None
