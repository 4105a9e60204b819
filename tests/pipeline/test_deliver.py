"""Delivering: what an endpoint receives, and what follows from its answer."""

import base64
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from threading import Event as Signal
from time import time
from typing import Any

import pytest
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from flask import Flask
from sqlalchemy import text
from standardwebhooks import Webhook

from portal.domain.policies import PolicyDraft
from portal.domain.vault import Vault
from portal.extensions import db, vault
from portal.models import Attempt, Delivery, HookRollup, HookSecret, Policy, now
from portal.pipeline.catalogue import create_policy
from portal.pipeline.deliver import drain as drain_once
from portal.pipeline.hooks import delete_hook, public_key_of, switch_hook
from tests import factories, servers
from tests.pipeline.racing import let_leases_end
from tests.receiver import Answer, Arrival, Receiver
from tests.waiting import until

Drain = Callable[[], int]
Background = Callable[..., Future[int]]

DATA = '{ "b":1.50,\n"a" : "\\u0645رحبا" , "c":[ ]}'
TWO_KIB = b"x" * 2048


def own_policy(**draft: Any) -> str:
    """The slug of a new policy of the account."""
    return create_policy(PolicyDraft(name="سياسة", **draft), factories.make_actor()).slug


def attempts() -> list[Attempt]:
    return db.session.query(Attempt).order_by(Attempt.id).all()


def wait_of(delivery: Delivery) -> float:
    """How many seconds after its last attempt the delivery is due."""
    return (delivery.due_at - delivery.last_at).total_seconds()


def at_paths(receiver: Receiver, answers: Sequence[Answer]) -> list[Delivery]:
    """One delivery for each of ``answers``, each to a hook and a path of its own."""
    receiver.answer(lambda arrival: answers[int(arrival.path[1:])])
    urls = [receiver.url.replace("/hook", f"/{number}") for number in range(len(answers))]
    return [factories.make_delivery(factories.make_hook(url)) for url in urls]


def verify(arrival: Arrival, secret: str = factories.SECRET) -> None:
    Webhook(secret).verify(arrival.body, dict(arrival.headers.items()))


@pytest.fixture
def background(app: Flask) -> Iterator[Background]:
    """Starts a drain beside the test; its arguments are those of drain."""

    def run(should_stop: Callable[[], bool], beat: Callable[[], None]) -> int:
        with app.app_context():
            return drain_once(should_stop, beat)

    with ThreadPoolExecutor(1) as pool:
        yield lambda should_stop=lambda: False, beat=lambda: None: pool.submit(
            run, should_stop, beat
        )


def test_an_event_arrives_once_signed_and_to_the_letter(receiver: Receiver, drain: Drain) -> None:
    moment = datetime(2026, 11, 23, 14, 5, 9, 987_654, tzinfo=UTC)
    event = factories.make_event(data=DATA, occurred_at=moment)
    delivery = factories.make_delivery(factories.make_hook(receiver.url), event)
    assert (drain(), drain()) == (1, 0)
    (arrival,) = receiver.arrivals
    verify(arrival)
    assert arrival.method == "POST"
    assert arrival.headers["content-type"] == "application/json"
    assert arrival.headers["user-agent"].startswith("Khuttaf/")
    assert arrival.headers["webhook-id"] == delivery.message_id
    assert abs(int(arrival.headers["webhook-timestamp"]) - time()) < 60
    assert (
        arrival.body
        == (
            '{"type":"message.received","timestamp":"2026-11-23T14:05:09.987Z","data":' + DATA + "}"
        ).encode()
    )


def test_what_was_delivered_stands_in_the_log(receiver: Receiver, drain: Drain) -> None:
    hook = factories.make_hook(receiver.url)
    delivery = factories.make_delivery(hook)
    receiver.answer(Answer(202, {"x-kind": "good"}, "نعم".encode()))
    drain()
    assert (delivery.state, delivery.attempt_count, delivery.last_error) == ("delivered", 1, None)
    assert delivery.last_status_code == 202
    assert delivery.finished_at >= delivery.last_at
    (attempt,) = attempts()
    assert (attempt.hook_id, attempt.url, attempt.policy) == (hook.id, receiver.url, "simple")
    assert (attempt.status_code, attempt.error, attempt.asked_by) == (202, None, None)
    assert (attempt.message_id, attempt.deliveries) == (delivery.message_id, 1)
    assert (attempt.response_body, attempt.truncated) == ("نعم", False)
    assert "good" in str(attempt.response_headers)
    assert attempt.duration_ms >= 0


def test_every_attempt_has_the_same_id_and_a_time_of_its_own(
    receiver: Receiver, drain: Drain
) -> None:
    receiver.answer(500, 200)
    factories.make_delivery(factories.make_hook(receiver.url))
    drain()
    second = int(time())
    until(lambda: int(time()) > second)
    factories.let_time_pass()
    assert drain() == 1
    first, last = receiver.arrivals
    assert first.headers["webhook-id"] == last.headers["webhook-id"]
    assert first.headers["webhook-timestamp"] < last.headers["webhook-timestamp"]
    assert first.body == last.body
    verify(first)
    verify(last)
    assert len({attempt.message_id for attempt in attempts()}) == 1


def test_messages_never_share_an_id(receiver: Receiver, drain: Drain) -> None:
    hooks = [factories.make_hook(receiver.url) for _ in range(3)]
    for hook in hooks * 4:
        factories.make_delivery(hook)
    assert drain() == 12
    assert len({arrival.headers["webhook-id"] for arrival in receiver.arrivals}) == 12


def test_the_schedule_of_the_policy_is_kept_to_its_end(receiver: Receiver, drain: Drain) -> None:
    receiver.answer(500)
    slug = own_policy(retry_delays=(0, 1000, 2000))
    delivery = factories.make_delivery(factories.make_hook(receiver.url, policy=slug))
    for attempt, (low, high) in enumerate([(800, 1200), (1600, 2400)], start=1):
        assert (drain(), drain()) == (1, 0)
        assert (delivery.state, delivery.attempt_count) == ("waiting", attempt)
        assert low <= wait_of(delivery) <= high + 1
        factories.let_time_pass()
    assert (drain(), drain()) == (1, 0)
    assert (delivery.state, delivery.attempt_count) == ("undelivered", 3)
    assert (delivery.last_error, delivery.last_status_code) == ("http_500", 500)
    assert delivery.finished_at is not None
    factories.let_time_pass()
    assert drain() == 0
    assert len(receiver.arrivals) == 3
    assert [one.error for one in attempts()] == ["http_500"] * 3


def later(seconds: int) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


WAITS = [
    (Answer(500), 4, 7, 1),
    (Answer(404), 4, 7, 1),
    (Answer(413), 4, 7, 1),
    (Answer(302, {"location": "/elsewhere"}), 4, 7, 1),
    (Answer(429), 60, 73, 0),
    (Answer(503), 4, 7, 0),
    (Answer(503, {"retry-after": "120"}), 120, 122, 0),
    (Answer(503, {"retry-after": "999999"}), 86_400, 86_402, 0),
    # Half a day from when the tests were collected, some minutes ago.
    (Answer(503, {"Retry-After": later(43_200)}), 40_000, 43_202, 0),
    (Answer(500, {"retry-after": "7"}), 7, 9, 0),
    (Answer(503, {"retry-after": "Mon, 23 Nov 2026 14:06:09 +99999999999999999"}), 4, 7, 0),
]


def test_a_failure_waits_as_long_as_it_should(receiver: Receiver, drain: Drain) -> None:
    deliveries = at_paths(receiver, [answer for answer, *_ in WAITS])
    assert (drain(), drain()) == (len(WAITS), 0)
    for delivery, (answer, low, high, charged) in zip(deliveries, WAITS, strict=True):
        assert (delivery.state, delivery.last_status_code) == ("waiting", answer.status)
        assert low <= wait_of(delivery) <= high, answer
        assert (delivery.retry_step, delivery.unpaid_waits) == (charged, 1 - charged), answer
    assert len(receiver.arrivals) == len(WAITS)


def test_an_endpoint_that_is_not_there_is_tried_again(app: Flask, drain: Drain) -> None:
    delivery = factories.make_delivery(
        factories.make_hook(f"http://127.0.0.1:{servers.free_port()}/")
    )
    assert drain() == 1
    assert (delivery.state, delivery.last_error) == ("waiting", "connection_refused")
    (attempt,) = attempts()
    assert (attempt.status_code, attempt.error) == (None, "connection_refused")
    assert attempt.response_body in (None, "")


REFUSED = {
    "http://10.0.0.1/": "blocked_private_address",
    "http://169.254.169.254/latest/meta-data": "blocked_private_address",
    "ftp://example.com/": "blocked_scheme_or_port",
}


def test_what_no_repeat_can_mend_ends_at_once(app: Flask, drain: Drain) -> None:
    deliveries = []
    for url in REFUSED:
        hook = factories.make_hook()
        deliveries.append(factories.make_delivery(hook))
        hook.url = url
        db.session.commit()
    assert (drain(), drain()) == (len(REFUSED), 0)
    ends = [(delivery.state, delivery.last_error) for delivery in deliveries]
    assert ends == [("undelivered", error) for error in REFUSED.values()]
    assert {one.url: one.error for one in attempts()} == REFUSED


def test_nothing_is_sent_that_cannot_be_signed(receiver: Receiver, drain: Drain) -> None:
    delivery = factories.make_delivery(factories.make_hook(receiver.url))
    strange = Vault([Fernet.generate_key().decode()]).seal("secret")
    db.session.query(HookSecret).update({"sealed": strange})
    db.session.commit()
    assert (drain(), drain()) == (1, 0)
    assert not receiver.arrivals
    # The operator can bring the key back, so that it is worth trying again.
    assert (delivery.state, delivery.last_error) == ("waiting", "internal_error")


def test_gone_disables_the_hook_and_holds_the_rest(receiver: Receiver, drain: Drain) -> None:
    receiver.answer(410, 200)
    hook = factories.make_hook(receiver.url)
    ended = factories.make_delivery(hook)
    rest = factories.make_delivery(hook, due_at=now() + timedelta(hours=1))
    other = factories.make_hook(receiver.url)
    assert drain() == 1
    assert (ended.state, ended.last_error) == ("undelivered", "http_410")
    assert (hook.enabled, hook.disabled_reason, other.enabled) == (False, "gone", True)
    assert hook.disabled_at is not None
    factories.let_time_pass()
    assert drain() == 0
    assert rest.state == "held"
    switch_hook(hook.id, True, actor=factories.make_actor())
    factories.let_time_pass()
    assert drain() == 1
    assert (rest.state, ended.state) == ("delivered", "undelivered")
    assert (hook.disabled_reason, hook.disabled_at) == (None, None)


def test_what_becomes_due_while_the_hook_is_off_is_held_and_sent_when_it_is_on(
    receiver: Receiver, drain: Drain
) -> None:
    hook = factories.make_hook(receiver.url)
    delivery = factories.make_delivery(hook, retry_step=3, attempt_count=3)
    switch_hook(hook.id, False, actor=factories.make_actor())
    assert drain() == 0
    assert (delivery.state, delivery.finished_at) == ("held", None)
    switch_hook(hook.id, True, actor=factories.make_actor())
    assert drain() == 1
    assert (delivery.state, delivery.attempt_count) == ("delivered", 4)


def test_what_was_held_is_skipped_when_a_person_says_so(receiver: Receiver, drain: Drain) -> None:
    hook = factories.make_hook(receiver.url)
    delivery = factories.make_delivery(hook)
    switch_hook(hook.id, False, actor=factories.make_actor())
    drain()
    switch_hook(hook.id, True, held="skip", actor=factories.make_actor())
    assert drain() == 0
    assert delivery.state == "skipped"
    assert delivery.finished_at is not None
    assert not receiver.arrivals


def test_switching_one_hook_leaves_the_others_alone(receiver: Receiver, drain: Drain) -> None:
    one, other = factories.make_hook(receiver.url), factories.make_hook(receiver.url)
    still_held = factories.make_delivery(other)
    switch_hook(other.id, False, actor=factories.make_actor())
    drain()
    switch_hook(one.id, False, actor=factories.make_actor())
    switch_hook(one.id, True, actor=factories.make_actor())
    assert drain() == 0
    assert still_held.state == "held"


def test_nothing_is_sent_to_a_deleted_hook(receiver: Receiver, drain: Drain) -> None:
    hook = factories.make_hook(receiver.url)
    deliveries = [factories.make_delivery(hook, state=state) for state in ("waiting", "held")]
    delete_hook(hook.id, actor=factories.make_actor())
    assert drain() == 0
    assert [delivery.state for delivery in deliveries] == ["cancelled"] * 2
    assert all(delivery.finished_at for delivery in deliveries)
    assert not receiver.arrivals


def test_own_headers_are_sent_and_masked_in_the_log(receiver: Receiver, drain: Drain) -> None:
    own = {"Authorization": "Bearer geheim-1", "X-Empty": ""}
    factories.make_delivery(factories.make_hook(receiver.url, headers=own))
    drain()
    (arrival,) = receiver.arrivals
    assert (arrival.headers["authorization"], arrival.headers["x-empty"]) == ("Bearer geheim-1", "")
    (attempt,) = attempts()
    assert "Authorization" in str(attempt.request_headers)
    assert arrival.headers["webhook-signature"] in str(attempt.request_headers)
    assert "geheim" not in str(attempt.__dict__)


def test_every_secret_that_is_alive_signs(receiver: Receiver, drain: Drain) -> None:
    hook = factories.make_hook(receiver.url)
    secrets = {"older but alive": 3600, "long dead": -1}
    for secret, seconds in secrets.items():
        ends = now() + timedelta(seconds=seconds)
        sealed = vault().seal(secret)
        began = now() - timedelta(days=1)
        db.session.add(
            HookSecret(hook_id=hook.id, sealed=sealed, created_at=began, expires_at=ends)
        )
    db.session.commit()
    factories.make_delivery(hook)
    drain()
    (arrival,) = receiver.arrivals
    newest, older = arrival.headers["webhook-signature"].split(" ")
    moment = datetime.fromtimestamp(int(arrival.headers["webhook-timestamp"]), UTC)
    signed = (arrival.headers["webhook-id"], moment, arrival.body.decode())
    assert newest == Webhook(factories.SECRET).sign(*signed)
    assert older == Webhook(b"older but alive").sign(*signed)


def test_an_ed25519_hook_signs_for_its_public_key(receiver: Receiver, drain: Drain) -> None:
    hook = factories.make_hook(receiver.url, signature="ed25519")
    factories.make_delivery(hook)
    drain()
    (arrival,) = receiver.arrivals
    version, _, signature = arrival.headers["webhook-signature"].partition(",")
    assert version == "v1a"
    key = base64.b64decode((public_key_of(hook) or "").removeprefix("whpk_"))
    content = f"{arrival.headers['webhook-id']}.{arrival.headers['webhook-timestamp']}.".encode()
    Ed25519PublicKey.from_public_bytes(key).verify(
        base64.b64decode(signature), content + arrival.body
    )


KEPT = [
    (b"a\x00b\xff", "a\u2400b\ufffd", False),
    (TWO_KIB * 8, "x" * 16 * 1024, False),
    (TWO_KIB * 9, "x" * 16 * 1024, True),
    (TWO_KIB * 1024, "x" * 16 * 1024, True),
]


def test_the_start_of_any_answer_is_kept(receiver: Receiver, drain: Drain) -> None:
    answers = [Answer(200, {"x-odd": "caf\xe9"}, body) for body, _, _ in KEPT]
    deliveries = at_paths(receiver, answers)
    drain()
    by_path = {attempt.url[-1]: attempt for attempt in attempts()}
    for number, (_, kept, truncated) in enumerate(KEPT):
        attempt = by_path[str(number)]
        assert (attempt.response_body, attempt.truncated) == (kept, truncated)
    assert _states(deliveries) == {"delivered"}


def test_what_a_hook_did_is_added_up_by_the_hour(receiver: Receiver, drain: Drain) -> None:
    receiver.answer(500, 200)
    hook = factories.make_hook(receiver.url)
    for _ in range(3):
        factories.make_delivery(hook)
        drain()
    rows = db.session.query(HookRollup).filter_by(hook_id=hook.id).all()
    assert (sum(row.delivered for row in rows), sum(row.failed for row in rows)) == (2, 1)
    assert all((row.hour.minute, row.hour.second) == (0, 0) for row in rows)


def test_the_policy_counts_as_it_is_when_something_is_sent(
    receiver: Receiver, drain: Drain
) -> None:
    receiver.answer(500)
    slug = own_policy(retry_delays=(0, 1000))
    delivery = factories.make_delivery(factories.make_hook(receiver.url, policy=slug))
    db.session.query(Policy).filter_by(slug=slug).update({"retry_delays": [0]})
    db.session.commit()
    assert drain() == 1
    assert delivery.state == "undelivered"


def test_a_slow_endpoint_keeps_nobody_waiting(receiver: Receiver, background: Background) -> None:
    slow = Receiver()
    try:
        slow.answer(Answer(hold=Signal()))
        factories.make_delivery(factories.make_hook(slow.url))
        quick = [factories.make_delivery(factories.make_hook(receiver.url)) for _ in range(3)]
        running = background()
        slow.wait_for(1)
        receiver.wait_for(3)
        until(lambda: _states(quick) == {"delivered"})
        assert not running.done()
    finally:
        slow.close()
    assert running.result(10) == 4


def test_no_transaction_is_open_while_something_is_sent(
    receiver: Receiver, background: Background
) -> None:
    hold = Signal()
    receiver.answer(Answer(hold=hold))
    factories.make_delivery(factories.make_hook(receiver.url))
    running = background()
    receiver.wait_for(1)
    until(lambda: _open_transactions() == 0)
    began = time()
    factories.make_event()
    assert time() - began < 5
    hold.set()
    assert running.result(10) == 1


def _open_transactions() -> int:
    db.session.rollback()
    if db.engine.dialect.name == "sqlite":
        return 0
    sessions = """SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'
        AND datname = current_database()"""
    found = db.session.scalar(text(sessions))
    db.session.rollback()
    return found


def _states(deliveries: list[Delivery]) -> set[str]:
    db.session.rollback()
    return {delivery.state for delivery in deliveries}


def test_one_that_shall_stop_begins_nothing(receiver: Receiver, background: Background) -> None:
    factories.make_delivery(factories.make_hook(receiver.url))
    assert background(lambda: True).result(10) == 0
    assert not receiver.arrivals


def test_one_that_stops_finishes_what_is_under_way_and_leaves_the_rest_to_others(
    receiver: Receiver, drain: Drain, background: Background
) -> None:
    hold, stop = Signal(), Signal()
    receiver.answer(Answer(hold=hold), 200)
    hook = factories.make_hook(receiver.url, policy=own_policy(in_flight=1))
    deliveries = [factories.make_delivery(hook) for _ in range(3)]
    running = background(stop.is_set)
    receiver.wait_for(1)
    stop.set()
    hold.set()
    assert running.result(10) == 1
    assert drain() == 2
    assert _states(deliveries) == {"delivered"}
    assert len(receiver.arrivals) == 3


def test_the_caller_hears_that_it_lives_while_an_endpoint_is_silent(
    receiver: Receiver, background: Background
) -> None:
    hold, beats = Signal(), []
    receiver.answer(Answer(hold=hold))
    factories.make_delivery(factories.make_hook(receiver.url))
    running = background(beat=lambda: beats.append(1))
    receiver.wait_for(1)
    heard = len(beats)
    until(lambda: len(beats) > heard + 2)
    hold.set()
    assert running.result(10) == 1


def test_one_that_broke_off_in_the_middle_does_not_harm_the_next(
    receiver: Receiver, drain: Drain, background: Background
) -> None:
    hold = Signal()
    receiver.answer(Answer(hold=hold), 200)
    delivery = factories.make_delivery(factories.make_hook(receiver.url))

    def break_off() -> None:
        if receiver.arrivals:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        background(beat=break_off).result(10)
    other = factories.make_delivery(factories.make_hook(receiver.url))
    hold.set()
    drain()
    let_leases_end()
    drain()
    assert _states([delivery, other]) == {"delivered"}
    ids = [arrival.headers["webhook-id"] for arrival in receiver.arrivals]
    assert (len(ids), len(set(ids))) == (3, 2)


def test_what_is_under_way_ends_as_its_hook_stands_by_then(
    receiver: Receiver, background: Background, drain: Drain
) -> None:
    hold = Signal()
    statuses = [500, 200, 500, 200]
    deliveries = at_paths(receiver, [Answer(status, hold=hold) for status in statuses])
    running = background()
    receiver.wait_for(4)
    for delivery in deliveries[:2]:
        switch_hook(delivery.hook_id, False, actor=factories.make_actor())
    for delivery in deliveries[2:]:
        delete_hook(delivery.hook_id, actor=factories.make_actor())
    hold.set()
    assert running.result(10) == 4
    factories.let_time_pass()
    assert drain() == 0
    ends = ["held", "delivered", "cancelled", "cancelled"]
    assert [delivery.state for delivery in deliveries] == ends
    assert (len(receiver.arrivals), len(attempts())) == (4, 4)
