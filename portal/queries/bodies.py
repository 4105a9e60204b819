"""What went out, rebuilt: an event's data is kept to the letter, so a body need not be."""

from sqlalchemy import select

from portal.domain.envelope import batch_body, body_of
from portal.extensions import db
from portal.models import Attempt, AttemptDelivery, Delivery, Event, Policy


def sent_body(attempt: Attempt, event: Event) -> str:
    """The body of ``attempt``, which carried ``event``, alone or in a batch."""
    if not _was_batch(attempt):
        return body_of(event.type, event.occurred_at, event.data).decode()
    rows = db.session.execute(
        select(Event.id, Event.type, Event.occurred_at, Event.data)
        .join(Delivery, Delivery.event_id == Event.id)
        .join(AttemptDelivery, AttemptDelivery.delivery_id == Delivery.id)
        .where(AttemptDelivery.attempt_id == attempt.id)
        .order_by(Delivery.id)
    )
    return batch_body([(row.id, row.type, row.occurred_at, row.data) for row in rows]).decode()


def _was_batch(attempt: Attempt) -> bool:
    if attempt.deliveries > 1:
        return True
    # A batch of one looks like any batch; what it was is told by the policy it was sent under.
    size = select(Policy.batch_size).where(Policy.slug == attempt.policy)
    mine = Policy.account_id.is_(None) | (Policy.account_id == attempt.account_id)
    return (db.session.scalar(size.where(mine)) or 1) > 1
