"""The last attempt of a hook that got through, to be held beside one that did not."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import false, func, select
from sqlalchemy.orm import joinedload, undefer

from portal.domain.masking import Veil
from portal.domain.shapes import ShapeChange, shape_changes
from portal.extensions import db
from portal.models import Attempt, AttemptDelivery, Delivery, Event, Stream, first_id
from portal.queries.deliveries import whole_attempts
from portal.queries.delivery_views import AttemptView, attempt_views

# So many attempts are looked through: a success that lies further back is found by its time.
LOOKED_AT = 1000
# What is recorded of a success, and when its row is made, lie apart by less than this.
SLACK = timedelta(minutes=1)


@dataclass(frozen=True)
class LastGood:
    """An attempt that got through, and a delivery that it carried. ``changes`` are how the shape
    of the failed event's data differs from that one's; None where these are of two types."""

    attempt: AttemptView
    delivery_id: str
    event_type: str
    changes: Sequence[ShapeChange] | None


def last_good(attempts: Sequence[Attempt], event: Event, veil: Veil) -> LastGood | None:
    """What got through to the hook whose ``attempts``, oldest first, carried ``event``: the nearest
    before the last of them, else the last of all, in either case rather one of the same type.

    None where the last of them did not fail, or nothing got through that is still kept. Told as
    ``veil`` has it.
    """
    failed = attempts[-1] if attempts else None
    if failed is None or failed.error is None:
        return None
    attempt = _before(failed.hook_id, failed.id, event.type) or _last(failed.hook_id, event.type)
    carried = _carried(attempt) if attempt else None
    if attempt is None or carried is None:
        return None
    (view,) = attempt_views([attempt], carried.event, veil)
    changes = None
    if carried.event_type == event.type:
        changes = shape_changes(
            *(json.loads(veil.data(one.data)) for one in (carried.event, event))
        )
    return LastGood(view, carried.id, carried.event_type, changes)


def _before(hook_id: str, attempt_id: str, event_type: str) -> Attempt | None:
    newest = (
        select(Attempt.id)
        .where(Attempt.hook_id == hook_id, Attempt.id < attempt_id)
        .order_by(Attempt.id.desc())
        .limit(LOOKED_AT)
    )
    good = (
        whole_attempts()
        .outerjoin(Delivery, Delivery.id == Attempt.delivery_id)
        .where(Attempt.id.in_(newest), Attempt.error.is_(None))
    )
    is_alike = func.coalesce(Delivery.event_type == event_type, false())
    return db.session.scalars(good.order_by(is_alike.desc(), Attempt.id.desc()).limit(1)).first()


def _last(hook_id: str, event_type: str) -> Attempt | None:
    at = db.session.scalar(select(Stream.last_ok_at).where(Stream.hook_id == hook_id))
    return _before(hook_id, first_id("att", at + SLACK), event_type) if at else None


def _carried(attempt: Attempt) -> Delivery | None:
    rows = select(Delivery).options(
        joinedload(Delivery.event).options(undefer(Event.data)), joinedload(Delivery.hook)
    )
    if attempt.delivery_id:
        return db.session.scalars(rows.where(Delivery.id == attempt.delivery_id)).first()
    inside = select(AttemptDelivery.delivery_id).where(AttemptDelivery.attempt_id == attempt.id)
    return db.session.scalars(
        rows.where(Delivery.id.in_(inside)).order_by(Delivery.id).limit(1)
    ).first()
