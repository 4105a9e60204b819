"""Deliveries as rows of a file: read in bites, with nothing that is secret."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Row, select

from portal.domain.log_filter import LogFilter
from portal.domain.masking import Masks
from portal.extensions import db
from portal.models import Delivery, Event, Hook
from portal.models.matching import way
from portal.queries.sight import judge_of, judged
from portal.queries.walking import walk

BITE = 1000

_COLUMNS = (
    Delivery.id,
    Delivery.state,
    Delivery.attempt_count,
    Delivery.hook_id,
    Hook.name.label("hook_name"),
    Hook.url,
    Delivery.event_id,
    Delivery.event_type,
    Event.dedupe_key,
    Delivery.message_id,
    Delivery.last_status_code,
    Delivery.last_error,
    Delivery.created_at,
    Delivery.due_at,
    Delivery.last_at,
    Delivery.finished_at,
)


def delivery_rows(account_id: str, wanted: LogFilter, masks: Masks) -> Iterator[Sequence[Row[Any]]]:
    """All deliveries of an account that match ``wanted``, newest first, some at a time; as far as
    those with ``masks`` may find them.

    Whoever reads may end the transaction after each bite; none is needed across them.
    """
    for bite in judged(walk(way(account_id, wanted), size=BITE), judge_of(wanted, masks)):
        yield _rows(bite.ids) if bite.ids else []


def _rows(ids: Sequence[str]) -> Sequence[Row[Any]]:
    return db.session.execute(
        select(*_COLUMNS)
        .join(Hook, Hook.id == Delivery.hook_id)
        .outerjoin(Event, Event.id == Delivery.event_id)
        .where(Delivery.id.in_(ids))
        .order_by(Delivery.id.desc())
    ).all()
