"""An example event to one hook, and what came of it."""

import time

from sqlalchemy import or_, select
from sqlalchemy.orm import undefer

from portal.domain.actor import Actor
from portal.domain.events import EventDraft
from portal.domain.problems import Conflict
from portal.extensions import db
from portal.models import Attempt, Delivery, Event, EventType, Hook
from portal.models.matching import carried
from portal.pipeline.publish import Published, publish
from portal.pipeline.transactions import reading

LOOK_EVERY = 0.05
# Beyond the endpoint's own timeout: for the worker to hear of it and to write it down.
GRACE_SECONDS = 5


def send_example(hook_id: str, actor: Actor) -> tuple[Attempt, Event]:
    """Publish the example of the hook's first event type to that hook alone; wait for the attempt.

    It goes the way of every event and stands in the log. Raises :class:`Conflict`: ``hook_off``,
    or ``not_sent_yet`` when no worker came to it in time.
    """
    hook = db.session.get_one(Hook, hook_id)
    if not hook.enabled:
        raise Conflict("hook_off")
    patience = hook.policy.timeout_seconds + GRACE_SECONDS
    kind = hook.event_types[0]
    example = db.session.scalars(
        select(EventType.example)
        .where(
            EventType.key == kind,
            or_(EventType.account_id.is_(None), EventType.account_id == hook.account_id),
        )
        .order_by(EventType.account_id.is_(None))
    ).first()
    (answer,) = publish(actor.account_id, [EventDraft(kind, example or "{}")], only_hook=hook_id)
    if not isinstance(answer, Published):
        raise Conflict("not_sent_yet")
    owed = select(Delivery.id).where(Delivery.event_id == answer.id)
    return _wait_for_attempt(db.session.scalars(owed).one(), patience), _event(answer.id)


def _wait_for_attempt(delivery_id: str, seconds: float) -> Attempt:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        with reading() as session:
            attempt = session.scalars(
                select(Attempt)
                .where(carried(delivery_id))
                .options(
                    undefer(Attempt.request_headers),
                    undefer(Attempt.response_headers),
                    undefer(Attempt.response_body),
                )
            ).first()
            if attempt is not None:
                session.expunge(attempt)
                return attempt
        time.sleep(LOOK_EVERY)
    raise Conflict("not_sent_yet")


def _event(event_id: str) -> Event:
    return db.session.scalars(
        select(Event).where(Event.id == event_id).options(undefer(Event.data))
    ).one()
