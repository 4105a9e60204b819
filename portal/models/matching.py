"""Which deliveries a filter of the log means, as conditions on their table."""

from sqlalchemy import ColumnElement, and_, exists, literal_column, or_, select

from portal.domain.folding import fold
from portal.domain.log_filter import LogFilter
from portal.domain.states import DeliveryState
from portal.models.delivery import Attempt, AttemptDelivery, Delivery
from portal.models.event import Event

Conditions = list[ColumnElement[bool]]


def carried(delivery_id: str) -> ColumnElement[bool]:
    """What holds for the attempts that carried a delivery, alone or in a batch."""
    batches = select(AttemptDelivery.attempt_id).where(AttemptDelivery.delivery_id == delivery_id)
    return or_(Attempt.delivery_id == delivery_id, Attempt.id.in_(batches))


_IS_OPEN = Delivery.state != literal_column("'delivered'")
# Whoever searches for an id means the row that bears it.
_IDS = {
    "dlv_": Delivery.id,
    "evt_": Delivery.event_id,
    "hok_": Delivery.hook_id,
    "msg_": Delivery.message_id,
}


def matches(account_id: str, wanted: LogFilter) -> Conditions:
    """What holds for the deliveries of an account that ``wanted`` means."""
    return [
        Delivery.account_id == account_id,
        *_equal(wanted),
        *_in_time(wanted),
        *_with_status(wanted.status_class),
        *_with_text(wanted.q.strip()),
    ]


def _equal(wanted: LogFilter) -> Conditions:
    pairs = (
        (Delivery.hook_id, wanted.hook),
        (Delivery.event_id, wanted.event),
        (Delivery.event_type, wanted.event_type),
        (Delivery.state, wanted.state),
    )
    # Said as the partial index says it, which then serves.
    is_open = [_IS_OPEN] if wanted.state not in ("", DeliveryState.DELIVERED) else []
    return [column == value for column, value in pairs if value] + is_open


def _in_time(wanted: LogFilter) -> Conditions:
    since = [Delivery.created_at >= wanted.since] if wanted.since else []
    return since + ([Delivery.created_at < wanted.until] if wanted.until else [])


def _with_status(status_class: str) -> Conditions:
    if not status_class:
        return []
    if status_class == "none":
        return [Delivery.last_status_code.is_(None), Delivery.attempt_count > 0]
    low = int(status_class[0]) * 100
    return [Delivery.last_status_code >= low, Delivery.last_status_code < low + 100]


def _with_text(text: str) -> Conditions:
    if not text:
        return []
    column = _IDS.get(text[:4])
    if column is not None:
        return [column == text]
    found = or_(
        and_(Event.dedupe_key.is_not(None), Event.dedupe_key == text),
        Event.search.contains(fold(text), autoescape=True),
    )
    return [exists().where(Event.id == Delivery.event_id, found)]
