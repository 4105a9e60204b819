"""Holding: what is owed to a hook that is off is kept until it is on."""

from datetime import datetime

from sqlalchemy import func, or_, select, true, update
from sqlalchemy.orm import Session

from portal.domain.actor import Actor
from portal.domain.audit import Action
from portal.domain.notices import NoticeKind
from portal.domain.states import DeliveryState
from portal.extensions import db
from portal.models import Delivery, Hook, utcnow
from portal.models.delivery import IS_OPEN
from portal.pipeline.audit import note
from portal.pipeline.notices import notify_of_hook
from portal.pipeline.owed import wake_full_batches

_QUIET = {"synchronize_session": False}


def hold(session: Session, hook_id: str) -> None:
    """Hold everything that waits for a hook. What is being sent at this moment keeps its outcome
    when it is delivered, and is held when it is not."""
    waiting = (Delivery.hook_id == hook_id, Delivery.state == DeliveryState.WAITING, IS_OPEN)
    # Locked in the order in which outcomes are recorded, so that nobody waits in a circle.
    in_order = select(Delivery.id).where(*waiting).order_by(Delivery.id).with_for_update()
    session.execute(
        update(Delivery).where(Delivery.id.in_(in_order)).values(state=DeliveryState.HELD),
        execution_options=_QUIET,
    )


def release(session: Session, hook: Hook, held: str) -> None:
    """Let go of what is held for a hook that was just switched on: to be sent, or, where ``held``
    is "skip", skipped. What was tried before and is not due yet keeps its time in either case."""
    all_held = update(Delivery).where(
        Delivery.hook_id == hook.id, Delivery.state == DeliveryState.HELD
    )
    if held == "skip":
        skipped = {"state": DeliveryState.SKIPPED, "finished_at": utcnow()}
        session.execute(all_held.where(_CAME_MEANWHILE).values(skipped), execution_options=_QUIET)
    session.execute(all_held.values(state=DeliveryState.WAITING), execution_options=_QUIET)
    if hook.policy.batch_size > 1:
        # What came meanwhile may have filled a batch.
        sizes = {hook.id: hook.policy.batch_size}
        wake_full_batches(session, sizes, session.scalar(select(utcnow())))


def held_count(hook_id: str) -> int:
    """How many held deliveries are sent or skipped, as asked, when the hook is switched on."""
    held = (Delivery.hook_id == hook_id, Delivery.state == DeliveryState.HELD)
    return db.session.scalar(select(func.count()).where(*held, _CAME_MEANWHILE))


_CAME_MEANWHILE = or_(Delivery.due_at <= utcnow(), Delivery.attempt_count == 0)


def disable(
    session: Session, hook_id: str, reason: str, now: datetime, url: str | None = None
) -> bool:
    """Switch a hook off for ``reason`` ("gone" or "failing"); what it is owed is held.

    With ``url`` only if that is still its address. Returns whether it was on; then its account is
    told, and there is :class:`portal.pipeline.news.News` to announce after the commit.
    """
    switched = session.execute(
        update(Hook)
        .where(Hook.id == hook_id, Hook.enabled, Hook.url == url if url else true())
        .values(enabled=False, disabled_reason=reason, disabled_at=now),
        execution_options=_QUIET,
    )
    if switched.rowcount:
        hold(session, hook_id)
        notify_of_hook(session, hook_id, NoticeKind.HOOK_DISABLED, {"reason": reason})
        hook = session.get_one(Hook, hook_id)
        actor, after = Actor.portal(hook.account_id), {"disabled_reason": reason}
        note(session, actor, Action.HOOK_SWITCHED_OFF, hook_id, hook.name, after=after)
    return bool(switched.rowcount)
