"""How hooks are driven: batches, order, pace, expiry, and the breaker that lets them rest."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from flask import Flask

from portal.domain.events import EventDraft
from portal.domain.masking import Masks, Veil
from portal.domain.policies import PolicyDraft
from portal.extensions import db
from portal.models import Attempt, Delivery, Event, Hook, Policy, Stream, now
from portal.pipeline.catalogue import create_policy
from portal.pipeline.hooks import draft_of, edit_hook
from portal.pipeline.publish import publish
from portal.pipeline.redeliver import resend
from portal.queries.bodies import sent_body
from tests import factories
from tests.receiver import Answer, Arrival, Receiver

Drain = Callable[[], int]
TYPE = "message.received"


def hook_with(receiver: Receiver, **draft: Any) -> Hook:
    """A hook to ``receiver`` with a policy of its own."""
    policy = create_policy(PolicyDraft(name="سياسة", **draft), factories.make_actor())
    return factories.make_hook(receiver.url, policy=policy.slug)


def happen(count: int, first: int = 0) -> None:
    """Publish ``count`` events that say their number."""
    drafts = [EventDraft(TYPE, f'{{"n": {first + number}}}') for number in range(count)]
    publish(factories.make_account().id, drafts)


def numbers(receiver: Receiver) -> list[list[int]]:
    """The numbers of the events in each batch that arrived."""
    return [[item["data"]["n"] for item in one.json["data"]] for one in receiver.arrivals]


def make_ready() -> None:
    """Let every stream flow at once, whatever it was waiting for."""
    db.session.rollback()
    db.session.query(Stream).update({"ready_at": None})
    db.session.commit()
    factories.let_time_pass()


def test_a_full_batch_goes_at_once_in_one_post_in_the_order_of_the_events(
    app: Flask, receiver: Receiver, drain: Drain
) -> None:
    hook_with(receiver, batch_size=10, batch_wait_seconds=300)
    happen(25)
    assert drain() == 2
    assert sorted(numbers(receiver)) == [list(range(10)), list(range(10, 20))]
    first = receiver.arrivals[0].json
    assert first["type"] == "batch"
    assert set(first["data"][0]) == {"id", "type", "timestamp", "data"}
    (attempt, _) = db.session.query(Attempt).order_by(Attempt.id).all()
    assert attempt.deliveries == 10


def test_what_does_not_fill_a_batch_goes_when_its_oldest_has_waited_long_enough(
    app: Flask, receiver: Receiver, drain: Drain
) -> None:
    hook_with(receiver, batch_size=10, batch_wait_seconds=300)
    happen(3)
    assert drain() == 0
    factories.let_time_pass()
    assert drain() == 1
    assert numbers(receiver) == [[0, 1, 2]]


def test_a_batch_is_tried_again_as_a_whole_under_the_same_id(
    app: Flask, receiver: Receiver, drain: Drain
) -> None:
    hook_with(receiver, batch_size=3, batch_wait_seconds=300)
    receiver.answer(500, 200)
    happen(3)
    drain()
    happen(1, first=3)
    db.session.query(Delivery).filter(Delivery.attempt_count > 0).update(
        {"due_at": now() - timedelta(seconds=1)}
    )
    db.session.commit()
    drain()
    assert numbers(receiver) == [[0, 1, 2], [0, 1, 2]]
    assert len({one.headers["webhook-id"] for one in receiver.arrivals}) == 1
    assert len({one.body for one in receiver.arrivals}) == 1


def test_a_batch_that_is_too_large_goes_on_in_halves_with_new_ids(
    app: Flask, receiver: Receiver, drain: Drain
) -> None:
    hook_with(receiver, batch_size=4, batch_wait_seconds=300)
    receiver.answer(413, 200)
    happen(4)
    drain()
    make_ready()
    drain()
    assert numbers(receiver)[0] == [0, 1, 2, 3]
    assert sorted(numbers(receiver)[1:]) == [[0, 1], [2, 3]]
    assert len({one.headers["webhook-id"] for one in receiver.arrivals}) == 3
    assert {one.state for one in db.session.query(Delivery)} == {"delivered"}


def test_the_log_shows_the_body_of_a_batch_as_it_went_out(
    app: Flask, receiver: Receiver, drain: Drain
) -> None:
    hook_with(receiver, batch_size=3, batch_wait_seconds=0)
    happen(4)
    factories.let_time_pass()
    drain()
    bodies = {one.headers["webhook-id"]: one.body.decode() for one in receiver.arrivals}
    assert len(bodies) == 2
    for attempt in db.session.query(Attempt):
        event = db.session.query(Event).first()
        assert sent_body(attempt, event, Veil(Masks())) == bodies[attempt.message_id]


def test_deliveries_of_an_old_batch_travel_under_ids_of_their_own(
    app: Flask, receiver: Receiver, drain: Drain
) -> None:
    hook = hook_with(receiver, batch_size=2, batch_wait_seconds=0)
    receiver.answer(500, 200)
    happen(2)
    drain()
    simple = db.session.query(Policy).filter_by(slug="simple").one()
    db.session.get_one(Hook, hook.id).policy_id = simple.id
    db.session.commit()
    make_ready()
    drain()
    assert len({one.headers["webhook-id"] for one in receiver.arrivals}) == 3


def test_an_ordered_hook_gets_nothing_past_an_event_that_is_not_through(
    app: Flask, receiver: Receiver, drain: Drain
) -> None:
    hook_with(receiver, ordered=True, retry_delays=(0, 60, 60))
    receiver.answer(200, 500, 200)
    happen(4)
    drain()
    assert [one.json["data"]["n"] for one in receiver.arrivals] == [0, 1]
    assert drain() == 0
    make_ready()
    drain()
    assert [one.json["data"]["n"] for one in receiver.arrivals] == [0, 1, 1, 2, 3]


def test_an_ordered_hook_goes_on_when_the_head_has_used_up_its_attempts(
    app: Flask, receiver: Receiver, drain: Drain
) -> None:
    hook_with(receiver, ordered=True, retry_delays=(0,))
    receiver.answer(500, 200)
    happen(2)
    drain()
    make_ready()
    drain()
    states = [one.state for one in db.session.query(Delivery).order_by(Delivery.id)]
    assert states == ["undelivered", "delivered"]


def test_a_pace_delays_and_never_drops(app: Flask, receiver: Receiver, drain: Drain) -> None:
    hook_with(receiver, per_minute=600)
    happen(5)
    assert drain() == 5
    times = [one.at for one in receiver.arrivals]
    # A tenth of a second apart; on a busy machine one arrives late, but the last not early.
    assert times[-1] - times[0] > 0.35


def test_a_delivery_that_waited_too_long_is_not_sent(
    app: Flask, receiver: Receiver, drain: Drain
) -> None:
    hook = hook_with(receiver, expires_after_seconds=60)
    old = factories.make_delivery(hook, created_at=now() - timedelta(seconds=61))
    drain()
    db.session.refresh(old)
    assert (old.state, old.last_error, receiver.arrivals) == ("undelivered", "expired", [])


def test_what_becomes_overdue_while_it_waits_for_its_pace_is_not_sent(
    app: Flask, receiver: Receiver, drain: Drain
) -> None:
    hook = hook_with(receiver, per_minute=60, expires_after_seconds=60)
    almost = now() - timedelta(seconds=59.5)
    for _ in range(3):
        factories.make_delivery(hook, created_at=almost)
    drain()
    db.session.rollback()
    states = [one.state for one in db.session.query(Delivery).order_by(Delivery.id)]
    assert states == ["delivered", "undelivered", "undelivered"]
    assert len(receiver.arrivals) == 1


def test_what_is_sent_again_by_a_person_has_its_whole_time_anew(
    app: Flask, receiver: Receiver, drain: Drain
) -> None:
    hook = hook_with(receiver, expires_after_seconds=60, retry_delays=(0, 30))
    old = factories.make_delivery(hook, created_at=now() - timedelta(seconds=61))
    drain()
    receiver.answer(500, 200)
    resend(old.id, factories.make_actor())
    drain()
    make_ready()
    drain()
    db.session.refresh(old)
    assert (old.state, len(receiver.arrivals)) == ("delivered", 2)


def test_what_was_made_ready_goes_to_the_address_of_now(
    app: Flask, receiver: Receiver, drain: Drain
) -> None:
    hook = hook_with(receiver, per_minute=60)
    new_url = receiver.url.replace("/hook", "/new")

    def move(_arrival: Arrival) -> Answer:
        with app.app_context():
            edit_hook(hook.id, replace(draft_of(hook), url=new_url), factories.make_actor())
        return Answer()

    receiver.answer(move, 200)
    happen(4)
    drain()
    paths = [one.path for one in receiver.arrivals]
    assert len(paths) == 4
    # What changes in a hook is seen within a second or so.
    assert paths[-2:] == ["/new", "/new"]


def test_an_endpoint_that_keeps_failing_rests_and_is_probed_with_one_request(
    app: Flask, receiver: Receiver, drain: Drain
) -> None:
    hook = factories.make_hook(receiver.url)
    receiver.answer(500)
    happen(40)
    drain()
    tried = len(receiver.arrivals)
    assert 10 <= tried < 40
    stream = db.session.get_one(Stream, hook.id)
    assert stream.resting
    assert timedelta(seconds=20) < stream.ready_at - now() < timedelta(seconds=31)

    make_ready()
    assert drain() == 1

    receiver.answer(200)
    make_ready()
    drain()
    db.session.rollback()
    assert not db.session.get_one(Stream, hook.id).resting
    waiting = db.session.query(Delivery).filter_by(state="delivered").count()
    assert waiting == 40
