"""An example event to one hook, and what came of it."""

import time
from datetime import timedelta

from sqlalchemy import exists, or_, select, update

from portal.domain.actor import Actor
from portal.domain.audit import Action
from portal.domain.events import EventDraft
from portal.domain.examples import ExampleDraft, Way, obstacle
from portal.domain.problems import Conflict, Problem, Refused
from portal.domain.states import DeliveryState
from portal.extensions import db
from portal.models import Delivery, EventType, Hook, Stream, utcnow
from portal.models.delivery import IS_OPEN, IS_RETRY
from portal.models.matching import carried
from portal.pipeline.audit import note_alone
from portal.pipeline.publish import Published, publish
from portal.pipeline.transactions import reading, writing

LOOK_EVERY = 0.05
# Beyond the endpoint's own timeout: for the worker to hear of it and to write it down.
GRACE_SECONDS = 5

ANY = ExampleDraft()


def send_example(hook_id: str, actor: Actor, wanted: ExampleDraft = ANY) -> str:
    """Publish an example to a hook alone, wait for the attempt, and return its delivery's id.

    It goes the way of every event and stands in the log, but it is tried once. Raises
    :class:`Refused`, and :class:`Conflict` at once with why nothing would go out now (see
    :func:`portal.domain.examples.obstacle`), or ``not_sent_yet`` when its turn did not come in
    time: then it is cancelled.
    """
    hook = db.session.get_one(Hook, hook_id)
    draft = _draft(hook, wanted)
    patience = hook.policy.timeout_seconds + GRACE_SECONDS
    _refuse_to_wait(hook, timedelta(seconds=patience))
    (answer,) = publish(actor.account_id, [draft], only_hook=hook_id)
    note_alone(actor, Action.HOOK_TESTED, hook_id, hook.name)
    if not isinstance(answer, Published) or not answer.deliveries:
        raise Conflict("not_sent_yet")
    delivery_id = _owed(answer.id)
    if not _is_tried(delivery_id, patience):
        _withdraw(delivery_id)
        raise Conflict("not_sent_yet")
    return delivery_id


def example_of(account_id: str, event_type: str) -> str:
    """The data that the catalogue has for a type, as JSON text."""
    example = db.session.scalars(
        select(EventType.example)
        .where(
            EventType.key == event_type,
            or_(EventType.account_id.is_(None), EventType.account_id == account_id),
        )
        .order_by(EventType.account_id.is_(None))
    ).first()
    return example or "{}"


def _draft(hook: Hook, wanted: ExampleDraft) -> EventDraft:
    kind = wanted.event_type or hook.event_types[0]
    if kind not in hook.event_types:
        raise Refused(Problem("/event_type", "not_of_hook", {"key": kind}))
    return EventDraft(kind, wanted.data or example_of(hook.account_id, kind))


def _refuse_to_wait(hook: Hook, patience: timedelta) -> None:
    failed = exists().where(Delivery.hook_id == hook.id, IS_RETRY)
    way = Way(
        enabled=hook.enabled,
        resting=hook.stream.resting,
        is_blocked=hook.policy.ordered and bool(db.session.scalar(select(failed))),
        ready_at=hook.stream.ready_at,
    )
    code = obstacle(way, db.session.scalar(select(utcnow())), patience)
    if code:
        raise Conflict(code)


def _owed(event_id: str) -> str:
    return db.session.scalars(select(Delivery.id).where(Delivery.event_id == event_id)).one()


def _is_tried(delivery_id: str, seconds: float) -> bool:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        with reading() as session:
            if session.scalar(select(exists().where(carried(delivery_id)))):
                return True
        time.sleep(LOOK_EVERY)
    return False


def _withdraw(delivery_id: str) -> None:
    """Cancel an example that nobody waits for any more, unless a worker may be at it now."""
    served = exists().where(Stream.hook_id == Delivery.hook_id, Stream.lease_until > utcnow())
    unsent = (DeliveryState.WAITING, DeliveryState.HELD)
    with writing() as session:
        session.execute(
            update(Delivery)
            .where(Delivery.id == delivery_id, Delivery.state.in_(unsent), IS_OPEN)
            .where(Delivery.attempt_count == 0, ~served)
            .values(state=DeliveryState.CANCELLED, last_error="cancelled", finished_at=utcnow()),
            execution_options={"synchronize_session": False},
        )
