"""Calls: every one is on record before it is answered, many callers at once in one commit.

A synchronous call whose rules only publish is stored with what it publishes, so that both are
there or neither; an asynchronous one is stored as a run that is owed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, tuple_, update
from sqlalchemy.orm import Session

from portal import queue
from portal.domain.calls import RunState, Verdict, answer_of, answer_text, auth_of, explanation
from portal.domain.events import EventDraft
from portal.domain.triggers.answering import Answer
from portal.models import Call, new_id, utcnow
from portal.pipeline.bulk import insert_columns
from portal.pipeline.gathering import Gathering
from portal.pipeline.publish import Stored, announce, known_types, store
from portal.pipeline.together import is_away
from portal.pipeline.transactions import writing

# RFC 9110 §15.5.10: what a repeat gets while the first one's run has not ended.
STILL_RUNNING = 409
# How long the process that has stored a call may take to begin its run itself.
FIRST_LEASE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Earlier:
    """The first call that bore a key: its id, and its answer once it has one."""

    id: str
    answer: Answer | None


@dataclass(slots=True)
class Entry:
    """A call to be stored. ``row`` holds its columns; ``publish`` what comes into being with it;
    ``on_error`` says what changes in the row should that not be possible, which ``has_failed``
    tells."""

    row: dict[str, Any]
    publish: Sequence[EventDraft] = ()
    on_error: Callable[[], dict[str, Any]] = dict
    has_failed: bool = False

    @property
    def key(self) -> tuple[str, str] | None:
        """What no two stored calls share; None for a call that is never a repeat."""
        found = self.row["dedupe_key"]
        return None if found is None else (self.row["trigger_id"], found)


def new_row(**columns: Any) -> dict[str, Any]:
    """The row of an accepted call with these ``columns``; the others say that nothing has become
    of it yet."""
    return {
        "id": new_id("cal"),
        "verdict": Verdict.ACCEPTED.value,
        "reason": None,
        "status": None,
        "rule": None,
        "duration_ms": None,
        "dedupe_key": None,
        "first_id": None,
        "replay_of": None,
        "asked_by": None,
        "run_state": None,
        "attempt_count": 0,
        "lease_token": None,
        "is_late": False,
        "uncounted": 0,
        "variables": None,
        "answer": None,
        **columns,
    }


def keep(entry: Entry) -> Earlier | None:
    """Store a call that was let in; the earlier call instead if this repeats one.

    A repeat is stored too, as one. When this returns, everything is committed and workers know.
    """
    kind = "publish" if entry.publish else "plain"
    return _gathering.ask((entry.row["account_id"] if entry.publish else "", kind), entry)


def _keep(key: tuple[str, str], entries: Sequence[Entry]) -> Sequence[Earlier | None]:
    with writing() as session:
        answers, stored = _store(session, key[0], entries)
    if stored:
        announce(stored)
    if any(
        entry.row["run_state"] == RunState.WAITING and not entry.row["lease_token"]
        for entry in entries
    ):
        queue.ring()
    return answers


def _store(
    session: Session, account_id: str, entries: Sequence[Entry]
) -> tuple[list[Earlier | None], Stored | None]:
    moment = session.scalar(_now)
    known = _earlier(session, [entry.key for entry in entries if entry.key])
    fresh = _firsts(entries, known)
    lost = _insert(session, fresh, moment)
    fresh = [entry for entry in fresh if entry.row["id"] not in lost]
    stored = _publish(session, account_id, fresh)
    first = {entry.row["id"] for entry in fresh}
    repeats = [entry for entry in entries if entry.row["id"] not in first]
    known |= _earlier(session, [entry.key for entry in repeats if entry.key])
    earlier = {entry.row["id"]: known[entry.key] for entry in repeats if entry.key}
    _insert(session, [_as_repeat(entry, earlier[entry.row["id"]]) for entry in repeats], moment)
    return [earlier.get(entry.row["id"]) for entry in entries], stored


def _firsts(entries: Sequence[Entry], known: Mapping[tuple[str, str], Earlier]) -> list[Entry]:
    taken = set(known)
    found = []
    for entry in entries:
        if entry.key not in taken:
            found.append(entry)
        if entry.key:
            taken.add(entry.key)
    return found


def _as_repeat(entry: Entry, first: Earlier) -> Entry:
    status = first.answer.status if first.answer else STILL_RUNNING
    changes = {
        "verdict": Verdict.DUPLICATE.value,
        "reason": "duplicate" if first.answer else "still_running",
        "status": status,
        "first_id": first.id,
        "dedupe_key": None,
        "run_state": None,
        "lease_token": None,
        "rule": None,
        "variables": None,
        "explanation": explanation(auth_of(entry.row["explanation"])),
        "answer": answer_text(first.answer) if first.answer else None,
    }
    return Entry(entry.row | changes)


def _insert(session: Session, entries: Sequence[Entry], moment: datetime) -> set[str]:
    """Insert calls; the ids of those that were not, since somebody just took their key."""
    if not entries:
        return set()
    # In one order everywhere, so that two writers of the same keys never wait for each other.
    rows = [entry.row for entry in sorted(entries, key=lambda entry: entry.key or ("", ""))]
    columns: dict[str, list[Any]] = {name: [row[name] for row in rows] for name in rows[0]}
    columns["due_at"] = [_due_at(row, moment) for row in rows]
    is_disputed = any(entry.key for entry in entries)
    clause = "ON CONFLICT (trigger_id, dedupe_key) DO NOTHING" if is_disputed else ""
    inserted = insert_columns(session, Call.__table__, columns, clause, returning="id")
    return set(columns["id"]) - set(inserted) if is_disputed else set()


def _due_at(row: Mapping[str, Any], moment: datetime) -> datetime | None:
    if row["run_state"] != RunState.WAITING:
        return None
    return moment + FIRST_LEASE if row["lease_token"] else moment


def _publish(session: Session, account_id: str, entries: Sequence[Entry]) -> Stored | None:
    wanted = [entry for entry in entries if entry.publish]
    if not wanted:
        return None
    types = {draft.type for entry in wanted for draft in entry.publish}
    known, _ = known_types(session, account_id, types)
    for entry in wanted:
        # All that a call publishes, or nothing of it.
        if not known.issuperset(draft.type for draft in entry.publish):
            entry.has_failed = True
            session.execute(update(Call).where(Call.id == entry.row["id"]).values(entry.on_error()))
    drafts = [draft for entry in wanted if not entry.has_failed for draft in entry.publish]
    return store(session, account_id, drafts) if drafts else None


def _earlier(session: Session, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Earlier]:
    if not keys:
        return {}
    rows = session.execute(
        select(Call.trigger_id, Call.dedupe_key, Call.id, Call.answer).where(
            tuple_(Call.trigger_id, Call.dedupe_key).in_(keys)
        )
    )
    return {
        (trigger_id, key): Earlier(call_id, answer_of(answer) if answer else None)
        for trigger_id, key, call_id, answer in rows
    }


_now = select(utcnow())
_gathering: Gathering[tuple[str, str], Entry, Earlier | None] = Gathering(_keep, is_away)
