"""Failures that began with a change of a hook's URL."""

from dataclasses import dataclass
from datetime import datetime

from portal.domain.states import DeliveryState
from portal.domain.url_changes import broke_after
from portal.models import Delivery, Hook


@dataclass(frozen=True)
class UrlBlame:
    """A change of a hook's URL that seems to have broken it: failures began ``seconds`` after."""

    hook_id: str
    seconds: int
    changed_at: datetime
    changed_by: str | None


def blame_of(hook: Hook) -> UrlBlame | None:
    """The change that a hook's failures began with; None when they did not, or it does not fail."""
    stream = hook.stream
    after = broke_after(hook.url_changed_at, stream.last_ok_at, stream.failing_since)
    if after is None or not hook.previous_url or hook.deleted_at is not None:
        return None
    seconds = int(after.total_seconds())
    return UrlBlame(hook.id, seconds, hook.url_changed_at, hook.url_changed_by)


def blame_behind(delivery: Delivery) -> UrlBlame | None:
    """The change of its hook's URL that a delivery's failure seems to come of, for its page."""
    blame = blame_of(delivery.hook)
    if blame is None or delivery.last_at is None or delivery.state == DeliveryState.DELIVERED:
        return None
    return blame if delivery.last_at >= blame.changed_at else None
