"""Finishing: what runs publish and what is recorded of them, in one commit, fenced by the lease."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from portal.domain.calls import RunState, outcome
from portal.domain.events import EventDraft
from portal.domain.inputs import Inputs
from portal.domain.triggers.plan import Plan
from portal.domain.triggers.running import Decision, without_type
from portal.models import Call, now, utcnow
from portal.pipeline.publish import Stored, announce, drafts_of, known_types, store
from portal.pipeline.transactions import writing


@dataclass(frozen=True, slots=True)
class Run:
    """A call that came ``at`` and is being run under a plan; ``auth`` is how it was let in.
    ``is_heard``: whether somebody still waits for its answer."""

    call_id: str
    at: datetime
    account_id: str
    plan: Plan
    inputs: Inputs
    auth: dict[str, Any]
    is_heard: bool = True


@dataclass(frozen=True, slots=True)
class Finished:
    """A run and what it came to."""

    run: Run
    decision: Decision


def finish(token: str, finished: Sequence[Finished]) -> dict[str, Decision]:
    """Publish and record what became of runs, of those that are still leased under ``token``.

    Returns their decisions by the call's id: an error's where what a rule publishes is not in the
    catalogue any more. An answer that was given already stays.
    """
    done: list[Finished] = []
    stored: list[Stored] = []
    with writing() as session:
        mine = _mine(session, token, [one.run.call_id for one in finished])
        held = [one for one in finished if one.run.call_id in mine]
        for account_id in sorted({one.run.account_id for one in held}):
            of_account = [one for one in held if one.run.account_id == account_id]
            possible = _possible(session, account_id, of_account)
            stored += _store(session, account_id, possible)
            done += possible
    for one in stored:
        announce(one)
    return {one.run.call_id: one.decision for one in done}


def renew(token: str, call_id: str, seconds: float) -> bool:
    """Lengthen the lease of a run by what comes next; False when it was lost."""
    with writing() as session:
        moment = session.scalar(select(utcnow())) + timedelta(seconds=seconds)
        done = session.execute(
            update(_calls)
            .where(_calls.c.id == call_id, _calls.c.lease_token == token)
            .values(due_at=moment)
        )
    return bool(done.rowcount)


def give_up(token: str, call_id: str) -> None:
    """Record that a run broke on our side, and will not be tried again."""
    with writing() as session:
        session.execute(
            update(_calls)
            .where(_calls.c.id == call_id, _calls.c.lease_token == token)
            .values(run_state=RunState.FAILED.value, reason="internal_error", lease_token=None)
        )


def milliseconds_since(moment: datetime) -> int:
    """How long ago ``moment`` is, in whole milliseconds."""
    return round((now() - moment).total_seconds() * 1000)


def _mine(session: Session, token: str, call_ids: Sequence[str]) -> set[str]:
    return set(
        session.scalars(
            select(Call.id)
            .where(Call.id.in_(call_ids), Call.lease_token == token)
            .order_by(Call.id)
            .with_for_update()
        )
    )


def _possible(session: Session, account_id: str, finished: Sequence[Finished]) -> list[Finished]:
    """The same, but for those that publish a type that is not in the catalogue any more."""
    types = {kind for one in finished for kind, _ in one.decision.publish}
    known = known_types(session, account_id, types)[0] if types else set()
    return [
        one
        if known.issuperset(kind for kind, _ in one.decision.publish)
        else replace(one, decision=without_type(one.run.plan, one.run.inputs, one.decision))
        for one in finished
    ]


def _store(session: Session, account_id: str, finished: Sequence[Finished]) -> list[Stored]:
    published = [drafts_of(one.decision.publish) for one in finished]
    rows = [_row(one, events) for one, events in zip(finished, published, strict=True)]
    session.execute(_RECORD, rows)
    drafts = [event for events in published for event in events]
    return [store(session, account_id, drafts)] if drafts else []


def _row(one: Finished, events: Sequence[EventDraft]) -> dict[str, Any]:
    columns = outcome(one.run.plan, one.run.inputs, one.decision, one.run.auth, events)
    columns["duration_ms"] = milliseconds_since(one.run.at)
    if not one.run.is_heard:
        columns["status"] = None
    given = {name: columns.get(name) for name in (*_RECORDED, *_ONCE)}
    return {"its_id": one.run.call_id} | {f"new_{name}": value for name, value in given.items()}


_RECORDED = ("rule", "run_state", "reason", "variables", "explanation")
# A caller who was answered already, at once or at the deadline, gets no other answer.
_ONCE = ("status", "answer", "duration_ms")
_calls = Call.__table__
_RECORD = (
    update(_calls)
    .where(_calls.c.id == bindparam("its_id"))
    .values(
        {name: bindparam(f"new_{name}") for name in _RECORDED}
        | {name: func.coalesce(_calls.c[name], bindparam(f"new_{name}")) for name in _ONCE}
        | {"lease_token": None}
    )
)
