"""The log: deliveries, newest first, and one delivery with all its attempts."""

from collections.abc import Sequence

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload, undefer

from portal.domain.log_filter import LogFilter
from portal.extensions import db
from portal.models import Attempt, Delivery, Event
from portal.models.matching import carried, matches
from portal.queries.page import Page, page_of
from portal.queries.rows import NotFound

# Counting further would read the whole log; people only need to know that there is more.
COUNTED = 100


def list_deliveries(
    account_id: str, wanted: LogFilter, cursor: str | None = None, limit: int = 50
) -> Page[Delivery]:
    """The deliveries of an account that match ``wanted``, newest first, with hook and event."""
    rows = _matching(account_id, wanted).options(
        joinedload(Delivery.hook), joinedload(Delivery.event)
    )
    return page_of(rows, Delivery.id, cursor, limit)


def count_newer(account_id: str, wanted: LogFilter, after: str) -> int:
    """How many matching deliveries are newer than the id ``after``; 100 means 100 or more."""
    newer = _matching(account_id, wanted).where(Delivery.id > after).limit(COUNTED).subquery()
    return db.session.scalar(select(func.count()).select_from(newer))


def read_delivery(delivery_id: str) -> Delivery:
    """One delivery with its hook and its event, data included."""
    return db.session.scalars(
        select(Delivery)
        .where(Delivery.id == delivery_id)
        .options(joinedload(Delivery.hook), joinedload(Delivery.event).options(undefer(Event.data)))
    ).one()


def attempts_of(delivery_id: str) -> Sequence[Attempt]:
    """Every attempt that carried the delivery, oldest first, with what came back."""
    rows = whole_attempts().where(carried(delivery_id))
    return db.session.scalars(rows.order_by(Attempt.started_at, Attempt.id)).all()


def attempt_of(delivery_id: str, attempt_id: str) -> Attempt:
    """One attempt that carried the delivery; raises :class:`NotFound`."""
    rows = whole_attempts().where(carried(delivery_id), Attempt.id == attempt_id)
    found = db.session.scalars(rows).first()
    if found is None:
        raise NotFound(attempt_id)
    return found


def whole_attempts() -> Select[tuple[Attempt]]:
    """Attempts with what went out and what came back, which lists do without."""
    return select(Attempt).options(
        undefer(Attempt.request_headers),
        undefer(Attempt.response_headers),
        undefer(Attempt.response_body),
    )


def _matching(account_id: str, wanted: LogFilter) -> Select[tuple[Delivery]]:
    return select(Delivery).where(*matches(account_id, wanted))
