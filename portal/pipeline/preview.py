"""What a change of a trigger would do to the calls that came last, seen before it is saved."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from time import thread_time

from sqlalchemy import Select, select

from portal.domain.actor import Actor
from portal.domain.calls import Verdict, kept_inputs, kept_replies
from portal.domain.problems import Refused
from portal.domain.triggers.admission import Turned
from portal.domain.triggers.draft import TriggerDraft
from portal.domain.triggers.plan import Plan, plan_of
from portal.domain.triggers.preview import LOOKED_AT, Kept, Preview, compared, door_members
from portal.extensions import db
from portal.models import Call, Trigger
from portal.models.call import IN_FULL
from portal.pipeline.triggers import draft_of, judge

# What is larger would take the page its time.
LARGEST_BODY = 64 * 1024
# So many calls are read at once, so that their bodies do not fill the memory.
READ_AT_ONCE = 20


def differences(trigger: Trigger, draft: TriggerDraft, actor: Actor) -> Preview:
    """What ``draft`` would decide otherwise than the trigger's current version, over its latest
    200 accepted calls with a body of up to 64 KiB, newest first.

    Raises :class:`portal.domain.problems.Refused` for a draft that could not be saved.
    """
    new, began = plan_of_draft(draft, actor), thread_time()
    current = draft_of(trigger)
    old = plan_of(current.configuration, current.secrets)
    ids = db.session.scalars(_latest(trigger.id)).all()
    seen = compared(old, new, _kept(ids), len(ids), lambda: thread_time() - began)
    members = door_members(current.configuration, draft.configuration)
    if "auth" not in members and draft.secrets != current.secrets:
        members = ("auth", *members)
    return replace(seen, at_the_door=members)


def foreseen(trigger: Trigger, draft: TriggerDraft, actor: Actor) -> Preview | None:
    """The same; None for a draft that could not be saved."""
    try:
        return differences(trigger, draft, actor)
    except Refused:
        return None


def plan_of_draft(draft: TriggerDraft, actor: Actor) -> Plan:
    """What calls would be judged by were ``draft`` saved.

    Raises :class:`portal.domain.problems.Refused` for a draft that could not be.
    """
    judge(draft, actor)
    return plan_of(draft.configuration, draft.secrets)


def _latest(trigger_id: str) -> Select[tuple[str]]:
    """Real calls whose rules were run, newest first; what people have repeated is none."""
    return (
        select(Call.id)
        .where(
            Call.trigger_id == trigger_id,
            Call.verdict == Verdict.ACCEPTED,
            Call.run_state.is_not(None),
            Call.replay_of.is_(None),
            Call.body_size <= LARGEST_BODY,
        )
        .order_by(Call.id.desc())
        .limit(LOOKED_AT)
    )


def _kept(ids: Sequence[str]) -> Iterator[Kept]:
    for start in range(0, len(ids), READ_AT_ONCE):
        batch = ids[start : start + READ_AT_ONCE]
        rows = select(Call).where(Call.id.in_(batch)).order_by(Call.id.desc()).options(*IN_FULL)
        for call in db.session.scalars(rows):
            try:
                yield Kept(call.id, call.at, kept_inputs(call), kept_replies(call.explanation))
            except Turned:
                continue
