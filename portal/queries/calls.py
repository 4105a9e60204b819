"""The log of calls: newest first, by filter, and one call with everything."""

from collections.abc import Sequence
from time import monotonic

from sqlalchemy import ColumnElement, Select, func, select

from portal.domain.call_filter import CallFilter
from portal.domain.calls import Verdict
from portal.domain.folding import fold
from portal.domain.masking import NO_MASKS, Masks
from portal.extensions import db
from portal.models import Call
from portal.models.call import IN_FULL
from portal.queries.page import Page, page_of
from portal.queries.sight import visible_calls

# How long a search may go on whose hits are judged once more.
PATIENCE_SECONDS = 2.0
# Counting further would read the whole log; people only need to know that there is more.
COUNTED = 100


def list_calls(
    trigger_id: str,
    wanted: CallFilter,
    cursor: str | None = None,
    limit: int = 50,
    masks: Masks = NO_MASKS,
) -> Page[Call]:
    """The calls of a trigger that match ``wanted``, newest first; those with ``masks`` find nothing
    by what they do not see, and may find less on a page than there is room for."""
    until, rows = monotonic() + PATIENCE_SECONDS, _matching(trigger_id, wanted)
    found = page_of(rows, Call.id, cursor, limit)
    items = _visible(found.items, wanted, masks)
    while len(items) < limit and found.next and monotonic() < until:
        found = page_of(rows, Call.id, found.next, limit)
        items += _visible(found.items, wanted, masks)
    if len(items) > limit:
        return Page(items[:limit], items[limit - 1].id)
    return Page(items, found.next)


def _visible(found: Sequence[Call], wanted: CallFilter, masks: Masks) -> list[Call]:
    ids = set(visible_calls([call.id for call in found], wanted, masks))
    return [call for call in found if call.id in ids]


def list_calls_in_full(trigger_id: str, cursor: str | None, limit: int) -> Page[Call]:
    """Accepted calls of a trigger, newest first, with all that came."""
    rows = _matching(trigger_id, CallFilter(verdict=Verdict.ACCEPTED)).options(*IN_FULL)
    return page_of(rows, Call.id, cursor, limit)


def with_variables(calls: Sequence[Call]) -> dict[str, str | None]:
    """What was read from each of ``calls``, as JSON text, by id."""
    ids = [call.id for call in calls]
    rows = db.session.execute(select(Call.id, Call.variables).where(Call.id.in_(ids)))
    return dict(map(tuple, rows))


def count_newer_calls(
    trigger_id: str, wanted: CallFilter, after: str, masks: Masks = NO_MASKS
) -> int:
    """How many matching calls are newer than the id ``after``; 100 means 100 or more."""
    newer = select(Call.id).where(*_conditions(trigger_id, wanted), Call.id > after)
    return len(visible_calls(db.session.scalars(newer.limit(COUNTED)).all(), wanted, masks))


def matching_ids(
    trigger_id: str, wanted: CallFilter, most: int, masks: Masks = NO_MASKS
) -> Sequence[str]:
    """The ids of up to ``most`` accepted calls with a run that match ``wanted``, oldest first, as
    far as those with ``masks`` may find them."""
    found = select(Call.id).where(
        *_conditions(trigger_id, wanted),
        Call.verdict == Verdict.ACCEPTED,
        Call.run_state.is_not(None),
        # What was repeated once would else be repeated twice the next time.
        Call.replay_of.is_(None),
    )
    ids = db.session.scalars(found.order_by(Call.id).limit(most)).all()
    return visible_calls(ids, wanted, masks)


def read_call(call_id: str) -> Call:
    """One call with everything that is kept of it."""
    return db.session.scalars(select(Call).where(Call.id == call_id).options(*IN_FULL)).one()


def repeats_of(call_id: str) -> int:
    """How many calls repeated this one and were given its answer; 100 means 100 or more."""
    call = db.session.get_one(Call, call_id)
    later = (
        select(Call.id)
        .where(Call.trigger_id == call.trigger_id, Call.id > call_id, Call.first_id == call_id)
        .limit(COUNTED)
        .subquery()
    )
    return db.session.scalar(select(func.count()).select_from(later))


def _matching(trigger_id: str, wanted: CallFilter) -> Select[tuple[Call]]:
    return select(Call).where(*_conditions(trigger_id, wanted))


def _conditions(trigger_id: str, wanted: CallFilter) -> list[ColumnElement[bool]]:
    pairs = ((Call.verdict, wanted.verdict), (Call.reason, wanted.reason))
    found = [Call.trigger_id == trigger_id]
    found += [column == value for column, value in (*pairs, (Call.run_state, wanted.run)) if value]
    if wanted.status_class:
        low = int(wanted.status_class[0]) * 100
        found += [Call.status >= low, Call.status < low + 100]
    if wanted.since:
        found.append(Call.at >= wanted.since)
    if wanted.until:
        found.append(Call.at < wanted.until)
    return found + _with_text(wanted.q.strip())


def _with_text(text: str) -> list[ColumnElement[bool]]:
    if not text:
        return []
    # Whoever searches for an id means the call that bears it.
    if text.startswith("cal_"):
        return [Call.id == text]
    return [Call.search.contains(fold(text), autoescape=True)]
