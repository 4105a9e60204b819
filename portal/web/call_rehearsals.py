"""Many calls rehearsed at once: what each was answered, and what it would be answered now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.domain.calls import answer_of
from portal.domain.problems import Conflict
from portal.domain.triggers.running import Decision
from portal.models import Call
from portal.pipeline.replay import CURRENT, plan_for, rehearse_call
from portal.queries.calls import read_call


@dataclass(frozen=True)
class Rehearsed:
    """A call, and what it would come to; ``status`` None where it cannot be rehearsed."""

    id: str
    at: datetime
    old_status: int | None
    old_rule: str | None
    status: int | None
    rule: str | None
    error: str | None
    events: int
    differs: bool


def rehearsed(call_ids: Sequence[str], version: str = CURRENT) -> list[Rehearsed]:
    """A rehearsal of every call under ``version``, see :mod:`portal.pipeline.replay`; those that
    would go otherwise than they did first."""
    made = [_rehearsed(read_call(call_id), version) for call_id in call_ids]
    return sorted(made, key=lambda one: not one.differs)


def _rehearsed(call: Call, version: str) -> Rehearsed:
    try:
        decision = rehearse_call(call, version)
    except Conflict:
        return Rehearsed(call.id, call.at, call.status, call.rule, None, None, None, 0, True)
    # Only then does the caller get the answer that the rules decide.
    is_sync = plan_for(call, version).is_sync
    return Rehearsed(
        id=call.id,
        at=call.at,
        old_status=call.status,
        old_rule=call.rule,
        status=decision.answer.status if is_sync else call.status,
        rule=decision.rule,
        error=decision.error,
        events=len(decision.publish),
        differs=_differs(call, decision, is_sync),
    )


def _differs(call: Call, decision: Decision, is_sync: bool) -> bool:
    if (call.rule, call.reason) != (decision.rule, decision.error):
        return True
    return is_sync and call.answer is not None and answer_of(call.answer) != decision.answer
