"""Hits of a search judged once more on what whoever searches may see: else looking for one value
after another would tell what is hidden.

The database has judged them on everything, which leaves few. Each is read here and searched as it
is shown, some at a time, so that whoever asks may stop in between.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from sqlalchemy import false, or_, select
from sqlalchemy.orm import undefer

from portal.domain import calls
from portal.domain.call_filter import CallFilter
from portal.domain.events import searchable
from portal.domain.folding import fold
from portal.domain.log_filter import LogFilter
from portal.domain.masking import DOTS, Masks, Veil
from portal.domain.storable import storable
from portal.extensions import db
from portal.models import Call, Delivery, Event
from portal.models.matching import is_text_search
from portal.models.saying import said_elsewhere
from portal.queries.walking import Bite

# So many payloads are read and judged between two looks at the clock.
AT_ONCE = 50

# Of some ids those whose rows are hits for whoever asks, in their order.
Judge = Callable[[Sequence[str]], list[str]]


def judge_of(wanted: LogFilter, masks: Masks) -> Judge | None:
    """What tells which deliveries those with ``masks`` may find by ``wanted``; None where nothing
    that is hidden could be found by it."""
    if not masks or not is_text_search(wanted):
        return None
    return lambda ids: [one for part in _parts(ids) for one in _found(part, wanted, masks)]


def filter_seen(wanted: LogFilter, masks: Masks) -> LogFilter:
    """``wanted`` as those with ``masks`` may see it: what somebody else has searched for may be the
    very value that is hidden."""
    return replace(wanted, q=DOTS) if masks and is_text_search(wanted) else wanted


def judged(bites: Iterator[Bite], judge: Judge | None) -> Iterator[Bite]:
    """``bites`` with only what ``judge`` lets pass, in smaller ones where it is slow."""
    if judge is None:
        yield from bites
        return
    for bite in bites:
        parts = list(_parts(bite.ids)) or [[]]
        for part in parts[:-1]:
            yield Bite(judge(part), part[-1])
        yield Bite(judge(parts[-1]), bite.floor)


def visible_calls(ids: Sequence[str], wanted: CallFilter, masks: Masks) -> list[str]:
    """Of the calls ``ids``, which match ``wanted``, those that those with ``masks`` may find."""
    sought = fold(wanted.q)
    if not masks or not sought or wanted.q.strip().startswith("cal_"):
        return list(ids)
    return [one for part in _parts(ids) for one in _calls_found(part, sought, masks)]


def _calls_found(ids: Sequence[str], sought: str, masks: Masks) -> list[str]:
    rows = db.session.execute(select(Call.id, Call.query, Call.body).where(Call.id.in_(ids)))
    hits = set()
    for row in rows:
        veil = Veil(masks)
        query, body = veil.query(row.query), veil.data(storable(row.body))
        if sought in calls.searchable(query, body.encode()):
            hits.add(row.id)
    return [one for one in ids if one in hits]


def _found(ids: Sequence[str], wanted: LogFilter, masks: Masks) -> list[str]:
    otherwise = select(Delivery.id).where(
        Delivery.id.in_(ids), or_(false(), *said_elsewhere(wanted))
    )
    hits = set(db.session.scalars(otherwise))
    rows = (
        select(Delivery.id, Event)
        .join(Event, Event.id == Delivery.event_id)
        .where(Delivery.id.in_([one for one in ids if one not in hits]))
        .options(undefer(Event.data))
    )
    hits |= {row.id for row in db.session.execute(rows) if _says(row.Event, wanted.q, masks)}
    return [one for one in ids if one in hits]


def _says(event: Event, text: str, masks: Masks) -> bool:
    veil = Veil(masks)
    if fold(text) in searchable(veil.data(event.data)):
        return True
    return event.dedupe_key == text.strip() and veil.text(event.dedupe_key) == event.dedupe_key


def _parts(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), AT_ONCE):
        yield ids[start : start + AT_ONCE]
