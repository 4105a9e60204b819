"""Hooks out to a file, and in from one."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from portal.domain.actor import Actor
from portal.domain.audit import Action
from portal.domain.hook_files import Entry, Fate, plan, written
from portal.domain.problems import Refused
from portal.extensions import db
from portal.models import Hook
from portal.pipeline.audit import note_alone
from portal.pipeline.hooks import create_hook, draft_of
from portal.pipeline.surroundings import surroundings


def written_hooks(actor: Actor) -> list[dict[str, Any]]:
    """What a file says of the living hooks of the account, the oldest first."""
    rows = select(Hook).where(Hook.account_id == actor.account_id, Hook.deleted_at.is_(None))
    return [written(draft_of(hook)) for hook in db.session.scalars(rows.order_by(Hook.id))]


def look_through(hooks: Iterable[Any], actor: Actor) -> list[Entry]:
    """What would become of each of ``hooks`` in the account; makes nothing."""
    account_id = actor.account_id
    names = select(Hook.name_folded).where(Hook.account_id == account_id, Hook.deleted_at.is_(None))
    around = surroundings(db.session(), account_id)
    return plan(hooks, around, set(db.session.scalars(names)))


def make_hooks(hooks: Iterable[Any], switched_on: bool, actor: Actor) -> tuple[int, int]:
    """Make those of ``hooks`` that are new and right, each whole; how many were made, and how
    many were refused although they had looked right, because something changed meanwhile.

    Those that the file has on are switched on where ``switched_on`` says so; the others stay off.
    """
    made = refused = 0
    for entry in look_through(hooks, actor):
        if entry.fate is not Fate.NEW:
            continue
        enabled = switched_on and entry.draft.enabled
        try:
            create_hook(replace(entry.draft, enabled=enabled), actor)
            made += 1
        except Refused:
            refused += 1
    if made:
        note_alone(actor, Action.HOOKS_IMPORTED, after={"count": made})
    return made, refused
