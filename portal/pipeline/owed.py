"""Owed: the hooks that subscribe to an event's type, and the delivery each of them gets."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, true, update
from sqlalchemy.orm import Session

from portal.domain.envelope import message_id_of
from portal.domain.states import DeliveryState
from portal.models import Delivery, Hook, Policy, Subscription, new_id
from portal.models.delivery import IS_FRESH


@dataclass(frozen=True, slots=True)
class Subscriber:
    """What publishing needs to know of a hook."""

    hook_id: str
    enabled: bool
    disabled_reason: str | None
    first_delay: int
    batch_size: int
    batch_wait: int

    @property
    def reason(self) -> str | None:
        """Why the delivery is held, as routing names it; None when it is sent."""
        if self.disabled_reason:
            return "disabled"
        return None if self.enabled else "off"


def subscribers_of(
    session: Session, account_id: str, types: set[str], only_hook: str | None
) -> dict[str, list[Subscriber]]:
    """The living hooks of an account that want one of ``types``, by type; with ``only_hook`` that
    one alone."""
    if not types:
        return {}
    rows = session.execute(
        select(
            Subscription.event_type,
            Hook.id,
            Hook.enabled,
            Hook.disabled_reason,
            Policy.retry_delays,
            Policy.batch_size,
            Policy.batch_wait_seconds,
        )
        .join(Hook, Hook.id == Subscription.hook_id)
        .join(Policy, Policy.id == Hook.policy_id)
        .where(
            Hook.account_id == account_id,
            Hook.deleted_at.is_(None),
            Subscription.event_type.in_(types),
            Hook.id == only_hook if only_hook else true(),
        )
        .order_by(Hook.id)
        # Whoever switches or deletes a hook right now is waited for, and waits for this commit:
        # else a delivery could be held for a hook that is on, or owed to one that is gone.
        .with_for_update(read=True, of=Hook)
    )
    found: dict[str, list[Subscriber]] = {}
    for event_type, hook_id, enabled, reason, delays, size, wait in rows:
        hook = Subscriber(hook_id, enabled, reason, delays[0] if delays else 0, size, wait)
        found.setdefault(event_type, []).append(hook)
    return found


def delivery_rows(
    event: dict[str, Any], subscribers: Sequence[Subscriber], moment: datetime
) -> list[dict[str, Any]]:
    """The deliveries that ``event`` owes to ``subscribers`` at ``moment``, as rows."""
    return [_delivery_row(event, hook, new_id("dlv"), moment) for hook in subscribers]


def _delivery_row(
    event: dict[str, Any], hook: Subscriber, delivery_id: str, moment: datetime
) -> dict[str, Any]:
    wait = max(hook.first_delay, hook.batch_wait) if hook.batch_size > 1 else hook.first_delay
    return {
        "id": delivery_id,
        "account_id": event["account_id"],
        "hook_id": hook.hook_id,
        "event_id": event["id"],
        "event_type": event["type"],
        "state": DeliveryState.HELD if hook.reason else DeliveryState.WAITING,
        "due_at": moment + timedelta(seconds=wait),
        # A batch gets its message id when it is put together.
        "message_id": None if hook.batch_size > 1 else message_id_of(delivery_id),
        "attempt_count": 0,
        "retry_step": 0,
        "unpaid_waits": 0,
        "created_at": moment,
    }


def wake_full_batches(
    session: Session, subscribers: dict[str, list[Subscriber]], moment: datetime
) -> None:
    """Make a stream due whose next batch is full before its time."""
    sizes = {
        hook.hook_id: hook.batch_size
        for hooks in subscribers.values()
        for hook in hooks
        if hook.batch_size > 1 and hook.reason is None
    }
    for hook_id, size in sizes.items():
        ids = session.scalars(
            select(Delivery.id)
            .where(Delivery.hook_id == hook_id, IS_FRESH, Delivery.message_id.is_(None))
            .order_by(Delivery.due_at, Delivery.id)
            .limit(size)
        ).all()
        if len(ids) >= size:
            session.execute(update(Delivery).where(Delivery.id == ids[0]).values(due_at=moment))
