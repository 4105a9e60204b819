"""Holding: what is owed to a hook that is off is kept until it is on."""

import json
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.domain.events import EventDraft
from portal.domain.states import DeliveryState
from portal.models import Delivery, Hook
from portal.models.delivery import IS_OPEN
from portal.pipeline.publish import publish
from portal.pipeline.transactions import reading

DISABLED = "hook.disabled"

_QUIET = {"synchronize_session": False}


def hold(session: Session, hook_id: str) -> None:
    """Hold everything that waits for a hook. What is being sent at this moment keeps its outcome
    when it is delivered, and is held when it is not."""
    session.execute(
        update(Delivery)
        .where(Delivery.hook_id == hook_id, Delivery.state == DeliveryState.WAITING, IS_OPEN)
        .values(state=DeliveryState.HELD),
        execution_options=_QUIET,
    )


def disable(session: Session, hook_id: str, reason: str, now: datetime) -> bool:
    """Switch a hook off for ``reason`` ("gone" or "failing"); what it is owed is held.

    Returns whether it was on. After the commit :func:`announce` is to be called.
    """
    switched = session.execute(
        update(Hook)
        .where(Hook.id == hook_id, Hook.enabled)
        .values(enabled=False, disabled_reason=reason, disabled_at=now),
        execution_options=_QUIET,
    )
    if switched.rowcount:
        hold(session, hook_id)
    return bool(switched.rowcount)


def announce(hook_ids: Iterable[str]) -> None:
    """Publish an event for each hook that was just disabled, to whoever subscribes to that."""
    for hook_id in hook_ids:
        with reading() as session:
            hook = session.get_one(Hook, hook_id)
            account_id = hook.account_id
            data = {"id": hook.id, "name": hook.name, "reason": hook.disabled_reason}
        publish(account_id, [EventDraft(DISABLED, json.dumps(data, ensure_ascii=False))])
