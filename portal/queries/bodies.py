"""What went out, rebuilt: an event's data is kept to the letter, so a body need not be."""

from sqlalchemy import select

from portal.domain.envelope import batch_body, body_of, moment_text
from portal.domain.masking import Veil
from portal.extensions import db
from portal.models import Attempt, AttemptDelivery, Delivery, Event


def sent_body(attempt: Attempt, event: Event, veil: Veil) -> str:
    """The body of ``attempt``, which carried ``event``, alone or in a batch, as ``veil`` has it."""
    if attempt.delivery_id is not None:
        return body_of(event.type, moment_text(event.occurred_at), veil.data(event.data)).decode()
    rows = db.session.execute(
        select(Event.id, Event.type, Event.occurred_at, Event.data)
        .join(Delivery, Delivery.event_id == Event.id)
        .join(AttemptDelivery, AttemptDelivery.delivery_id == Delivery.id)
        .where(AttemptDelivery.attempt_id == attempt.id)
        .order_by(Delivery.id)
    )
    return batch_body(
        [(row.id, row.type, moment_text(row.occurred_at), veil.data(row.data)) for row in rows]
    ).decode()
