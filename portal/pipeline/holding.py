"""Holding: what is owed to a hook that is off is kept until it is on."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.domain.states import DeliveryState
from portal.models import Delivery, Hook
from portal.models.delivery import IS_OPEN

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


def disable(session: Session, hook_id: str, reason: str, now: datetime) -> None:
    """Switch a hook off for ``reason`` ("gone" or "failing"); what it is owed is held."""
    switched = session.execute(
        update(Hook)
        .where(Hook.id == hook_id, Hook.enabled)
        .values(enabled=False, disabled_reason=reason, disabled_at=now),
        execution_options=_QUIET,
    )
    if switched.rowcount:
        hold(session, hook_id)
