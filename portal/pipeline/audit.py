"""Putting an act on record, in the transaction that does it: both are there or neither."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from portal.domain.actor import Actor
from portal.domain.audit import MAX_REASON, Action, difference
from portal.models import AuditEntry
from portal.pipeline.transactions import writing


def note(
    session: Session,
    actor: Actor,
    action: Action,
    target_id: str | None = None,
    target: str = "",
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> None:
    """Put on record that ``actor`` did ``action`` to ``target``, within ``session``.

    ``target`` is what it is called, ``target_id`` its id; ``before`` and ``after`` are JSON
    objects of which only what differs is kept, with :data:`portal.domain.audit.HIDDEN` wherever a
    secret would stand. A change that changes nothing is none.
    """
    old, new = difference(before or {}, after or {})
    if before is not None and old == new == {}:
        return
    session.add(
        AuditEntry(
            account_id=actor.account_id,
            action=action.value,
            actor=actor.name,
            person_id=actor.person_id,
            key_id=actor.key_id,
            peer=actor.peer,
            target_id=target_id,
            target=target,
            before=old,
            after=new,
            reason=reason.strip()[:MAX_REASON],
        )
    )


def note_alone(
    actor: Actor,
    action: Action,
    target_id: str | None = None,
    target: str = "",
    *,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> None:
    """Put on record what changes nothing: that something was shown or taken away as a file."""
    with writing() as session:
        note(session, actor, action, target_id, target, after=after, reason=reason)
