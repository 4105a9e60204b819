"""Strict order: nothing overtakes what was accepted before it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from portal.extensions import db
from portal.models import Delivery, Hook, Stream, now
from portal.pipeline.catalogue import edit_policy, policy_draft
from portal.pipeline.hooks import draft_of, edit_hook
from portal.pipeline.redeliver import resend
from tests import factories
from tests.pipeline.test_policies import happen, hook_with, make_ready, numbers
from tests.receiver import Receiver

Drain = Callable[[], int]


def singles(receiver: Receiver) -> list[int]:
    """The numbers of the events, in the order in which they arrived."""
    return [one.json["data"]["n"] for one in receiver.arrivals]


def deliveries() -> list[Delivery]:
    db.session.rollback()
    return db.session.query(Delivery).order_by(Delivery.id).all()


@pytest.mark.parametrize("failures", [1, 3])
def test_a_head_that_is_tried_again_at_once_is_not_overtaken(
    app: Flask, receiver: Receiver, drain: Drain, failures: int
) -> None:
    hook_with(receiver, ordered=True, retry_delays=(0, 0, 0, 0))
    receiver.answer(*[500] * failures, 200)
    happen(30)
    for _ in range(failures + 1):
        drain()
    assert singles(receiver) == [0] * failures + list(range(30))


def test_a_batch_that_fails_is_not_overtaken_by_the_next(
    app: Flask, receiver: Receiver, drain: Drain
) -> None:
    hook_with(receiver, ordered=True, batch_size=2, batch_wait_seconds=0, retry_delays=(0, 60))
    receiver.answer(200, 500, 200)
    happen(6)
    drain()
    assert numbers(receiver) == [[0, 1], [2, 3]]
    assert drain() == 0
    make_ready()
    drain()
    assert numbers(receiver) == [[0, 1], [2, 3], [2, 3], [4, 5]]


def test_the_second_half_of_one_that_was_too_large_waits_for_the_first(
    app: Flask, receiver: Receiver, drain: Drain
) -> None:
    hook_with(receiver, ordered=True, batch_size=4, batch_wait_seconds=0, retry_delays=(0, 60))
    receiver.answer(413, 500, 200)
    happen(4)
    drain()
    make_ready()
    drain()
    make_ready()
    drain()
    assert numbers(receiver) == [[0, 1, 2, 3], [0, 1], [0, 1], [2, 3]]


def test_what_is_sent_again_keeps_to_its_order(
    app: Flask, receiver: Receiver, drain: Drain
) -> None:
    hook_with(receiver, ordered=True, retry_delays=(0, 60))
    happen(4)
    drain()
    receiver.answer(200, 500, 200)
    for delivery in deliveries():
        resend(delivery.id, factories.make_actor())
    drain()
    assert singles(receiver)[4:] == [0, 1]
    make_ready()
    drain()
    assert singles(receiver)[4:] == [0, 1, 1, 2, 3]


def test_a_head_that_a_person_sends_again_goes_at_once(
    app: Flask, receiver: Receiver, drain: Drain
) -> None:
    hook_with(receiver, ordered=True, retry_delays=(0, 7200))
    receiver.answer(500, 200)
    happen(2)
    drain()
    resend(deliveries()[0].id, factories.make_actor())
    drain()
    assert singles(receiver) == [0, 0, 1]


def test_a_hook_that_gets_another_policy_flows_at_once(
    app: Flask, receiver: Receiver, drain: Drain
) -> None:
    hook = hook_with(receiver, ordered=True, retry_delays=(0, 7200))
    receiver.answer(500, 200)
    happen(2)
    drain()
    edit_hook(hook.id, replace(draft_of(hook), policy="simple"), factories.make_actor())
    drain()
    assert singles(receiver) == [0, 1]


def test_a_policy_that_is_no_longer_ordered_lets_its_hooks_flow(
    app: Flask, receiver: Receiver, drain: Drain
) -> None:
    hook = hook_with(receiver, ordered=True, retry_delays=(0, 7200))
    receiver.answer(500, 200)
    happen(2)
    drain()
    policy = db.session.get_one(Hook, hook.id).policy
    edit_policy(policy.slug, replace(policy_draft(policy), ordered=False), factories.make_actor())
    drain()
    assert singles(receiver) == [0, 1]


def test_older_events_that_wait_longer_stay_before_newer_ones(
    app: Flask, receiver: Receiver, drain: Drain
) -> None:
    hook_with(receiver, ordered=True)
    happen(2)
    old, new = deliveries()
    old.due_at, new.due_at = now() + timedelta(seconds=60), now() - timedelta(seconds=1)
    old.created_at = now() - timedelta(seconds=5)
    db.session.commit()
    assert drain() == 0
    make_ready()
    drain()
    assert singles(receiver) == [0, 1]


def test_the_rest_of_a_failing_endpoint_is_not_cut_short_by_a_retry(
    app: Flask, receiver: Receiver, drain: Drain
) -> None:
    hook = hook_with(receiver, ordered=True, retry_delays=(0,) * 12)
    receiver.answer(500)
    happen(1)
    for _ in range(12):
        drain()
    stream = db.session.get_one(Stream, hook.id)
    assert stream.resting
    assert stream.ready_at > now() + timedelta(seconds=20)
