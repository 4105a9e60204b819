"""One event, and which hooks got it or why not."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import undefer

from portal.domain.masking import Masks, Veil
from portal.domain.routing import FILTERED, NOT_SUBSCRIBED
from portal.extensions import db
from portal.models import Delivery, Event, Hook
from portal.queries.page import Page, page_of


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


def find_event(account_id: str, text: str, masks: Masks) -> Event | None:
    """The event of an account that ``text`` names: by its id, by its dedupe key, or by the id of a
    delivery of it or of the message that this travels as when alone.

    A key that those with ``masks`` do not see leads nowhere.
    """
    delivery_id = text if text.startswith("dlv_") else f"dlv_{text.removeprefix('msg_')}"
    owed = select(Delivery.event_id).where(Delivery.id == delivery_id)
    named = or_(Event.id == text, Event.id.in_(owed), Event.dedupe_key == text)
    found = db.session.scalars(select(Event).where(Event.account_id == account_id, named)).first()
    if found is None or found.dedupe_key != text or shows_key(found, masks):
        return found
    return None


def shows_key(event: Event, masks: Masks) -> bool:
    """Whether those with ``masks`` see the whole of the dedupe key of ``event``."""
    veil = Veil(masks)
    if veil:
        veil.learn([read_event(event.id).data])
    return veil.text(event.dedupe_key) == event.dedupe_key


def latest_events(account_id: str, cursor: str | None, limit: int) -> Page[Event]:
    """The events of an account, newest first."""
    return page_of(select(Event).where(Event.account_id == account_id), Event.id, cursor, limit)


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
