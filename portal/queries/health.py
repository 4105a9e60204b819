"""Whether there is something to do."""

from sqlalchemy import exists, select

from portal.domain.states import DeliveryState
from portal.extensions import db
from portal.models import Delivery, utcnow


def anything_due() -> bool:
    """Whether a delivery is due at this moment."""
    due = exists().where(Delivery.state == DeliveryState.WAITING, Delivery.due_at <= utcnow())
    found = bool(db.session.scalar(select(due)))
    db.session.rollback()
    return found
