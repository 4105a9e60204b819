"""Redeliver: a person asks for a delivery to be sent once more."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import queue
from portal.domain.actor import Actor
from portal.domain.audit import Action
from portal.domain.problems import Conflict
from portal.domain.states import FINISHED, DeliveryState
from portal.models import Delivery, Hook, utcnow
from portal.models.delivery import IS_OPEN
from portal.pipeline import streams
from portal.pipeline.audit import note
from portal.pipeline.transactions import writing


def resend(delivery_id: str, actor: Actor) -> Delivery:
    """Make a delivery due at once, with the schedule started anew and under the same message id.

    A batch that is still owed is sent again as a whole. For a hook that is off it is held until
    the hook is on. Raises :class:`Conflict`: ``hook_deleted``, or ``being_sent`` while a worker
    is at it.
    """
    with writing() as session:
        hook_id = session.get_one(Delivery, delivery_id).hook_id
        # Whoever switches or deletes the hook right now is waited for; the hook comes before its
        # deliveries everywhere, so that nobody waits for one who waits for them.
        hook = session.get_one(Hook, hook_id, with_for_update={"read": True, "of": Hook})
        delivery = session.get_one(Delivery, delivery_id, with_for_update=True)
        if hook.deleted_at is not None:
            raise Conflict("hook_deleted")
        now = session.scalar(select(utcnow()))
        is_due = delivery.state == DeliveryState.WAITING and delivery.due_at <= now
        if is_due and hook.stream.is_served(now):
            raise Conflict("being_sent")
        if hook.policy.ordered:
            streams.let_flow(session, [hook.id])
        for one in _message_of(session, delivery, hook):
            one.state = DeliveryState.WAITING if hook.enabled else DeliveryState.HELD
            one.due_at = one.resent_at = now
            one.retry_step = one.unpaid_waits = 0
            one.finished_at = None
            one.asked_by = actor.name
        note(session, actor, Action.DELIVERY_RESENT, delivery.id, hook.name)
    queue.ring()
    return delivery


def _message_of(session: Session, delivery: Delivery, hook: Hook) -> list[Delivery]:
    """What goes out again with ``delivery``: a batch that is still owed is one message."""
    if hook.policy.batch_size == 1:
        return [delivery]
    if delivery.state in FINISHED:
        # Receivers know the batch that it was in: whoever had that would drop this.
        delivery.message_id = None
    if delivery.message_id is None:
        return [delivery]
    rest = select(Delivery).where(
        Delivery.hook_id == hook.id,
        Delivery.message_id == delivery.message_id,
        Delivery.state == delivery.state,
        IS_OPEN,
    )
    return list(session.scalars(rest.order_by(Delivery.id).with_for_update()))
