"""Which deliveries a filter of the log means, as conditions on their table.

The log is read by key, newest first. Of a filter's conditions some are the *path*: one index
serves them in that very order, however large the log is. The *rest* is judged row by row.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, literal_column, or_, select
from sqlalchemy.orm import aliased

from portal.domain.log_filter import LogFilter
from portal.domain.states import DeliveryState
from portal.models.base import first_id
from portal.models.delivery import Attempt, AttemptDelivery, Delivery
from portal.models.event import Event
from portal.models.hook import Hook
from portal.models.saying import begins, carried_by, is_whole, says

Conditions = list[ColumnElement[bool]]


class Way(NamedTuple):
    """How a filter is read: along ``path``, and of that only what ``rest`` holds for."""

    path: Conditions
    rest: Conditions


def carried(delivery_id: str) -> ColumnElement[bool]:
    """What holds for the attempts that carried a delivery, alone or in a batch."""
    batches = select(AttemptDelivery.attempt_id).where(AttemptDelivery.delivery_id == delivery_id)
    return or_(Attempt.delivery_id == delivery_id, Attempt.id.in_(batches))


def matches(account_id: str, wanted: LogFilter, whole: bool = False) -> Conditions:
    """What holds for the deliveries of an account that ``wanted`` means.

    ``whole`` is for whoever reads all of them at once, and not the first few.
    """
    path, rest = way(account_id, wanted, whole)
    return [*path, *rest]


def way(account_id: str, wanted: LogFilter, whole: bool = False) -> Way:
    """:func:`matches`, told apart by how it is read."""
    wanted = _with_ids_in_their_fields(wanted)
    path, rest = _by_index(account_id, wanted)
    text = _with_text(account_id if whole else "", wanted)
    return Way(
        [*path, *text.path, *_in_ids(wanted)],
        [
            *rest,
            *_equal((Delivery.event_type, wanted.event_type)),
            *_with_status(wanted.status_class),
            *_in_time(wanted),
            *text.rest,
        ],
    )


def is_text_search(wanted: LogFilter) -> bool:
    """Whether ``wanted`` asks for what events say, and not only for an id."""
    text = _with_ids_in_their_fields(wanted).q.strip()
    return bool(text) and not text.startswith(("att_", "dlv_")) and not is_whole(text, "msg_")


def _with_ids_in_their_fields(wanted: LogFilter) -> LogFilter:
    text = wanted.q.strip()
    if is_whole(text, "evt_") and not wanted.event:
        return replace(wanted, event=text, q="")
    if is_whole(text, "hok_") and not wanted.hook:
        return replace(wanted, hook=text, q="")
    return wanted


def _by_index(account_id: str, wanted: LogFilter) -> Way:
    """The index that leads to attempt, event, hook or state, and what it leaves to be judged."""
    mine = Delivery.account_id == account_id
    hook = _equal((Delivery.hook_id, wanted.hook))
    state = _equal((Delivery.state, wanted.state))
    text = wanted.q.strip()
    if text.startswith("att_"):
        event = _equal((Delivery.event_id, wanted.event))
        return Way([carried_by(account_id, text)], [*event, *hook, *state])
    if wanted.event:
        return Way([_own(Delivery.event_id, Event, account_id, wanted.event)], [*hook, *state])
    if wanted.hook and wanted.state in _STUCK:
        return Way([_own(Delivery.hook_id, Hook, account_id, wanted.hook), _IS_STUCK, *state], [])
    if wanted.state not in ("", DeliveryState.DELIVERED):
        return Way([mine, _IS_OPEN, *state], hook)
    if wanted.hook:
        return Way([_own(Delivery.hook_id, Hook, account_id, wanted.hook)], state)
    return Way([mine], state)


# Said as the partial indexes say it, which then serve.
_IS_OPEN = Delivery.state != literal_column("'delivered'")
_STUCK = (DeliveryState.HELD, DeliveryState.UNDELIVERED)
_IS_STUCK = Delivery.state.in_([literal_column(f"'{state}'") for state in _STUCK])


def _equal(*pairs: tuple[Any, str]) -> Conditions:
    return [column == value for column, value in pairs if value]


def _own(column: Any, table: Any, account_id: str, row_id: str) -> ColumnElement[bool]:
    """Whether ``column`` is ``row_id``, and that a row of the account."""
    # The indexes by hook and by event do not know of accounts, and a database that is asked for
    # both may go by the account's: it is asked once about that row, and not of every delivery.
    row = aliased(table)
    own = select(row.id).where(row.id == row_id, row.account_id == account_id)
    return column == own.correlate(None).scalar_subquery()


def _in_time(wanted: LogFilter) -> Conditions:
    since = [Delivery.created_at >= wanted.since] if wanted.since else []
    return since + ([Delivery.created_at < wanted.until] if wanted.until else [])


# Ids are made by other clocks than the columns' moments, and a little later.
_CLOCKS_APART = timedelta(minutes=5)


def _in_ids(wanted: LogFilter) -> Conditions:
    """:func:`_in_time` as a range of ids, which sort by time; to some minutes."""
    found = []
    if wanted.since:
        found.append(Delivery.id >= first_id("dlv", _moved(wanted.since, -_CLOCKS_APART)))
    if wanted.until:
        found.append(Delivery.id < first_id("dlv", _moved(wanted.until, _CLOCKS_APART)))
    return found


def _moved(moment: datetime, by: timedelta) -> datetime:
    try:
        return moment + by
    except OverflowError:
        return moment


def _with_status(status_class: str) -> Conditions:
    if not status_class:
        return []
    if status_class == "none":
        return [Delivery.last_status_code.is_(None), Delivery.attempt_count > 0]
    low = int(status_class[0]) * 100
    return [Delivery.last_status_code >= low, Delivery.last_status_code < low + 100]


def _with_text(all_of: str, wanted: LogFilter) -> Way:
    text = wanted.q.strip()
    if text.startswith("att_"):
        return Way([], [])
    if text.startswith("dlv_"):
        return Way([begins(Delivery.id, text)], [])
    if is_whole(text, "msg_"):
        # A message is never older than what it carries.
        return Way([Delivery.id <= f"dlv_{text[4:]}"], [Delivery.message_id == text])
    return Way([], says(wanted, all_of))
