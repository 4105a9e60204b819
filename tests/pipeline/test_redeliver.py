"""Redelivering: a person asks for a delivery to be sent once more."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event as Signal

import pytest
from flask import Flask

from portal.domain.problems import Conflict
from portal.domain.states import Role
from portal.extensions import db
from portal.models import Attempt, Delivery, now
from portal.pipeline.deliver import drain as drain_once
from portal.pipeline.hooks import delete_hook, switch_hook
from portal.pipeline.redeliver import resend
from tests import factories
from tests.pipeline.racing import at_once, crossing, while_uncommitted
from tests.receiver import Answer, Receiver

Drain = Callable[[], int]

STATES = ["waiting", "held", "delivered", "undelivered", "skipped", "cancelled"]


def test_whatever_its_state_it_is_sent_at_once_with_the_schedule_anew(
    app: Flask, receiver: Receiver, drain: Drain
) -> None:
    receiver.answer(500)
    deliveries = [_once(receiver, state) for state in STATES]
    for delivery in deliveries:
        resend(delivery.id, factories.make_actor(role=Role.SUPPORT))
        assert (delivery.state, delivery.retry_step, delivery.unpaid_waits) == ("waiting", 0, 0)
        assert (delivery.asked_by, delivery.finished_at) == ("tests@nour.example", None)
    assert (drain(), drain()) == (len(STATES), 0)
    for delivery in deliveries:
        assert (delivery.state, delivery.attempt_count, delivery.retry_step) == ("waiting", 10, 1)
    receiver.answer(200)
    factories.let_time_pass()
    assert drain() == len(STATES)
    assert {delivery.state for delivery in deliveries} == {"delivered"}
    ids = sorted(one.headers["webhook-id"] for one in receiver.arrivals)
    assert ids == sorted([delivery.message_id for delivery in deliveries] * 2)


def _once(receiver: Receiver, state: str) -> Delivery:
    """A delivery that has been through a lot and came to ``state``."""
    return factories.make_delivery(
        factories.make_hook(receiver.url),
        state=state,
        due_at=now() + timedelta(hours=5),
        finished_at=now() if state not in ("waiting", "held") else None,
        attempt_count=9,
        retry_step=9,
        unpaid_waits=10,
        message_id=f"msg_{state}",
    )


def test_who_asked_stands_on_that_attempt_alone(
    app: Flask, receiver: Receiver, drain: Drain
) -> None:
    receiver.answer(500)
    delivery = factories.make_delivery(factories.make_hook(receiver.url))
    drain()
    resend(delivery.id, factories.make_actor())
    drain()
    factories.let_time_pass()
    drain()
    attempts = db.session.query(Attempt).order_by(Attempt.id).all()
    assert [one.asked_by for one in attempts] == [None, "tests@nour.example", None]
    assert delivery.asked_by is None


def test_for_a_hook_that_is_off_it_is_held_until_the_hook_is_on(
    app: Flask, receiver: Receiver, drain: Drain
) -> None:
    hook = factories.make_hook(receiver.url)
    delivery = factories.make_delivery(hook, state="undelivered", finished_at=now())
    switch_hook(hook.id, False, actor=factories.make_actor())
    resend(delivery.id, factories.make_actor())
    assert delivery.state == "held"
    assert drain() == 0
    switch_hook(hook.id, True, actor=factories.make_actor())
    assert drain() == 1
    assert delivery.state == "delivered"
    assert db.session.query(Attempt).one().asked_by == "tests@nour.example"


def test_for_a_deleted_hook_it_is_a_conflict(app: Flask) -> None:
    hook = factories.make_hook()
    delivery = factories.make_delivery(hook)
    delete_hook(hook.id, actor=factories.make_actor())
    with pytest.raises(Conflict, match="hook_deleted"):
        resend(delivery.id, factories.make_actor())
    assert delivery.state == "cancelled"


def test_while_it_is_being_sent_it_is_a_conflict(app: Flask, receiver: Receiver) -> None:
    hold = Signal()
    receiver.answer(Answer(hold=hold))
    delivery = factories.make_delivery(factories.make_hook(receiver.url))
    actor = factories.make_actor()
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(_drain_in, app)
        receiver.wait_for(1)
        with pytest.raises(Conflict, match="being_sent"):
            resend(delivery.id, actor)
        hold.set()
        assert running.result(10) == 1
    db.session.rollback()
    assert delivery.state == "delivered"
    resend(delivery.id, actor)
    assert delivery.state == "waiting"


def _drain_in(app: Flask) -> int:
    with app.app_context():
        return drain_once(lambda: False, lambda: None)


def test_two_who_ask_at_once_get_one_more_attempt(
    app: Flask, receiver: Receiver, drain: Drain
) -> None:
    delivery = factories.make_delivery(factories.make_hook(receiver.url), state="undelivered")
    delivery_id, actor = delivery.id, factories.make_actor()
    at_once(app, *[lambda: resend(delivery_id, actor).id] * 2)
    assert (drain(), drain()) == (1, 0)


@crossing
def test_nothing_is_held_when_the_hook_is_just_being_switched_on(app: Flask) -> None:
    hook = factories.make_hook()
    delivery = factories.make_delivery(hook, state="undelivered")
    hook_id, delivery_id, actor = hook.id, delivery.id, factories.make_actor()
    switch_hook(hook_id, False, actor=factories.make_actor())
    while_uncommitted(
        app,
        lambda: switch_hook(hook_id, True, actor=factories.make_actor()).id,
        lambda: resend(delivery_id, actor).id,
    )
    assert [row.state for row in db.session.query(Delivery)] == ["waiting"]


@crossing
def test_nothing_is_owed_when_the_hook_is_just_being_deleted(app: Flask) -> None:
    hook = factories.make_hook()
    delivery = factories.make_delivery(hook, state="undelivered")
    hook_id, delivery_id, actor = hook.id, delivery.id, factories.make_actor()

    def ask() -> None:
        with pytest.raises(Conflict, match="hook_deleted"):
            resend(delivery_id, actor)

    while_uncommitted(app, lambda: delete_hook(hook_id, actor=factories.make_actor()), ask)
    assert [row.state for row in db.session.query(Delivery)] == ["undelivered"]
