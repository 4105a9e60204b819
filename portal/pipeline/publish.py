"""Publish: events come in, deliveries to the hooks that subscribe are owed, all in one commit."""

import json
import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, or_, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from portal import queue
from portal.domain.events import EventDraft, searchable
from portal.domain.problems import Problem
from portal.domain.routing import FILTERED
from portal.models import Delivery, Event, EventType, new_id, utcnow
from portal.pipeline.bulk import insert_columns, listed, one_of
from portal.pipeline.owed import (
    Routed,
    Subscribers,
    batch_sizes,
    delivery_columns,
    routed,
    sendable_count,
    subscribers_of,
    wake_full_batches,
)
from portal.pipeline.transactions import writing

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Published:
    """The answer for one event: its id, how many deliveries it owes, and whether it was known."""

    id: str
    deliveries: int
    duplicate: bool = False


Answers = list[Published | Problem]


def publish(account_id: str, drafts: Sequence[EventDraft], only_hook: str | None = None) -> Answers:
    """Store events and what they owe; the answers stand in the order of ``drafts``.

    An event whose type is not in the catalogue gets a :class:`Problem` and is not stored. One
    whose ``id`` is known gets the earlier answer, and nothing is sent again. ``only_hook`` keeps
    an example from every hook but that one, which gets it at once whatever its policy says.
    When this returns, everything is committed.
    """
    if not drafts:
        return []
    with writing() as session:
        stored = store(session, account_id, drafts, only_hook)
    announce(stored)
    return stored.answers


@dataclass(frozen=True, slots=True)
class Stored:
    """What was stored in a transaction that is not committed yet, and what is to be told then."""

    answers: Answers
    owed: int
    sizes: dict[str, int]
    moment: datetime


def store(
    session: Session, account_id: str, drafts: Sequence[EventDraft], only_hook: str | None = None
) -> Stored:
    """What :func:`publish` does, inside the caller's transaction.

    To be followed by :func:`announce` once that is committed.
    """
    types, moment = known_types(session, account_id, {draft.type for draft in drafts})
    wanted = subscribers_of(session, account_id, types, only_hook)
    known = [draft for draft in drafts if draft.type in types]
    answers, owed = _store(session, account_id, known, wanted, moment)
    made = iter(answers)
    all_answers = [next(made) if draft.type in types else _unknown(draft) for draft in drafts]
    return Stored(all_answers, owed, batch_sizes(wanted), moment)


def announce(stored: Stored) -> None:
    """Have what was stored, and is committed by now, sent."""
    if stored.owed:
        _wake(stored.sizes, stored.moment)
        queue.ring()


def drafts_of(publish: Sequence[tuple[str, str]]) -> list[EventDraft]:
    """What a run publishes, each a type and the text of its data, as events with their ids."""
    return [EventDraft(kind, data, id=new_id("evt")) for kind, data in publish]


def matched_count(routing: str) -> int:
    """How many hooks an event's stored ``routing`` says it matched."""
    return sum(reason != FILTERED for reason in json.loads(routing).values())


def _unknown(draft: EventDraft) -> Problem:
    return Problem("/type", "unknown_event_type", {"key": draft.type})


def _wake(sizes: dict[str, int], moment: datetime) -> None:
    if not sizes:
        return
    try:
        with writing() as session:
            wake_full_batches(session, sizes, moment)
    except SQLAlchemyError as error:
        # What was accepted stays accepted; the batches go out when their time has come.
        log.warning("full batches were not woken: %s", type(error).__name__)


@dataclass(frozen=True, slots=True)
class _New:
    """An event that is to be stored: its id, what was handed in, and where it goes."""

    id: str
    draft: EventDraft
    way: Routed


Fresh = dict[str | int, _New]


def _store(
    session: Session,
    account_id: str,
    drafts: Sequence[EventDraft],
    wanted: Subscribers,
    moment: datetime,
) -> tuple[list[Published], int]:
    """Insert what is new; the answers, and how many deliveries can go out."""
    known = _known_events(session, account_id, [d.dedupe_key for d in drafts if d.dedupe_key])
    fresh = _fresh(drafts, known, wanted, moment)
    lost = _insert_events(session, account_id, fresh, moment)
    if lost:
        known |= _known_events(session, account_id, lost)
    events = [
        (new.id, new.draft.type, new.way) for label, new in fresh.items() if label not in known
    ]
    owed = delivery_columns(account_id, events, moment)
    if owed["id"]:
        insert_columns(session, Delivery.__table__, owed)
    return _answers(drafts, fresh, known), sendable_count(owed)


def _fresh(
    drafts: Sequence[EventDraft],
    known: Collection[str],
    wanted: Subscribers,
    moment: datetime,
) -> Fresh:
    """Those of ``drafts`` that are not ``known``, the first of each dedupe key."""
    first: dict[str | int, EventDraft] = {}
    for place, draft in enumerate(drafts):
        if draft.dedupe_key not in known:
            first.setdefault(draft.dedupe_key or place, draft)
    ways = routed([(draft.type, draft.data) for draft in first.values()], wanted, moment)
    return {
        label: _New(draft.id or new_id("evt"), draft, way)
        for (label, draft), way in zip(first.items(), ways, strict=True)
    }


def _answers(
    drafts: Sequence[EventDraft], fresh: Fresh, known: dict[str, Published]
) -> list[Published]:
    answers, seen = [], set()
    for place, draft in enumerate(drafts):
        if draft.dedupe_key in known:
            answers.append(known[draft.dedupe_key])
            continue
        label = draft.dedupe_key or place
        new = fresh[label]
        answers.append(Published(new.id, len(new.way.hooks), duplicate=label in seen))
        seen.add(label)
    return answers


def _insert_events(session: Session, account_id: str, fresh: Fresh, moment: datetime) -> list[str]:
    """Insert events; the dedupe keys of those that were not, since somebody just took the key."""
    if not fresh:
        return []
    # In one order everywhere, so that two writers of the same ids never wait for each other.
    rows = sorted(fresh.values(), key=lambda new: new.draft.dedupe_key or "")
    drafts = [new.draft for new in rows]
    columns = {
        "id": [new.id for new in rows],
        "account_id": [account_id] * len(rows),
        "type": [draft.type for draft in drafts],
        "dedupe_key": [draft.dedupe_key for draft in drafts],
        "occurred_at": [draft.occurred_at or moment for draft in drafts],
        "created_at": [moment] * len(rows),
        "routing": [new.way.routing for new in rows],
        "data": [draft.data for draft in drafts],
        "search": [searchable(draft.data) for draft in drafts],
    }
    disputed = [draft.dedupe_key for draft in drafts if draft.dedupe_key]
    clause = "ON CONFLICT (account_id, dedupe_key) DO NOTHING" if disputed else ""
    inserted = insert_columns(session, Event.__table__, columns, clause, returning="dedupe_key")
    return [key for key in disputed if key not in inserted]


def _known_events(
    session: Session, account_id: str, dedupe_keys: Sequence[str]
) -> dict[str, Published]:
    if not dedupe_keys:
        return {}
    dialect = session.get_bind().dialect.name
    rows = session.execute(
        _EVENTS[dialect], {"account_id": account_id, **listed(dialect, dedupe_keys)}
    )
    return {
        key: Published(event_id, matched_count(routing), duplicate=True)
        for key, event_id, routing in rows
    }


_EVENTS = {
    dialect: text(
        f"SELECT dedupe_key, id, routing FROM {Event.__tablename__}"
        f" WHERE account_id = :account_id AND {one_of(dialect, 'dedupe_key')}"
    )
    for dialect in ("postgresql", "sqlite")
}


def known_types(
    session: Session, account_id: str, keys: Collection[str]
) -> tuple[set[str], datetime]:
    """Those of ``keys`` that are in the account's catalogue, and the database's time."""
    rows = session.execute(_types, {"account_id": account_id, "keys": list(keys)}).all()
    # Where no type is known there is nothing to be stored, and no need of a time.
    return {key for key, _ in rows}, rows[0][1] if rows else datetime.max


_types = select(EventType.__table__.c.key, utcnow()).where(
    EventType.__table__.c.key.in_(bindparam("keys", expanding=True)),
    or_(
        EventType.__table__.c.account_id.is_(None),
        EventType.__table__.c.account_id == bindparam("account_id"),
    ),
)
