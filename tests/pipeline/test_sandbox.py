"""The sandbox: a newcomer sees a delivery arrive."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from portal.extensions import db
from portal.models import Account, Delivery, Hook, Sandbox, SandboxArrival, now
from portal.pipeline.hooks import switch_hook
from portal.pipeline.sandbox import (
    MAX_ARRIVAL_BYTES,
    MAX_ARRIVALS,
    close_old,
    open_sandbox,
    receive,
    sandbox_url,
    try_now,
)
from tests import factories


def arrivals(token: str) -> list[SandboxArrival]:
    db.session.rollback()
    query = db.session.query(SandboxArrival).filter_by(token=token)
    return query.order_by(SandboxArrival.id).all()


def test_a_sandbox_has_an_address_that_cannot_be_guessed(app: Flask, account: Account) -> None:
    one, other = open_sandbox(account.id), open_sandbox(account.id)
    assert one != other
    assert len(one) >= 22
    assert sandbox_url(one).endswith(f"/sandbox/{one}")


def test_what_arrives_is_kept(app: Flask, account: Account) -> None:
    token = open_sandbox(account.id)
    headers = [["Webhook-Id", "msg_1"], ["X-Odd", "caf\xe9"]]
    assert receive(token, headers, '{"نص":"مرحبا"}'.encode())
    (arrival,) = arrivals(token)
    assert (arrival.message_id, arrival.headers) == ("msg_1", headers)
    assert arrival.body == '{"نص":"مرحبا"}'


KEPT = {
    b"": "",
    b"a\x00\xff": "a\u2400\ufffd",
    b"x" * (MAX_ARRIVAL_BYTES + 1): "x" * MAX_ARRIVAL_BYTES,
}


def test_any_body_is_kept_as_far_as_it_goes(app: Flask, account: Account) -> None:
    token = open_sandbox(account.id)
    for body in KEPT:
        receive(token, [["webhook-id", "m" * 1000]], body)
    assert [arrival.body for arrival in arrivals(token)] == list(KEPT.values())
    assert {arrival.message_id for arrival in arrivals(token)} == {"m" * 64}


def test_an_unknown_address_keeps_nothing(app: Flask) -> None:
    assert not any(receive(token, [], b"{}") for token in ("", "no-such", "x" * 1000))
    assert db.session.query(SandboxArrival).count() == 0


def test_only_the_newest_arrivals_are_kept(app: Flask, account: Account) -> None:
    token, other = open_sandbox(account.id), open_sandbox(account.id)
    receive(other, [], b"other")
    db.session.add_all(
        SandboxArrival(token=token, headers=[], body=str(number)) for number in range(MAX_ARRIVALS)
    )
    db.session.commit()
    receive(token, [], b"newest")
    kept = [arrival.body for arrival in arrivals(token)]
    assert (len(kept), kept[0], kept[-1]) == (MAX_ARRIVALS, "1", "newest")
    assert len(arrivals(other)) == 1


def test_trying_makes_a_hook_and_owes_an_example_to_it_alone(app: Flask) -> None:
    actor, other = factories.make_actor(), factories.make_hook()
    token = try_now(actor)
    delivery = db.session.query(Delivery).one()
    hook = db.session.get_one(Hook, delivery.hook_id)
    assert (hook.url, hook.enabled) == (sandbox_url(token), True)
    assert hook.id != other.id
    assert delivery.event_type == "message.received"


@pytest.mark.settings(PORTAL_ALLOWED_NETWORKS="", PORTAL_ALLOWED_PORTS="443")
def test_the_example_arrives_without_any_exception_for_loopback(
    app: Flask, served: str, drain: Callable[[], int]
) -> None:
    token = try_now(factories.make_actor())
    assert drain() == 1
    (arrival,) = arrivals(token)
    assert "السلام" in arrival.body or "مرحبًا" in arrival.body
    assert db.session.query(Delivery).one().state == "delivered"


def test_trying_again_points_the_same_hook_at_a_new_sandbox(app: Flask) -> None:
    actor = factories.make_actor()
    first = try_now(actor)
    hook = db.session.query(Hook).one()
    switch_hook(hook.id, False)
    second = try_now(actor)
    assert first != second
    assert db.session.query(Hook).count() == 1
    db.session.expire_all()
    assert (hook.url, hook.enabled) == (sandbox_url(second), True)
    assert db.session.query(Delivery).count() == 2


def test_each_account_tries_by_itself(app: Flask, other_account: Account) -> None:
    try_now(factories.make_actor())
    try_now(factories.make_actor(other_account))
    assert db.session.query(Hook).count() == 2


def test_only_sandboxes_past_their_day_are_closed(app: Flask, account: Account) -> None:
    token = open_sandbox(account.id)
    assert close_old(now() + timedelta(hours=23)) == 0
    assert close_old(now() + timedelta(hours=25)) == 1
    assert db.session.query(Sandbox).count() == 0
    assert not receive(token, [], b"{}")


def test_a_hook_that_points_elsewhere_by_now_is_left_alone(app: Flask, account: Account) -> None:
    try_now(factories.make_actor())
    db.session.query(Hook).update({"url": "https://example.com/"})
    db.session.commit()
    close_old(now() + timedelta(hours=25))
    assert db.session.query(Hook).one().deleted_at is None
