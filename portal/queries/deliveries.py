"""The log: deliveries, newest first, and one delivery with all its attempts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload, undefer

from portal.domain.log_filter import LogFilter
from portal.domain.masking import NO_MASKS, Masks
from portal.extensions import db
from portal.models import Attempt, Delivery, Event
from portal.models.matching import Way, carried, way
from portal.queries.events import shows_key
from portal.queries.page import Page
from portal.queries.rows import NotFound
from portal.queries.sight import Judge, judge_of, judged
from portal.queries.walking import FIRST_BITE, ceiling, walk

# Counting further would read the whole log; people only need to know that there is more.
COUNTED = 100
# So many that came are looked through at once for those that match.
LOOKED_THROUGH = 5000
# How long a program may wait for matches that lie far back.
PATIENCE_SECONDS = 2.0


@dataclass(frozen=True)
class LogPage(Page[Delivery]):
    """A page of the log. ``reached`` is set where time ran out before it was full.

    It says down to which moment the log was looked through, and ``share`` how much of the log
    that is, in percent; ``next`` goes on from there.
    """

    reached: datetime | None = None
    share: int = 100


def list_deliveries(
    account_id: str,
    wanted: LogFilter,
    cursor: str | None = None,
    limit: int = 50,
    patience: float = PATIENCE_SECONDS,
    masks: Masks = NO_MASKS,
) -> LogPage:
    """The deliveries of an account that match ``wanted``, newest first, with hook and event; those
    with ``masks`` find nothing by what they do not see.

    After ``patience`` seconds the page is what was found until then.
    """
    along = way(account_id, wanted)
    judge = judge_of(wanted, masks)
    ids, floor = _look(along, cursor, limit, monotonic() + patience, judge)
    items = _read(ids[:limit])
    if len(ids) > limit:
        return LogPage(items, ids[limit - 1])
    if floor is None:
        return LogPage(items, None)
    return LogPage(items, floor, *_reached(account_id, floor))


def _look(
    along: Way, cursor: str | None, limit: int, until: float, judge: Judge | None
) -> tuple[list[str], str | None]:
    """The ids of more than ``limit`` matches, or of those until time runs out; and where it was."""
    found: list[str] = []
    began = monotonic()
    # Where nothing is left to be judged, every row of a bite is a match.
    bites = walk(along, cursor, FIRST_BITE if along.rest else limit + 1)
    for bite in judged(bites, judge):
        found += bite.ids
        ended = monotonic()
        # The next one may be twice as large.
        if len(found) > limit or ended + 2 * (ended - began) > until:
            break
        began = ended
    return found, bite.floor


def _read(ids: Sequence[str]) -> Sequence[Delivery]:
    if not ids:
        return []
    rows = select(Delivery).where(Delivery.id.in_(ids)).order_by(Delivery.id.desc())
    both = (joinedload(Delivery.hook), joinedload(Delivery.event))
    return db.session.scalars(rows.options(*both)).all()


def _reached(account_id: str, floor: str) -> tuple[datetime, int]:
    """When the delivery ``floor`` was made, and how much of the account's log is newer."""
    mine = select(Delivery.created_at).where(Delivery.account_id == account_id).limit(1)
    newest = db.session.scalars(mine.order_by(Delivery.id.desc())).one()
    oldest = db.session.scalars(mine.order_by(Delivery.id)).one()
    # What is as old as the log may have been pruned since.
    moment = db.session.scalars(mine.where(Delivery.id == floor)).first() or oldest
    whole = (newest - oldest).total_seconds()
    return moment, int(100 * (newest - moment).total_seconds() / whole) if whole > 0 else 0


def newest_id(account_id: str) -> str:
    """The id of an account's newest delivery; empty while there is none."""
    mine = select(func.max(Delivery.id)).where(Delivery.account_id == account_id)
    return db.session.scalar(mine) or ""


@dataclass(frozen=True)
class Newer:
    """How many matching deliveries came; ``upto`` is the id from which to ask the next time."""

    count: int
    upto: str


def count_newer(account_id: str, wanted: LogFilter, after: str, masks: Masks = NO_MASKS) -> Newer:
    """How many matching deliveries are newer than the id ``after``; 100 means 100 or more.

    What came is looked through in order; where much did and none of it matches, the next look
    goes on behind it.
    """
    along = way(account_id, wanted)
    highest = ceiling(along, after, LOOKED_THROUGH)
    stretch = [Delivery.id > after, *([Delivery.id <= highest] if highest else [])]
    rows = select(Delivery.id).where(*along.path, *along.rest, *stretch).limit(COUNTED)
    ids, judge = db.session.scalars(rows).all(), judge_of(wanted, masks)
    number = len(judge(ids) if judge else ids)
    return Newer(number, after if number else highest or after)


def event_with_key(account_id: str, dedupe_key: str, masks: Masks) -> str | None:
    """The id of the account's event that bears ``dedupe_key``, if there is one and those with
    ``masks`` see its key."""
    if not dedupe_key:
        return None
    same = (Event.account_id == account_id, Event.dedupe_key == dedupe_key)
    event = db.session.scalars(select(Event).where(*same)).first()
    return event.id if event and shows_key(event, masks) else None


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
