"""Failures that began with a change of a hook's URL."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from portal.domain.audit import Action
from portal.domain.states import DeliveryState
from portal.domain.url_changes import broke_after
from portal.extensions import db
from portal.models import AuditEntry, Delivery, Hook


@dataclass(frozen=True)
class UrlBlame:
    """A change of a hook's URL that seems to have broken it: failures began ``seconds`` after.

    ``is_proven``: something arrived at the previous URL before the change, so that going back to
    it helps.
    """

    hook_id: str
    seconds: int
    changed_at: datetime
    changed_by: str | None
    is_proven: bool


def blame_of(hook: Hook) -> UrlBlame | None:
    """The change that a hook's failures began with; None when they did not, or it does not fail."""
    stream = hook.stream
    after = broke_after(hook.url_changed_at, stream.last_ok_at, stream.failing_since)
    if after is None or not hook.previous_url or hook.deleted_at is not None:
        return None
    seconds = int(after.total_seconds())
    is_proven = stream.last_ok_at >= _previous_since(hook)
    return UrlBlame(hook.id, seconds, hook.url_changed_at, hook.url_changed_by, is_proven)


def blame_behind(delivery: Delivery) -> UrlBlame | None:
    """The change of its hook's URL that a delivery's failure seems to come of, for its page."""
    blame = blame_of(delivery.hook)
    if blame is None or delivery.last_at is None or delivery.state == DeliveryState.DELIVERED:
        return None
    return blame if delivery.last_at >= blame.changed_at else None


def _previous_since(hook: Hook) -> datetime:
    """Since when the hook pointed to the URL that it had before the latest change of it."""
    earlier = db.session.scalar(
        select(AuditEntry.at)
        .where(
            AuditEntry.account_id == hook.account_id,
            AuditEntry.target_id == hook.id,
            AuditEntry.action == Action.HOOK_URL_CHANGED.value,
            AuditEntry.at < hook.url_changed_at,
        )
        .order_by(AuditEntry.id.desc())
        .limit(1)
    )
    return earlier or hook.created_at
