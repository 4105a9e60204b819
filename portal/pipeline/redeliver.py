"""Redeliver: a person asks for a delivery to be sent once more."""

from sqlalchemy import select

from portal import queue
from portal.domain.actor import Actor
from portal.domain.problems import Conflict
from portal.domain.states import DeliveryState
from portal.models import Delivery, Hook, utcnow
from portal.pipeline.transactions import writing


def resend(delivery_id: str, actor: Actor) -> Delivery:
    """Make a delivery due at once, with the schedule started anew and under the same message id.

    For a hook that is off it is held until the hook is on. Raises :class:`Conflict`:
    ``hook_deleted``, or ``being_sent`` while a worker is at it.
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
        delivery.state = DeliveryState.WAITING if hook.enabled else DeliveryState.HELD
        delivery.due_at = now
        delivery.retry_step = delivery.unpaid_waits = 0
        delivery.finished_at = None
        delivery.asked_by = actor.name
    queue.ring()
    return delivery
