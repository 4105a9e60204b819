"""The log: deliveries, newest first, and one delivery with all its attempts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import joinedload, undefer

from portal.domain.folding import fold
from portal.extensions import db
from portal.models import Attempt, AttemptDelivery, Delivery, Event
from portal.queries.page import Page, page_of

STATUS_CLASSES = ("2xx", "3xx", "4xx", "5xx", "none")
# Counting further would read the whole log; people only need to know that there is more.
COUNTED = 100


@dataclass(frozen=True)
class LogFilter:
    """Which deliveries are wanted; an empty field does not narrow."""

    hook: str = ""
    event: str = ""
    event_type: str = ""
    state: str = ""
    status_class: str = ""
    since: datetime | None = None
    until: datetime | None = None
    q: str = ""

    @property
    def narrows(self) -> bool:
        """Whether any field is set."""
        return self != LogFilter()


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
    return db.session.scalars(
        select(Attempt)
        .join(AttemptDelivery, AttemptDelivery.attempt_id == Attempt.id)
        .where(AttemptDelivery.delivery_id == delivery_id)
        .order_by(Attempt.started_at, Attempt.id)
        .options(
            undefer(Attempt.request_headers),
            undefer(Attempt.response_headers),
            undefer(Attempt.response_body),
        )
    ).all()


def _matching(account_id: str, wanted: LogFilter) -> Select[tuple[Delivery]]:
    rows = select(Delivery).where(Delivery.account_id == account_id)
    for column, value in (
        (Delivery.hook_id, wanted.hook),
        (Delivery.event_id, wanted.event),
        (Delivery.event_type, wanted.event_type),
        (Delivery.state, wanted.state),
    ):
        if value:
            rows = rows.where(column == value)
    if wanted.since:
        rows = rows.where(Delivery.created_at >= wanted.since)
    if wanted.until:
        rows = rows.where(Delivery.created_at < wanted.until)
    return _with_text(_with_status(rows, wanted.status_class), wanted.q.strip())


def _with_status(rows: Select[tuple[Delivery]], status_class: str) -> Select[tuple[Delivery]]:
    if not status_class:
        return rows
    if status_class == "none":
        return rows.where(Delivery.last_status_code.is_(None), Delivery.attempt_count > 0)
    low = int(status_class[0]) * 100
    return rows.where(Delivery.last_status_code >= low, Delivery.last_status_code < low + 100)


def _with_text(rows: Select[tuple[Delivery]], text: str) -> Select[tuple[Delivery]]:
    if not text:
        return rows
    for prefix, column in (
        ("dlv_", Delivery.id),
        ("evt_", Delivery.event_id),
        ("hok_", Delivery.hook_id),
        ("msg_", Delivery.message_id),
    ):
        if text.startswith(prefix):
            return rows.where(column == text)
    return rows.join(Event, Event.id == Delivery.event_id).where(
        or_(
            and_(Event.dedupe_key.is_not(None), Event.dedupe_key == text),
            Event.search.contains(fold(text), autoescape=True),
        )
    )
