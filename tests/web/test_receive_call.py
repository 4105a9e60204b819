"""Calls of triggers, sentence by sentence as the second source document describes them."""

import json
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from flask import Flask

from portal.extensions import db
from portal.models import Account, Event
from portal.pipeline import runs
from tests import factories
from tests.clients import Api, Browser
from tests.outsiders import BASIC, Caller, basic

Make = Callable[..., Caller]

ORDER = {"order": {"id": 7, "status": "paid", "note": "شكرًا"}, "items": [{"id": 1}, {"id": 2}]}
PUBLISH = {"type": "order.status", "data": {"id": "{{ body.order.id }}"}}


def published() -> list[dict]:
    """The data of every event, oldest first."""
    db.session.rollback()
    return [json.loads(event.data) for event in db.session.query(Event).order_by(Event.id)]


def run_all() -> int:
    """Do every run that is due, as a worker does."""
    db.session.rollback()
    return runs.run_due(lambda: False)


def test_the_address_is_made_by_the_system_and_belongs_to_one_trigger(
    client: Browser, account: Account
) -> None:
    first, second = (Caller(client, factories.make_trigger(account)) for _ in range(2))
    assert first.path != second.path
    assert first.trigger_id not in first.path
    assert len(first.path.rpartition("/")[2]) >= 22
    assert first.call().status_code == 200
    assert (len(first.calls), len(second.calls)) == (1, 0)


def test_an_asynchronous_trigger_answers_at_once_and_runs_in_the_background(caller: Make) -> None:
    rule = {"publish": [PUBLISH], "response": {"status": 418}}
    one = caller(mode="async", rules=[rule])
    assert one.call(ORDER).status_code == 200
    assert (published(), one.calls[0].run_state) == ([], "waiting")
    assert run_all() == 1
    assert (published(), one.calls[0].run_state) == ([{"id": 7}], "done")
    assert one.calls[0].status == 200


def test_a_synchronous_trigger_answers_after_its_rules_have_run(caller: Make) -> None:
    one = caller(mode="sync", rules=[{"name": "طلب", "publish": [PUBLISH]}])
    answer = one.call(ORDER)
    assert (answer.status_code, answer.text) == (200, "ok")
    assert (published(), one.calls[0].run_state) == ([{"id": 7}], "done")
    assert (one.calls[0].rule, run_all()) == ("طلب", 0)


def test_the_usual_answer_is_200_and_ok(caller: Make) -> None:
    for mode in ("async", "sync"):
        answer = caller(mode=mode).call()
        assert (answer.status_code, answer.text) == (200, "ok")
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize("mode", ["async", "sync"])
def test_status_headers_and_body_of_the_answer_are_of_ones_own(caller: Make, mode: str) -> None:
    body = {"رقم": "{{ body.order.id }}", "نص": "طلب {{ body.order.id }}", "غائب": "{{ body.no }}"}
    headers = {"X-Order": "{{ body.order.id }}", "Retry-After": "5"}
    answer = caller(mode=mode, response={"status": 201, "headers": headers, "body": body}).call(
        ORDER
    )
    assert (answer.status_code, answer.json) == (201, {"رقم": 7, "نص": "طلب 7"})
    assert answer.headers["Content-Type"] == "application/json"
    assert (answer.headers["X-Order"], answer.headers["Retry-After"]) == ("7", "5")


def test_a_synchronous_rule_has_an_answer_of_its_own(caller: Make) -> None:
    rule = {"response": {"status": 202, "body": "{{ body.order.note }}"}}
    answer = caller(mode="sync", response={"status": 404}, rules=[rule]).call(ORDER)
    assert (answer.status_code, answer.text) == (202, "شكرًا")


def test_different_conditions_of_the_business_get_different_answers(caller: Make) -> None:
    paid = {"all": [{"left": "body.order.status", "op": "eq", "right": "paid"}]}
    rules = [
        {"name": "مدفوع", "when": paid, "response": {"body": {"success": True}}},
        {"name": "غيره", "response": {"status": 422, "body": {"success": False}}},
    ]
    one = caller(mode="sync", rules=rules)
    good, bad = one.call(ORDER), one.call({"order": {"status": "failed"}})
    assert (good.status_code, good.json) == (200, {"success": True})
    assert (bad.status_code, bad.json) == (422, {"success": False})
    assert [call.rule for call in one.calls] == ["مدفوع", "غيره"]


def test_what_was_read_becomes_variables_for_everything_that_follows(caller: Make) -> None:
    variables = {
        "headers": [{"name": "X-Request-Id"}, {"name": "Date"}],
        "query": [{"path": "query[0].a", "alias": "أول"}],
        "body": [{"path": "order.id"}, {"path": "items[].id"}, {"path": "غائب"}],
    }
    data = {
        "request": "{{ headers.x-request-id }}",
        "query": "{{ query.query[0].a }}",
        "ids": "{{ body.items[].id }}",
    }
    one = caller(mode="sync", variables=variables, rules=[{"publish": [PUBLISH | {"data": data}]}])
    one.call(ORDER, query="query[0][a]=1", headers={"X-Request-Id": "r-1"})
    assert json.loads(one.calls[0].variables or "") == {
        "headers.X-Request-Id": "r-1",
        "query.query[0].a": "1",
        "body.order.id": 7,
        "body.items[].id": [1, 2],
    }
    assert published() == [{"request": "r-1", "query": "1", "ids": [1, 2]}]


def test_credentials_in_the_address_or_in_a_header_are_compared(caller: Make) -> None:
    one = caller(auth=BASIC)
    assert one.call().status_code == 401
    assert one.call(headers=basic("نورة", "غيرها")).status_code == 401
    assert one.call(headers=basic("نورة", "كلمة: سر")).status_code == 200


def test_only_post_and_only_json_are_taken(caller: Make) -> None:
    one = caller()
    assert one.call(method="GET").status_code == 405
    assert one.call("a=1", kind="application/x-www-form-urlencoded").status_code == 415
    assert one.call("[1]", kind="application/cloudevents+json; charset=utf-8").status_code == 200


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_unknown_and_switched_off_and_deleted_are_the_same_404(
    app: Flask, api: Api, client: Browser, account: Account
) -> None:
    off, gone, moved = (factories.make_trigger(account) for _ in range(3))
    paths = [Caller(client, trigger).path for trigger in (off, gone, moved)]
    api.patch(f"/triggers/{off.id}", {"enabled": False})
    api.delete(f"/triggers/{gone.id}")
    new = api.post(f"/triggers/{moved.id}/token/replace").json["url"]
    answers = [
        client.open(path, method=method, data="{", headers={"X-Any": "1"})
        for path in (*paths, "/hooks/in/nobody", "/hooks/in/" + "x" * 900, "/hooks/in/ن")
        for method in ("POST", "GET")
    ]
    told = {(answer.status_code, answer.text, str(answer.headers)) for answer in answers}
    assert {(status, text) for status, text, _ in told} == {(404, answers[0].text)}
    assert len(told) == 1
    assert client.post(urlsplit(new).path, json={}).status_code == 200
    api.patch(f"/triggers/{off.id}", {"enabled": True})
    assert client.post(paths[0], json={}).status_code == 200
