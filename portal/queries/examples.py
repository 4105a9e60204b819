"""What a hook can be tried with, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload, undefer

from portal.domain.masking import Veil
from portal.extensions import db
from portal.models import Attempt, Delivery, Event, Hook
from portal.queries.hooks import find_event_type
from portal.queries.recent_events import recent_events
from portal.queries.rows import NotFound

# So many real events are offered to be tried again, of so many that are read: some are examples.
OFFERED, READ = 10, 20


@dataclass(frozen=True)
class Offer:
    """An example that may be sent: its type, the real event whose ``data`` it takes, or none for
    the catalogue's example, and the other ``events`` that it could take. ``is_kept_back``: the
    event that was asked for holds what whoever asks may not see, and dots must not be sent."""

    event_type: str
    source: Event | None
    events: Sequence[Event]
    data: str
    is_kept_back: bool = False


def offer_to(hook: Hook, event_type: str, event_id: str, veil: Veil) -> Offer:
    """The example of ``event_type`` for ``hook``, or of its first type where it does not get that;
    with the data of the event ``event_id`` where that is among the latest of the type and
    ``veil`` hides nothing of it."""
    kind = event_type if event_type in hook.event_types else hook.event_types[0]
    events = real_events(hook.account_id, kind)
    source = next((event for event in events if event.id == event_id), None)
    is_kept_back = source is not None and veil.hides(source.data)
    if source and not is_kept_back:
        return Offer(kind, source, events, source.data)
    example = find_event_type(hook.account_id, kind).example
    return Offer(kind, None, events, example, is_kept_back)


def real_events(account_id: str, event_type: str) -> Sequence[Event]:
    """The latest events of a type that are nobody's example, newest first, with their data."""
    events = recent_events(account_id, [event_type], READ)
    ids = [event.id for event in events]
    tried = select(Delivery.event_id).where(Delivery.event_id.in_(ids), Delivery.example)
    examples = set(db.session.scalars(tried))
    return [event for event in events if event.id not in examples][:OFFERED]


def example_to(hook: Hook, delivery_id: str) -> Delivery:
    """The delivery of an example to ``hook``, with its event; raises :class:`NotFound`."""
    delivery = db.session.scalars(
        select(Delivery)
        .where(Delivery.id == delivery_id, Delivery.hook_id == hook.id, Delivery.example)
        .options(joinedload(Delivery.event).options(undefer(Event.data)))
    ).first()
    if delivery is None:
        raise NotFound(delivery_id)
    return delivery


def last_failure(hook_id: str) -> str | None:
    """The code of what went wrong with the latest attempt of a hook; None when nothing did."""
    latest = select(Attempt.error).where(Attempt.hook_id == hook_id).order_by(Attempt.id.desc())
    return db.session.scalar(latest.limit(1))
