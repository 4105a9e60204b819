"""Publish: events come in, deliveries to the hooks that subscribe are owed, all in one commit."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal import queue
from portal.domain.events import EventDraft, searchable
from portal.domain.problems import Problem
from portal.domain.states import DeliveryState
from portal.models import Delivery, Event, EventType, new_id, utcnow
from portal.pipeline.bulk import insert_rows
from portal.pipeline.owed import Subscriber, delivery_rows, subscribers_of, wake_full_batches
from portal.pipeline.transactions import writing


@dataclass(frozen=True, slots=True)
class Published:
    """The answer for one event: its id, how many deliveries it owes, and whether it was known."""

    id: str
    deliveries: int
    duplicate: bool = False


def publish(
    account_id: str, drafts: Sequence[EventDraft], only_hook: str | None = None
) -> list[Published | Problem]:
    """Store events and what they owe; the answers stand in the order of ``drafts``.

    An event whose type is not in the catalogue gets a :class:`Problem` and is not stored. One
    whose ``id`` is known gets the earlier answer, and nothing is sent again. ``only_hook`` keeps
    an example from every hook but that one. When this returns, everything is committed.
    """
    with writing() as session:
        answers, fresh = _sort_out(session, account_id, drafts)
        subscribers = subscribers_of(session, account_id, {d.type for _, d in fresh}, only_hook)
        owed = _store(session, account_id, fresh, subscribers, answers)
    if owed:
        queue.ring()
    return answers


def _sort_out(
    session: Session, account_id: str, drafts: Sequence[EventDraft]
) -> tuple[list[Any], list[tuple[int, EventDraft]]]:
    known_types = _known_types(session, account_id, {draft.type for draft in drafts})
    known = _known_events(session, account_id, [d.dedupe_key for d in drafts if d.dedupe_key])
    answers: list[Any] = [None] * len(drafts)
    fresh: list[tuple[int, EventDraft]] = []
    for place, draft in enumerate(drafts):
        if draft.type not in known_types:
            answers[place] = Problem("/type", "unknown_event_type", {"key": draft.type})
        elif draft.dedupe_key in known:
            answers[place] = known[draft.dedupe_key]
        else:
            fresh.append((place, draft))
    return answers, fresh


def _store(
    session: Session,
    account_id: str,
    fresh: list[tuple[int, EventDraft]],
    subscribers: dict[str, list[Subscriber]],
    answers: list[Any],
) -> int:
    """Insert what is new, fill its answers in, and return how many deliveries can go out."""
    if not fresh:
        return 0
    moment = session.scalar(select(utcnow()))
    events, first = [], {}
    for place, draft in fresh:
        if draft.dedupe_key is not None and draft.dedupe_key in first:
            continue
        event = _event_row(account_id, draft, subscribers.get(draft.type, ()), moment)
        events.append(event)
        first[draft.dedupe_key or place] = event
    stored = _insert_events(session, events)
    owed = [
        delivery
        for event in events
        if event["id"] in stored
        for delivery in delivery_rows(event, subscribers.get(event["type"], ()), moment)
    ]
    if owed:
        insert_rows(session, Delivery.__table__, owed)
        wake_full_batches(session, subscribers, moment)
    _answer(session, account_id, fresh, first, stored, subscribers, answers)
    return sum(row["state"] == DeliveryState.WAITING for row in owed)


def _answer(
    session: Session,
    account_id: str,
    fresh: list[tuple[int, EventDraft]],
    first: dict[Any, dict[str, Any]],
    stored: set[str],
    subscribers: dict[str, list[Subscriber]],
    answers: list[Any],
) -> None:
    lost = [row["dedupe_key"] for row in first.values() if row["id"] not in stored]
    elsewhere = _known_events(session, account_id, lost)
    seen: set[str] = set()
    for place, draft in fresh:
        event = first[draft.dedupe_key or place]
        if event["id"] not in stored:
            answers[place] = elsewhere[draft.dedupe_key]
            continue
        owed = len(subscribers.get(event["type"], ()))
        answers[place] = Published(event["id"], owed, duplicate=event["id"] in seen)
        seen.add(event["id"])


def _known_types(session: Session, account_id: str, keys: set[str]) -> set[str]:
    mine = or_(EventType.account_id.is_(None), EventType.account_id == account_id)
    return set(session.scalars(select(EventType.key).where(EventType.key.in_(keys), mine)))


def _known_events(
    session: Session, account_id: str, dedupe_keys: Sequence[str]
) -> dict[str | None, Published]:
    if not dedupe_keys:
        return {}
    rows = session.execute(
        select(Event.dedupe_key, Event.id, Event.routing).where(
            Event.account_id == account_id, Event.dedupe_key.in_(dedupe_keys)
        )
    )
    return {
        key: Published(event_id, matched_count(routing), duplicate=True)
        for key, event_id, routing in rows
    }


def matched_count(routing: str) -> int:
    """How many hooks an event's stored ``routing`` says it matched."""
    return sum(reason != "filter" for reason in json.loads(routing).values())


def _event_row(
    account_id: str, draft: EventDraft, subscribers: Sequence[Subscriber], moment: datetime
) -> dict[str, Any]:
    return {
        "id": new_id("evt"),
        "account_id": account_id,
        "type": draft.type,
        "dedupe_key": draft.dedupe_key,
        "occurred_at": draft.occurred_at or moment,
        "created_at": moment,
        "routing": json.dumps({hook.hook_id: hook.reason for hook in subscribers}),
        "data": draft.data,
        "search": searchable(draft.data),
    }


def _insert_events(session: Session, rows: list[dict[str, Any]]) -> set[str]:
    """The ids that were stored: all but those whose dedupe key another writer just took."""
    insert_rows(
        session,
        Event.__table__,
        # In one order everywhere, so that two writers of the same ids never wait for each other.
        sorted(rows, key=lambda row: row["dedupe_key"] or ""),
        "ON CONFLICT (account_id, dedupe_key) DO NOTHING",
    )
    stored = {row["id"] for row in rows}
    disputed = [row["id"] for row in rows if row["dedupe_key"] is not None]
    if not disputed:
        return stored
    mine = set(session.scalars(select(Event.id).where(Event.id.in_(disputed))))
    return stored - set(disputed) | mine
