"""What stands on record of a hook: how it is, and what somebody has changed in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from portal.domain.actor import Actor
from portal.domain.audit import HIDDEN, Action
from portal.models import Hook
from portal.pipeline.audit import note

# Each is an act of its own, beside what else is edited.
_URL, _SWITCH = "url", "enabled"


@dataclass(frozen=True)
class HookRecord:
    """How a hook stands, without anything secret; ``headers`` are kept to tell a change of them."""

    shown: Mapping[str, Any]
    headers: Mapping[str, str]


def record_of(hook: Hook, headers: Mapping[str, str]) -> HookRecord:
    """How ``hook`` stands, with its own ``headers`` opened."""
    shown = {
        "name": hook.name,
        "description": hook.description,
        "url": hook.url,
        "event_types": list(hook.event_types),
        "policy": hook.policy.slug,
        "signature": hook.signature,
        "filter": hook.filter,
        "headers": dict.fromkeys(headers, HIDDEN),
        "enabled": hook.enabled,
    }
    return HookRecord(shown, dict(headers))


def note_creation(session: Session, actor: Actor, hook: Hook, record: HookRecord) -> None:
    """Put on record that ``hook`` was made so."""
    note(session, actor, Action.HOOK_CREATED, hook.id, hook.name, after=record.shown)


def note_changes(
    session: Session,
    actor: Actor,
    hook: Hook,
    before: HookRecord,
    after: HookRecord,
    reason: str = "",
    held: str = "send",
) -> None:
    """Put on record what of ``hook`` is not as it was: its URL, for ``reason``, and its switch,
    with what became of what was ``held``, each as an act."""
    old, new = dict(before.shown), dict(after.shown)
    if old[_URL] != new[_URL]:
        urls = {"before": {_URL: old[_URL]}, "after": {_URL: new[_URL]}}
        note(session, actor, Action.HOOK_URL_CHANGED, hook.id, hook.name, **urls, reason=reason)
    if old[_SWITCH] != new[_SWITCH]:
        note_switch(session, actor, hook, held)
    for name in (_URL, _SWITCH):
        del old[name], new[name]
    changed = [name for name, value in after.headers.items() if before.headers.get(name) != value]
    known = [name for name in changed if name in before.headers]
    if known:
        new["changed_headers"] = known
    if old != new:
        note(session, actor, Action.HOOK_EDITED, hook.id, hook.name, before=old, after=new)


def note_switch(session: Session, actor: Actor, hook: Hook, held: str) -> None:
    """Put on record that ``hook`` was switched on, with what became of what was held, or off."""
    action = Action.HOOK_SWITCHED_ON if hook.enabled else Action.HOOK_SWITCHED_OFF
    after = {"held": held} if hook.enabled else {}
    note(session, actor, action, hook.id, hook.name, after=after)
