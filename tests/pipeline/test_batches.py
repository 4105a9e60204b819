"""Batches under stress: many of them, failing, too large, overdue, and asked for again."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from flask import Flask

from portal.extensions import db
from portal.models import Delivery, Policy, Stream, now
from portal.pipeline.catalogue import edit_policy, policy_draft
from portal.pipeline.holding import held_count
from portal.pipeline.hooks import switch_hook
from portal.pipeline.redeliver import resend
from tests import factories
from tests.pipeline.test_policies import happen, hook_with, make_ready, numbers
from tests.receiver import Answer, Receiver

Drain = Callable[[], int]


def messages(receiver: Receiver) -> dict[str, set[tuple[int, ...]]]:
    """What arrived under each message id."""
    found: dict[str, set[tuple[int, ...]]] = {}
    for one, batch in zip(receiver.arrivals, numbers(receiver), strict=True):
        found.setdefault(one.headers["webhook-id"], set()).add(tuple(batch))
    return found


def test_many_failed_batches_are_tried_again_each_as_it_was(
    app: Flask, receiver: Receiver, drain: Drain
) -> None:
    hook_with(receiver, batch_size=100, batch_wait_seconds=300, in_flight=2)
    receiver.answer(*[500] * 9, 200)
    happen(950)
    for _ in range(4):
        drain()
        make_ready()
    assert {len(bodies) for bodies in messages(receiver).values()} == {1}
    assert db.session.query(Delivery).filter_by(state="delivered").count() == 950


def test_retries_that_are_not_due_hold_up_no_fresh_batch(
    app: Flask, receiver: Receiver, drain: Drain
) -> None:
    hook_with(receiver, batch_size=100, batch_wait_seconds=300, retry_delays=(0, 600), in_flight=8)
    receiver.answer(*[500] * 6, 200)
    happen(600)
    drain()
    happen(100, first=600)
    make_stream_ready()
    drain()
    assert numbers(receiver)[-1] == list(range(600, 700))


def make_stream_ready() -> None:
    """Let the stream flow, and its deliveries wait for their time."""
    db.session.query(Stream).update({"ready_at": None, "resting": False})
    db.session.commit()


def test_one_that_is_too_large_is_no_failure_and_the_next_are_smaller(
    app: Flask, receiver: Receiver, drain: Drain
) -> None:
    hook = hook_with(receiver, batch_size=16, batch_wait_seconds=0)
    receiver.answer(lambda one: Answer(413 if len(one.json["data"]) > 2 else 200))
    happen(64)
    drain()
    assert db.session.query(Delivery).filter_by(state="delivered").count() == 64
    stream = db.session.get_one(Stream, hook.id)
    assert (stream.resting, stream.consecutive_failures) == (False, 0)


def test_what_is_overdue_leaves_its_batch_and_the_rest_is_another_message(
    app: Flask, receiver: Receiver, drain: Drain
) -> None:
    hook_with(receiver, batch_size=3, batch_wait_seconds=300, expires_after_seconds=60)
    receiver.answer(500, 200)
    happen(3)
    drain()
    make_ready()
    oldest = db.session.query(Delivery).order_by(Delivery.id).first()
    oldest.created_at = now() - timedelta(seconds=61)
    db.session.commit()
    drain()
    assert numbers(receiver) == [[0, 1, 2], [1, 2]]
    assert len(messages(receiver)) == 2
    db.session.refresh(oldest)
    assert (oldest.state, oldest.last_error) == ("undelivered", "expired")


def test_one_of_a_finished_batch_is_sent_again_as_another_message(
    app: Flask, receiver: Receiver, drain: Drain
) -> None:
    hook_with(receiver, batch_size=2, batch_wait_seconds=300)
    happen(2)
    drain()
    resend(db.session.query(Delivery).first().id, factories.make_actor())
    drain()
    assert numbers(receiver) == [[0, 1], [0]]
    assert len(messages(receiver)) == 2


def test_one_of_a_batch_that_is_still_owed_takes_the_whole_batch_with_it(
    app: Flask, receiver: Receiver, drain: Drain
) -> None:
    hook_with(receiver, batch_size=2, batch_wait_seconds=300, retry_delays=(0, 600))
    receiver.answer(500, 200)
    happen(2)
    drain()
    resend(db.session.query(Delivery).first().id, factories.make_actor())
    drain()
    assert numbers(receiver) == [[0, 1], [0, 1]]
    assert len(messages(receiver)) == 1


def test_all_of_a_backlog_arrive_once_the_endpoint_answers_again(
    app: Flask, receiver: Receiver, drain: Drain
) -> None:
    hook_with(receiver, batch_size=2, batch_wait_seconds=300, in_flight=1)
    receiver.answer(500)
    happen(60)
    drain()
    receiver.answer(200)
    make_ready()
    drain()
    assert db.session.query(Delivery).filter_by(state="delivered").count() == 60


def test_what_filled_a_batch_while_the_hook_was_off_goes_at_once(
    app: Flask, receiver: Receiver, drain: Drain
) -> None:
    hook = hook_with(receiver, batch_size=3, batch_wait_seconds=300)
    switch_hook(hook.id, enabled=False, actor=factories.make_actor())
    happen(3)
    switch_hook(hook.id, enabled=True, actor=factories.make_actor())
    drain()
    assert numbers(receiver) == [[0, 1, 2]]


def test_skipping_leaves_nothing_of_what_came_while_the_hook_was_off(
    app: Flask, receiver: Receiver, drain: Drain
) -> None:
    hook = hook_with(receiver, batch_size=10, batch_wait_seconds=300)
    switch_hook(hook.id, enabled=False, actor=factories.make_actor())
    happen(3)
    assert held_count(hook.id) == 3
    switch_hook(hook.id, enabled=True, held="skip", actor=factories.make_actor())
    factories.let_time_pass()
    assert drain() == 0
    assert db.session.query(Delivery).filter_by(state="skipped").count() == 3


def test_a_policy_with_smaller_batches_sends_what_fills_one(
    app: Flask, receiver: Receiver, drain: Drain
) -> None:
    hook = hook_with(receiver, batch_size=10, batch_wait_seconds=300)
    happen(3)
    assert drain() == 0
    policy = db.session.get_one(Policy, hook.policy_id)
    edit_policy(policy.slug, replace(policy_draft(policy), batch_size=3), factories.make_actor())
    drain()
    assert numbers(receiver) == [[0, 1, 2]]
