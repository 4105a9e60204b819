"""Sending an example event to a hook at once, and answering with the attempt."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from portal.extensions import db
from portal.models import Delivery, Hook, Stream, now
from portal.pipeline import example
from tests import factories
from tests.clients import Api
from tests.receiver import Receiver
from tests.waiting import until

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

HASTY = {"name": "عاجلة", "timeout_seconds": 1}


def test_the_answer_is_the_attempt(
    app: Flask, api: Api, receiver: Receiver, drain: Callable[[], int]
) -> None:
    hook = factories.make_hook(receiver.url, event_types=["order.status"])
    factories.make_hook(receiver.url, event_types=["order.status"])
    path = f"/hooks/{hook.id}/test"

    def ask() -> TestResponse:
        with app.app_context():
            return api.post(path)

    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(ask)
        until(drain)
        answer = asked.result(20)
    assert answer.status_code == 200, answer.text
    attempt = answer.json
    assert (attempt["status_code"], attempt["error"], attempt["deliveries"]) == (200, None, 1)
    (arrival,) = receiver.arrivals
    assert arrival.body.decode() == attempt["request"]["body"]
    assert arrival.json["type"] == "order.status"


def test_an_example_goes_at_once_under_a_policy_that_waits(
    app: Flask, api: Api, receiver: Receiver, drain: Callable[[], int]
) -> None:
    hook = factories.make_hook(receiver.url, policy="large_batch")
    path = f"/hooks/{hook.id}/test"
    assert api.post("/events", {"type": "message.received", "data": {}}).status_code == 202

    def ask() -> TestResponse:
        with app.app_context():
            return api.post(path)

    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(ask)
        until(drain)
        answer = asked.result(20)
    assert (answer.status_code, answer.json["deliveries"]) == (200, 1), answer.text
    (arrival,) = receiver.arrivals
    assert (arrival.json["type"], len(arrival.json["data"])) == ("batch", 1)


def test_a_hook_that_is_off_is_a_conflict(api: Api) -> None:
    hook = factories.make_hook(enabled=False)
    answer = api.post(f"/hooks/{hook.id}/test")
    assert (answer.status_code, answer.json["code"]) == (409, "hook_off")


def test_another_accounts_hook_is_not_found(outside_api: Api) -> None:
    hook = factories.make_hook()
    assert outside_api.post(f"/hooks/{hook.id}/test").status_code == 404


def ask(app: Flask, api: Api, hook: Hook, body: Any, drain: Callable[[], int]) -> TestResponse:
    """The answer to a test of ``hook`` while a worker works."""
    path = f"/hooks/{hook.id}/test"

    def post() -> TestResponse:
        with app.app_context():
            return api.post(path, body)

    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(post)
        until(lambda: drain() or asked.done())
        return asked.result(20)


def test_an_event_of_ones_own_is_sent_to_the_letter(
    app: Flask, api: Api, receiver: Receiver, drain: Callable[[], int]
) -> None:
    hook = factories.make_hook(receiver.url, event_types=["order.status", "message.sent"])
    body = '{"event_type": "message.sent", "data": {"total":  19.90}}'
    assert ask(app, api, hook, body, drain).status_code == 200
    (arrival,) = receiver.arrivals
    assert '"type":"message.sent"' in arrival.body.decode()
    assert arrival.body.decode().endswith('"data":{"total":  19.90}}')


def test_an_event_that_the_hook_does_not_get_is_refused(api: Api) -> None:
    hook = factories.make_hook(event_types=["order.status"])
    answer = api.post(f"/hooks/{hook.id}/test", {"event_type": "message.sent"})
    assert (answer.status_code, answer.json["errors"][0]["code"]) == (422, "not_of_hook")
    assert api.post(f"/hooks/{hook.id}/test", '{"data": ').json["code"] == "malformed"


def test_an_example_is_tried_once_and_marked(
    app: Flask, api: Api, receiver: Receiver, drain: Callable[[], int]
) -> None:
    receiver.answer(503)
    hook = factories.make_hook(receiver.url)
    assert ask(app, api, hook, None, drain).json["error"] == "http_503"
    delivery = db.session.query(Delivery).one()
    assert (delivery.state, delivery.attempt_count) == ("undelivered", 1)
    assert delivery.example
    # Somebody who asks for it again gets the whole schedule.
    assert api.post(f"/deliveries/{delivery.id}/resend").status_code == 202
    drain()
    db.session.rollback()
    assert db.session.query(Delivery).one().state == "waiting"


def test_an_example_that_fails_does_not_hold_up_an_ordered_hook(
    app: Flask, api: Api, receiver: Receiver, drain: Callable[[], int]
) -> None:
    receiver.answer(500, 200)
    hook = factories.make_hook(receiver.url, policy="ordered")
    assert ask(app, api, hook, None, drain).json["error"] == "http_500"
    api.post("/events", {"type": "message.received", "data": {}})
    drain()
    db.session.rollback()
    states = [one.state for one in db.session.query(Delivery).order_by(Delivery.id)]
    assert states == ["undelivered", "delivered"]


def test_a_line_that_is_held_up_is_told_at_once_and_nothing_stays_queued(api: Api) -> None:
    hook = factories.make_hook(policy="ordered")
    later = now() + timedelta(minutes=5)
    factories.make_delivery(hook, attempt_count=1, due_at=later)
    answer = api.post(f"/hooks/{hook.id}/test")
    assert (answer.status_code, answer.json["code"]) == (409, "line_blocked")
    assert db.session.query(Delivery).count() == 1


def test_a_resting_hook_is_told_at_once(api: Api) -> None:
    hook = factories.make_hook()
    rest(hook)
    answer = api.post(f"/hooks/{hook.id}/test")
    assert (answer.status_code, answer.json["code"]) == (409, "hook_resting")
    assert db.session.query(Delivery).count() == 0


def test_an_example_whose_turn_does_not_come_is_cancelled(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(example, "GRACE_SECONDS", 0)
    hook = factories.make_hook(policy=api.post("/policies", HASTY).json["slug"])
    answer = api.post(f"/hooks/{hook.id}/test")
    assert (answer.status_code, answer.json["code"]) == (409, "not_sent_yet")
    assert db.session.query(Delivery).one().state == "cancelled"


def rest(hook: Hook) -> None:
    """Open the breaker of ``hook``."""
    db.session.rollback()
    stream = db.session.get_one(Stream, hook.id)
    stream.resting, stream.ready_at = True, now() + timedelta(seconds=30)
    stream.last_ok = False
    db.session.commit()
