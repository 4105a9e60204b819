"""Trying another address for a hook with recent events, switching to it, and going back."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from standardwebhooks import Webhook

from portal.domain.envelope import message_id_of
from portal.domain.problems import Conflict, Refused
from portal.extensions import db
from portal.models import Attempt, Delivery, Hook
from portal.pipeline.hook_urls import mark_of, switch_back, switch_url
from portal.pipeline.hooks import draft_of, edit_hook, filter_hook
from portal.pipeline.redeliver import resend
from portal.pipeline.url_trials import try_url
from portal.queries.hook_views import view_of
from portal.queries.url_changes import blame_behind, blame_of
from tests import factories
from tests.receiver import Answer, Receiver

HEADERS = {"X-Key": "s3cret"}
Drain = Callable[[], int]


@pytest.fixture
def other(receiver: Receiver) -> str:
    """Another address of the receiver."""
    return f"{receiver.url}/new"


def sent_hook(receiver: Receiver, drain: Drain, count: int, **draft: object) -> Hook:
    """A hook that was sent ``count`` real events, and an example after them."""
    hook = factories.make_hook(receiver.url, headers=HEADERS, **draft)
    for number in range(count):
        event = factories.make_event(data=f'{{"number": {number}}}')
        factories.make_delivery(hook, event)
    factories.make_delivery(hook, example=True)
    drain()
    receiver.arrivals.clear()
    return hook


def test_recent_real_events_are_sent_to_the_new_address_and_compared(
    app: Flask, receiver: Receiver, drain: Drain, other: str
) -> None:
    hook = sent_hook(receiver, drain, 4)
    receiver.answer(204)
    attempts = db.session.query(Attempt).count()
    comparison = try_url(hook.id, other, 3)
    arrivals = receiver.wait_for(3)
    assert {arrival.path for arrival in arrivals} == {"/hook/new"}
    assert sorted(arrival.json["data"]["number"] for arrival in arrivals) == [1, 2, 3]
    for arrival in arrivals:
        Webhook(factories.SECRET).verify(arrival.body, dict(arrival.headers))
        assert arrival.headers["x-key"] == "s3cret"
        assert arrival.headers["webhook-trial"] == hook.id
    assert comparison.is_good
    assert [(one.old.status_code, one.new.status_code) for one in comparison.tried] == [
        (200, 204)
    ] * 3
    # Under ids of its own, and nothing of it is on record.
    known = {message_id_of(delivery.id) for delivery in db.session.query(Delivery)}
    assert not known & {arrival.headers["webhook-id"] for arrival in arrivals}
    assert db.session.query(Attempt).count() == attempts
    assert db.session.get_one(Hook, hook.id).url == receiver.url


def test_a_hook_that_takes_batches_is_tried_with_batches_of_one(
    app: Flask, receiver: Receiver, drain: Drain, other: str
) -> None:
    hook = sent_hook(receiver, drain, 2, policy="small_batch", signature="ed25519")
    assert try_url(hook.id, other, 2).arrived == 2
    for arrival in receiver.wait_for(2):
        assert (arrival.json["type"], len(arrival.json["data"])) == ("batch", 1)
        assert arrival.headers["webhook-signature"].startswith("v1a,")


def test_a_hook_that_was_sent_nothing_is_tried_with_examples(
    app: Flask, receiver: Receiver, other: str
) -> None:
    hook = factories.make_hook(receiver.url, event_types=["message.received", "order.status"])
    receiver.answer(500)
    (first, second) = try_url(hook.id, other, 10).tried
    assert (first.event_id, first.old, first.new.error) == (None, None, "http_500")
    assert second.event_type == "order.status"


def test_what_does_not_answer_is_told_by_its_failure(app: Flask, receiver: Receiver) -> None:
    hook = factories.make_hook(receiver.url)
    (one,) = try_url(hook.id, "http://127.0.0.1:9/", 1).tried
    assert (one.new.status_code, one.new.error) == (None, "connection_refused")


def test_no_connection_to_the_database_is_held_meanwhile(
    app: Flask, receiver: Receiver, other: str
) -> None:
    hook = factories.make_hook(receiver.url)
    held, pool = [], db.engine.pool
    receiver.answer(lambda _: held.append(pool.checkedout()) or Answer())
    db.session.rollback()
    try_url(hook.id, other, 1)
    assert held == [0]


@pytest.mark.parametrize(
    ("url", "count", "code"),
    [
        ("", 1, "required"),
        ("ftp://example.com/", 1, "blocked_scheme_or_port"),
        ("http://169.254.169.254/", 1, "blocked_private_address"),
        ("http://127.0.0.1:9/hook", 1, "same_url"),
        ("https://example.com/", 0, "bad_number"),
        ("https://example.com/", 11, "bad_number"),
        ("https://example.com/", "x", "bad_number"),
    ],
)
def test_an_address_that_a_hook_may_not_have_is_refused(
    app: Flask, url: str, count: int, code: str
) -> None:
    hook = factories.make_hook()
    with pytest.raises(Refused) as refused:
        try_url(hook.id, url, count)
    assert [problem.code for problem in refused.value.problems] == [code]


def test_a_switch_changes_the_address_alone_and_can_be_undone(
    app: Flask, receiver: Receiver, other: str
) -> None:
    actor = factories.make_actor()
    hook = factories.make_hook(receiver.url, headers=HEADERS, policy="ordered")
    filter_hook(hook.id, {"all": []}, actor=factories.make_actor())
    before = draft_of(db.session.get_one(Hook, hook.id))
    hook = switch_url(hook.id, other, mark_of(hook), actor)
    assert (hook.url, hook.previous_url, hook.url_changed_by) == (other, receiver.url, actor.name)
    hook = switch_back(hook.id, hook.url_changed_at.isoformat(), actor)
    assert draft_of(hook) == before
    assert hook.previous_url == other


def test_a_hook_that_was_changed_meanwhile_is_left_alone(
    app: Flask, receiver: Receiver, other: str
) -> None:
    actor, hook = factories.make_actor(), factories.make_hook(receiver.url)
    seen = mark_of(hook)
    filter_hook(hook.id, {"all": []}, actor=factories.make_actor())
    for act in (
        lambda: switch_url(hook.id, other, seen, actor),
        lambda: switch_back(hook.id, seen, actor),
    ):
        with pytest.raises(Conflict) as conflict:
            act()
        assert conflict.value.code == "hook_changed"
    with pytest.raises(Refused):
        switch_url(hook.id, "http://169.254.169.254/", mark_of(hook), actor)
    assert db.session.get_one(Hook, hook.id).url == receiver.url


def test_every_change_of_an_address_is_remembered(app: Flask, receiver: Receiver) -> None:
    actor, hook = factories.make_actor(), factories.make_hook(receiver.url)
    assert (hook.previous_url, hook.url_changed_at) == (None, None)
    edit_hook(hook.id, draft_of(hook), actor)
    assert db.session.get_one(Hook, hook.id).previous_url is None
    edit_hook(hook.id, replace(draft_of(hook), url="https://example.com/a"), actor)
    assert db.session.get_one(Hook, hook.id).previous_url == receiver.url


def test_failures_that_begin_with_a_change_say_so_and_resends_go_to_where_it_points_now(
    app: Flask, receiver: Receiver, drain: Drain, other: str
) -> None:
    hook = sent_hook(receiver, drain, 1, policy="ordered")
    (delivery, _) = db.session.query(Delivery).order_by(Delivery.id)
    assert (blame_of(hook), blame_behind(delivery)) == (None, None)
    switch_url(hook.id, other, mark_of(hook), factories.make_actor())
    receiver.answer(500)
    factories.make_delivery(hook)
    drain()
    db.session.rollback()
    blame = view_of(hook).url_blame
    assert (blame.hook_id, blame.seconds) == (hook.id, 0)
    *_, failed = db.session.query(Delivery).order_by(Delivery.id)
    assert blame_behind(failed) == blame
    assert blame_behind(delivery) is None
    switch_back(hook.id, blame.changed_at.isoformat(), factories.make_actor())
    db.session.rollback()
    assert blame_of(hook) is None
    receiver.answer(200)
    resend(failed.id, factories.make_actor())
    drain()
    assert receiver.arrivals[-1].path == "/hook"
