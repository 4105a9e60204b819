"""One event, and which hooks got it or why not."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import undefer

from portal.domain.routing import FILTERED, NOT_SUBSCRIBED
from portal.extensions import db
from portal.models import Event, Hook


@dataclass(frozen=True)
class Route:
    """What became of an event at one hook. ``reason`` is None where it was simply sent."""

    hook_id: str
    matched: bool
    reason: str | None


def read_event(event_id: str) -> Event:
    """One event with its data."""
    return db.session.scalars(
        select(Event).where(Event.id == event_id).options(undefer(Event.data))
    ).one()


def routing_of(event: Event) -> Sequence[Route]:
    """Every hook that stood when the event came, those that did not subscribe included."""
    stored: dict[str, str | None] = json.loads(event.routing)
    others = db.session.scalars(
        select(Hook.id)
        .where(
            Hook.account_id == event.account_id,
            Hook.created_at <= event.created_at,
            or_(Hook.deleted_at.is_(None), Hook.deleted_at > event.created_at),
            Hook.id.not_in(stored),
        )
        .order_by(Hook.id)
    )
    return [
        *(Route(hook_id, reason != FILTERED, reason) for hook_id, reason in stored.items()),
        *(Route(hook_id, False, NOT_SUBSCRIBED) for hook_id in others),
    ]
