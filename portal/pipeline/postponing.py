"""Putting off the automatic switch-off of a hook that keeps failing."""

from datetime import timedelta

from portal.domain.actor import Actor
from portal.domain.audit import Action
from portal.domain.health import Health, switch_off_at
from portal.models import Hook, now
from portal.pipeline.audit import note
from portal.pipeline.transactions import writing

POSTPONED_BY = timedelta(days=3)


def postpone(hook_id: str, actor: Actor) -> None:
    """Give a failing hook three days more than it has; nothing for one that does not fail."""
    with writing() as session:
        hook = session.get_one(Hook, hook_id)
        stream = hook.stream
        health = Health(failing_since=stream.failing_since)
        ends = switch_off_at(health, stream.postponed_until)
        if ends is not None:
            stream.postponed_until = max(ends, now()) + POSTPONED_BY
            after = {"postponed_until": stream.postponed_until.isoformat()}
            note(session, actor, Action.HOOK_POSTPONED, hook.id, hook.name, after=after)
