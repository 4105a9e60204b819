"""Synchronous calls whose rules ask others are answered by their deadline at the latest."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from flask import Flask
from sqlalchemy import text

from portal.extensions import db
from portal.models import Call, now
from portal.models import Event as StoredEvent
from portal.pipeline import receive, runs
from tests.clients import Api, Browser
from tests.receiver import Answer, Receiver
from tests.waiting import until

ASK = {"name": "سؤال", "call": {"as": "check", "url": "", "body": {"id": "{{ body.id }}"}}}
KNOWN = {
    "name": "معروف",
    "when": {"all": [{"left": "calls.check.body.known", "op": "eq", "right": True}]},
    "publish": [{"type": "order.status", "data": {"id": "{{ body.id }}"}}],
    "response": {"status": 201, "body": {"said": "{{ calls.check.body }}"}},
}


def make_trigger(api: Api, receiver: Receiver, **members: Any) -> dict[str, Any]:
    """A synchronous trigger that asks the receiver, and publishes when it is told to."""
    ask = {**ASK, "call": {**ASK["call"], "url": receiver.url}}
    draft = {"name": "طلبات", "mode": "sync", "deadline_seconds": 1, "rules": [ask, KNOWN]}
    return api.post("/triggers", draft | members).json


def the_call() -> Call:
    """The only call that is on record."""
    db.session.rollback()
    return db.session.query(Call).filter_by(verdict="accepted").one()


def event_count() -> int:
    """How many events were published."""
    db.session.rollback()
    return db.session.query(StoredEvent).count()


def test_what_another_address_says_decides_the_answer(
    api: Api, receiver: Receiver, served: str
) -> None:
    receiver.answer(Answer(body=b'{"known": true}'))
    trigger = make_trigger(api, receiver)
    answer = requests.post(trigger["url"], json={"id": 7}, timeout=10)
    assert (answer.status_code, answer.json()) == (201, {"said": {"known": True}})
    assert receiver.arrivals[0].json == {"id": 7}
    assert (the_call().run_state, the_call().is_late, event_count()) == ("done", False, 1)


def test_what_was_asked_said_and_published_is_on_record_and_rehearsed_without_asking(
    api: Api, receiver: Receiver, served: str
) -> None:
    receiver.answer(Answer(body=b'{"known": true}'))
    trigger = make_trigger(api, receiver)
    requests.post(trigger["url"], json={"id": 7}, timeout=10)
    told = api.get(f"/calls/{the_call().id}").json["explanation"]
    asked, event = told["rules"][0]["call"], db.session.query(StoredEvent).one()
    assert (asked["as"], asked["url"], asked["sent"]) == ("check", receiver.url, '{"id": 7}')
    assert asked["said"]["body"] == {"known": True}
    assert told["published"] == [{"type": "order.status", "id": event.id}]
    rehearsed = api.post(f"/calls/{the_call().id}/replay", {"rehearse": True}).json
    assert (rehearsed["status"], rehearsed["rule"]) == (201, "معروف")
    assert rehearsed["explanation"]["rules"][0]["call"]["result"] == "remembered"
    assert len(receiver.arrivals) == 1


def test_a_reply_that_is_too_long_to_keep_is_kept_in_part(
    api: Api, receiver: Receiver, served: str
) -> None:
    receiver.answer(Answer(body=b'{"known": true, "more": "' + b"x" * 20_000 + b'"}'))
    trigger = make_trigger(api, receiver)
    assert requests.post(trigger["url"], json={"id": 7}, timeout=10).status_code == 201
    asked = api.get(f"/calls/{the_call().id}").json["explanation"]["rules"][0]["call"]
    assert "said" not in asked
    assert len(asked["excerpt"]) == 2048


def test_a_reply_of_which_a_part_would_be_missing_is_no_reply(
    api: Api, receiver: Receiver, served: str
) -> None:
    receiver.answer(Answer(body=b'{"more": "' + b"x" * 1_100_000 + b'", "known": true}'))
    trigger = make_trigger(api, receiver)
    assert requests.post(trigger["url"], json={"id": 7}, timeout=10).status_code == 500
    asked = api.get(f"/calls/{the_call().id}").json["explanation"]["rules"][0]["call"]
    assert (asked["result"], asked["error"]) == ("failed", "response_too_large")


def test_past_the_deadline_the_caller_is_told_accepted_and_the_run_goes_on(
    api: Api, receiver: Receiver, served: str
) -> None:
    hold = Event()
    receiver.answer(Answer(body=b'{"known": true}', hold=hold))
    trigger = make_trigger(api, receiver, accepted={"status": 202, "body": "later"})
    answer = requests.post(trigger["url"], json={"id": 7}, timeout=10)
    assert (answer.status_code, answer.text) == (202, "later")
    assert (the_call().run_state, event_count()) == ("waiting", 0)
    hold.set()
    until(lambda: the_call().run_state == "done", 10)
    assert (the_call().status, the_call().is_late, event_count()) == (202, True, 1)
    shown = api.get(f"/calls/{the_call().id}").json
    assert (shown["late"], shown["response"]["body"]) == (True, "later")


def test_rules_that_take_too_long_are_left_to_workers_and_answered_as_late(
    app: Flask, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receive, "IN_REQUEST", -1)
    rule = {**KNOWN, "when": {"all": [{"left": "body.id", "op": "exists"}]}}
    draft = {"name": "طويل", "mode": "sync", "accepted": {"status": 202, "body": "later"}}
    trigger = api.post("/triggers", {**draft, "rules": [rule]}).json
    path = urlsplit(trigger["url"]).path
    answer = app.test_client().post(path, json={"id": 7})
    assert (answer.status_code, answer.text) == (202, "later")
    assert (the_call().run_state, the_call().is_late, event_count()) == ("waiting", True, 0)
    assert runs.run_due(lambda: False) == 1
    assert (the_call().run_state, the_call().status, event_count()) == ("done", 202, 1)


def test_whom_nobody_answered_is_not_told_to_have_been_answered(
    app: Flask, api: Api, admin: Browser
) -> None:
    rule = {**KNOWN, "when": {"all": [{"left": "body.id", "op": "exists"}]}}
    trigger = api.post("/triggers", {"name": "انقطع", "mode": "sync", "rules": [rule]}).json
    app.test_client().post(urlsplit(trigger["url"]).path, json={"id": 7})
    # As the web process leaves it that dies before it answers.
    columns = {"run_state": "waiting", "status": None, "answer": None, "due_at": now()}
    db.session.query(Call).update(columns)
    db.session.commit()
    assert runs.run_due(lambda: False) == 1
    assert (the_call().run_state, the_call().status) == ("done", None)
    assert "انقطع الاتصال بالمُرسِل قبل الردّ" in admin.get(f"/calls/{the_call().id}").text


def test_a_run_that_takes_a_worker_too_long_has_failed(
    app: Flask, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "ALONE", -1)
    rule = {**KNOWN, "when": {"all": [{"left": "body.id", "op": "exists"}]}}
    trigger = api.post("/triggers", {"name": "طويل", "rules": [rule]}).json
    app.test_client().post(urlsplit(trigger["url"]).path, json={"id": 7})
    assert runs.run_due(lambda: False) == 1
    told = (the_call().run_state, the_call().reason, event_count())
    assert told == ("failed", "rules_too_long", 0)


@pytest.mark.parametrize(
    ("body", "sent", "kind"),
    [
        ("رقم {{ body.id }}", "رقم 7", "text/plain; charset=utf-8"),
        ("{{ body }}", '{"id": 7}', "application/json"),
        (["{{ body.id }}"], "[7]", "application/json"),
    ],
)
def test_a_text_goes_to_another_address_as_a_text_and_a_run_has_its_own_key(
    api: Api, receiver: Receiver, served: str, body: Any, sent: str, kind: str
) -> None:
    ask = {"name": "سؤال", "call": {"as": "check", "url": receiver.url, "body": body}}
    trigger = make_trigger(api, receiver, rules=[ask])
    requests.post(trigger["url"], json={"id": 7}, timeout=10)
    [arrival] = receiver.arrivals
    headers = {name.lower(): value for name, value in arrival.headers.items()}
    assert (arrival.body.decode(), headers["content-type"]) == (sent, kind)
    assert headers["idempotency-key"] == f"{the_call().id}:check"


def test_without_an_accepted_answer_a_late_run_is_a_408(
    api: Api, receiver: Receiver, served: str
) -> None:
    hold = Event()
    receiver.answer(Answer(hold=hold))
    trigger = make_trigger(api, receiver, accepted=None)
    assert requests.post(trigger["url"], json={}, timeout=10).status_code == 408
    hold.set()
    until(lambda: the_call().run_state == "done", 10)


def test_a_repeat_of_a_call_that_still_runs_is_a_409(
    api: Api, receiver: Receiver, served: str
) -> None:
    hold = Event()
    receiver.answer(Answer(body=b'{"known": true}', hold=hold))
    trigger = make_trigger(api, receiver, dedupe={"from": "body:id"}, deadline_seconds=30)
    with ThreadPoolExecutor(1) as apart:
        first = apart.submit(requests.post, trigger["url"], json={"id": 1}, timeout=30)
        receiver.wait_for(1)
        repeat = requests.post(trigger["url"], json={"id": 1}, timeout=10)
        hold.set()
        assert (repeat.status_code, first.result().status_code) == (409, 201)
    again = requests.post(trigger["url"], json={"id": 1}, timeout=10)
    assert (again.status_code, event_count()) == (201, 1)


def test_an_address_that_does_not_answer_is_an_error_and_no_success(
    api: Api, receiver: Receiver, served: str
) -> None:
    receiver.answer(Answer(close=True))
    trigger = make_trigger(api, receiver, on_error={"status": 503, "body": "try later"})
    answer = requests.post(trigger["url"], json={}, timeout=10)
    assert (answer.status_code, answer.text) == (503, "try later")
    assert (the_call().run_state, the_call().reason) == ("failed", "call_failed")


def test_a_rule_may_not_call_what_the_portal_may_not_reach(api: Api) -> None:
    rule = {"name": "سؤال", "call": {"as": "check", "url": "http://169.254.169.254/latest"}}
    answer = api.post("/triggers", {"name": "س", "rules": [rule]})
    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"] == "/rules/0/call/url"


def test_what_a_rule_sends_along_is_sealed(app: Flask, api: Api, receiver: Receiver) -> None:
    call = {"as": "check", "url": receiver.url, "headers": {"Authorization": "Bearer s3cret-x"}}
    made = api.post("/triggers", {"name": "س", "rules": [{"name": "سؤال", "call": call}]}).json
    assert made["rules"][0]["call"]["headers"] == {"Authorization": "Bearer s3cret-x"}
    kept = db.session.execute(text("SELECT configuration FROM trigger_versions")).scalar()
    assert "s3cret-x" not in str(kept)


def test_a_worker_does_the_run_of_a_process_that_is_gone(
    api: Api, receiver: Receiver, served: str
) -> None:
    hold = Event()
    receiver.answer(Answer(body=b'{"known": true}', hold=hold), Answer(body=b'{"known": true}'))
    trigger = make_trigger(api, receiver)
    requests.post(trigger["url"], json={"id": 7}, timeout=10)
    call = the_call()
    call.due_at = now()
    db.session.commit()
    assert runs.run_due(lambda: False) == 1
    assert (the_call().run_state, event_count()) == ("done", 1)
    # The process was not gone but slow: it comes too late to change anything.
    hold.set()
    until(lambda: len(receiver.arrivals) == 2, 10)
    assert event_count() == 1


def test_an_error_in_a_condition_has_its_own_answer(api: Api, client: Browser) -> None:
    rule = {"name": "ر", "when": {"all": [{"left": "body", "op": "gt", "right": 1}]}}
    made = api.post("/triggers", {"name": "س", "mode": "sync", "rules": [rule]}).json
    path = made["url"].partition("/hooks")[2]
    assert client.post(f"/hooks{path}", json={"a": 1}).status_code == 500
    assert the_call().reason == "condition_error"
