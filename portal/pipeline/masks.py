"""Setting what some roles do not get to see of payloads."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.actor import Actor
from portal.domain.audit import Action
from portal.domain.masking import MAX_MASKS, MaskDraft
from portal.domain.problems import Problem, Refused
from portal.models import Account, PayloadMask
from portal.pipeline.audit import note
from portal.pipeline.transactions import writing


def create_masks(drafts: tuple[MaskDraft, ...], actor: Actor) -> None:
    """Add masks to the actor's account, all or none of them.

    Raises :class:`Refused`: ``mask_twice`` or ``too_many``.
    """
    try:
        with writing() as session:
            # One after the other, so that the limit holds whoever adds at the same time.
            session.get_one(Account, actor.account_id, with_for_update=True)
            _count(session, actor.account_id, len(drafts))
            for draft in drafts:
                _add(session, draft, actor)
    except IntegrityError as taken:
        raise _twice() from taken


def change_mask(mask_id: str, draft: MaskDraft, actor: Actor) -> None:
    """Let a mask be as ``draft`` says; raises :class:`Refused`, ``mask_twice``."""
    try:
        with writing() as session:
            mask = session.get_one(PayloadMask, mask_id)
            before = mask_members(mask)
            mask.pattern, mask.key = draft.pattern, draft.key
            mask.kind, mask.roles = draft.kind.value, list(draft.roles)
            changed = {"before": before, "after": mask_members(mask)}
            note(session, actor, Action.MASKS_CHANGED, mask.id, mask.pattern, **changed)
    except IntegrityError as taken:
        raise _twice() from taken


def delete_mask(mask_id: str, actor: Actor) -> None:
    """Show what a mask hid to everybody again."""
    with writing() as session:
        mask = session.get_one(PayloadMask, mask_id)
        before = mask_members(mask)
        note(session, actor, Action.MASKS_CHANGED, mask.id, mask.pattern, before=before)
        session.delete(mask)


def mask_members(mask: PayloadMask) -> dict[str, Any]:
    """A mask as it stands on record."""
    return {"pattern": mask.pattern, "kind": mask.kind, "roles": list(mask.roles)}


def _count(session: Session, account_id: str, more: int) -> None:
    mine = select(func.count()).where(PayloadMask.account_id == account_id)
    if (session.scalar(mine) or 0) + more > MAX_MASKS:
        raise Refused(Problem("/pattern", "too_many", {"max": MAX_MASKS}))


def _add(session: Session, draft: MaskDraft, actor: Actor) -> None:
    mask = PayloadMask(
        account_id=actor.account_id,
        pattern=draft.pattern,
        key=draft.key,
        kind=draft.kind.value,
        roles=list(draft.roles),
        created_by=actor.name,
    )
    session.add(mask)
    session.flush()
    after = mask_members(mask)
    note(session, actor, Action.MASKS_CHANGED, mask.id, mask.pattern, after=after)


def _twice() -> Refused:
    return Refused(Problem("/pattern", "mask_twice"))
