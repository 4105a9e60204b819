"""Replay: a call that is on record is run once more, for real or as a rehearsal without effect."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from portal.domain.actor import Actor
from portal.domain.audit import Action
from portal.domain.calls import RunState, Verdict, explanation, kept_inputs, kept_replies
from portal.domain.envelope import moment_text
from portal.domain.inputs import Inputs
from portal.domain.paths import MISSING
from portal.domain.problems import Conflict, Problem, Refused
from portal.domain.query_strings import query_part
from portal.domain.reasons import MANY, reason_of
from portal.domain.signatures.verifying import Incoming
from portal.domain.triggers.admission import Turned, inputs_of
from portal.domain.triggers.masked import mask
from portal.domain.triggers.outside import OutsideReply
from portal.domain.triggers.plan import Plan
from portal.domain.triggers.preview import outcome
from portal.domain.triggers.running import NONE, Decision
from portal.extensions import db
from portal.models import Call, Trigger
from portal.models.call import IN_FULL
from portal.pipeline.audit import note
from portal.pipeline.budget import ALONE, spent
from portal.pipeline.calls import Entry, keep, new_row
from portal.pipeline.plans import current_version_id, plan_of_version
from portal.pipeline.transactions import writing

# What one request of a person may set going.
MOST_AT_ONCE = 1000
# Under which version a call is run again: its trigger's current one, or the one it came under.
CURRENT, SAME = "current", "same"
VERSIONS = (CURRENT, SAME)


def rehearse(
    plan: Plan,
    headers: Sequence[tuple[str, str]],
    query: str,
    body: Any = MISSING,
    replies: Mapping[str, OutsideReply] = NONE,
) -> Decision:
    """What a call with these would come to under ``plan``: that of a version, or of a change that
    is not saved yet. ``replies`` is what other addresses are taken to say, by name.

    Raises :class:`Refused` for a query that is too large.
    """
    now = datetime.now(UTC)
    # Rules of a real call do not see what is masked, so neither do those of a rehearsal.
    seen = mask(plan, Incoming("POST", headers, query_part(query), b"", ""))
    try:
        inputs = inputs_of(seen.headers, seen.query, body, moment_text(now), "127.0.0.1")
    except Turned as turned:
        raise Refused(Problem("/query", turned.reason)) from None
    return outcome(plan, inputs, replies, spent(ALONE))


def rehearse_call(call: Call, version: str = CURRENT) -> Decision:
    """What a call that is on record would come to now under ``version``, one of VERSIONS; raises
    :class:`Conflict`."""
    plan, replies = plan_for(call, version), kept_replies(call.explanation)
    return outcome(plan, _inputs(call), replies, spent(ALONE))


def plan_for(call: Call, version: str) -> Plan:
    """What a call that is run again is judged by."""
    return plan_of_version(_version_id(call, version))


def replay(call: Call, actor: Actor, version: str = CURRENT) -> str:
    """Run a call once more, for real, under ``version``, one of VERSIONS; the id of the call that
    stands for it. Raises :class:`Conflict` for a call that was never let in, and for one that was
    no more than a handshake."""
    trigger = _trigger_of(call)
    made = _run_again(call, actor, version)
    with writing() as session:
        after = {"replay": made}
        note(session, actor, Action.CALL_REPLAYED, call.id, trigger.name, after=after)
    return made


def _trigger_of(call: Call) -> Trigger:
    if call.verdict == Verdict.REFUSED:
        raise Conflict("call_was_refused")
    if call.verdict == Verdict.ACCEPTED and call.run_state is None:
        raise Conflict("nothing_to_run")
    trigger = db.session.get_one(Trigger, call.trigger_id)
    if trigger.deleted_at is not None:
        raise Conflict("trigger_deleted")
    return trigger


def _run_again(call: Call, actor: Actor, version: str) -> str:
    entry = Entry(_row_like(call, _version_id(call, version), actor))
    keep(entry)
    return entry.row["id"]


def _version_id(call: Call, version: str) -> str:
    return call.version_id if version == SAME else current_version_id(call.trigger_id)


def _row_like(call: Call, version_id: str, actor: Actor) -> dict[str, Any]:
    same = ("account_id", "trigger_id", "peer", "method", "body_size")
    same += ("headers", "query", "body", "search")
    return new_row(
        version_id=version_id,
        at=datetime.now(UTC),
        replay_of=call.id,
        asked_by=actor.name,
        run_state=RunState.WAITING.value,
        explanation=explanation({"kind": "replay"}),
        **{name: getattr(call, name) for name in same},
    )


def replay_all(
    call_ids: Sequence[str],
    actor: Actor,
    version: str = CURRENT,
    reason: str = "",
    must_say_why: bool = False,
) -> int:
    """Run calls of one trigger once more, for real, in their order; returns how many.

    With ``must_say_why`` raises :class:`Refused` where they are many and no ``reason`` is given.
    """
    if must_say_why and len(call_ids) > MANY:
        reason = reason_of(reason)
    trigger = None
    for call_id in call_ids:
        call = db.session.get_one(Call, call_id, options=IN_FULL)
        trigger = _trigger_of(call)
        _run_again(call, actor, version)
    if trigger is not None:
        after, target = {"count": len(call_ids)}, (trigger.id, trigger.name)
        with writing() as session:
            note(session, actor, Action.CALLS_REPLAYED, *target, after=after, reason=reason)
    return len(call_ids)


def _inputs(call: Call) -> Inputs:
    try:
        return kept_inputs(call)
    except Turned:
        raise Conflict("call_has_no_json") from None
