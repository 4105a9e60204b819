"""How the latest calls of a trigger differ from what was mapped."""

from sqlalchemy import select

from portal.domain.calls import Verdict, kept_inputs
from portal.domain.masking import Masks
from portal.domain.triggers.admission import Turned
from portal.domain.triggers.drift import Drift, Seen, drifts
from portal.extensions import db
from portal.models import Call, Trigger
from portal.models.call import IN_FULL
from portal.queries.triggers import mapped_since

# Enough to tell a habit from an exception, few enough to be read for one page.
LOOKED_AT = 100
# What is larger would take the page its time.
LARGEST_BODY = 64 * 1024


def drift_of(trigger: Trigger, masks: Masks) -> list[Drift]:
    """What the latest 100 accepted calls since the mapping was last changed show of drift, but for
    names that those with ``masks`` do not see."""
    variables, since = mapped_since(trigger)
    calls = db.session.scalars(
        select(Call)
        .where(
            Call.trigger_id == trigger.id,
            Call.verdict == Verdict.ACCEPTED,
            Call.run_state.is_not(None),
            Call.replay_of.is_(None),
            Call.at >= since,
            Call.body_size <= LARGEST_BODY,
        )
        .order_by(Call.id.desc())
        .limit(LOOKED_AT)
        .options(*IN_FULL)
    ).all()
    seen = []
    for call in reversed(calls):
        try:
            seen.append(Seen(call.at, kept_inputs(call)))
        except Turned:
            continue
    return [one for one in drifts(variables, seen) if not masks.covers(one.path)]
