"""Sending an example event to a hook at once, and answering with the attempt."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from flask import Flask
from werkzeug.test import TestResponse

from tests import factories
from tests.clients import Api
from tests.receiver import Receiver
from tests.waiting import until


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
