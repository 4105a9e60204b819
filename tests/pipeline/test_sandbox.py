"""The sandbox: a newcomer sees a delivery arrive."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from portal.domain.envelope import headers_of, message_id_of
from portal.extensions import db
from portal.models import Account, Delivery, Hook, HookSecret, Sandbox, SandboxArrival, now
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
from portal.pipeline.secrets import rotate_secret
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
    switch_hook(hook.id, False, actor=factories.make_actor())
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


def deliver_to(token: str, drain: Callable[[], int], **hook: Any) -> Hook:
    """A hook to a sandbox, after one delivery of it."""
    made = factories.make_hook(sandbox_url(token), **hook)
    factories.make_delivery(made)
    assert drain() == 1
    return made


def test_each_arrival_is_judged_by_the_hook_that_sent_it(
    app: Flask, account: Account, served: str, drain: Callable[[], int]
) -> None:
    token = open_sandbox(account.id)
    hooks = [
        deliver_to(token, drain),
        deliver_to(token, drain, secret="whsec_YW5vdGhlciBzZWNyZXQgb2YgMjQgYnl0ZXM="),
        deliver_to(token, drain, signature="ed25519"),
        deliver_to(token, drain, policy="ordered"),
        deliver_to(token, drain, policy="large_batch", event_types=["order.status"]),
    ]
    known = [(one.hook_id, one.signature) for one in arrivals(token)]
    assert known == [(hook.id, "holds") for hook in hooks]
    deliveries = [one.delivery_id for one in arrivals(token)]
    assert all(deliveries[:4])


def test_during_a_rotation_either_secret_will_do_and_afterwards_only_one(
    app: Flask, account: Account
) -> None:
    token = open_sandbox(account.id)
    hook = factories.make_hook(sandbox_url(token))
    new = rotate_secret(hook.id, 1, actor=factories.make_actor())
    for secret in (factories.SECRET, new):
        receive(token, signed(secret), b"{}")
    db.session.query(HookSecret).filter(HookSecret.expires_at.is_not(None)).update(
        {"expires_at": now() - timedelta(seconds=1)}
    )
    db.session.commit()
    receive(token, signed(factories.SECRET), b"{}")
    seen = [one.signature for one in arrivals(token)]
    assert seen == ["holds_by_older", "holds", "expired_secret"]


def test_a_message_id_of_another_account_says_nothing(
    app: Flask, account: Account, other_account: Account
) -> None:
    token = open_sandbox(account.id)
    theirs = factories.make_delivery(factories.make_hook(account=other_account))
    receive(token, [["webhook-id", message_id_of(theirs.id)]], b"{}")
    (arrival,) = arrivals(token)
    assert (arrival.hook_id, arrival.delivery_id, arrival.signature) == (None, None, None)


def test_a_body_that_is_kept_in_part_is_judged_as_a_whole(app: Flask, account: Account) -> None:
    token = open_sandbox(account.id)
    factories.make_hook(sandbox_url(token))
    body = b"\x00" + b"x" * MAX_ARRIVAL_BYTES
    receive(token, signed(factories.SECRET, body), body)
    assert [one.signature for one in arrivals(token)] == ["holds"]


def signed(secret: str, body: bytes = b"{}") -> list[list[str]]:
    """Headers by which somebody with ``secret`` signs ``body`` now."""
    return [list(pair) for pair in headers_of("msg_1", body, [secret], {}, now())]


def test_a_sandbox_to_which_somebodys_hook_points_stays(app: Flask, account: Account) -> None:
    token = open_sandbox(account.id)
    factories.make_hook(sandbox_url(token), name="فواتير")
    receive(token, [], b"{}")
    assert close_old(now() + timedelta(hours=25)) == 0
    assert db.session.query(Sandbox).count() == 1
    assert arrivals(token) == []
    assert db.session.query(Hook).one().deleted_at is None
