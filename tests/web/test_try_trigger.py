"""POST /triggers/…/try: what a call would be answered, and why, without any effect."""

from collections.abc import Callable
from typing import Any

import pytest

from portal.extensions import db
from portal.models import Call, Event
from tests.clients import Api
from tests.outsiders import BASIC, Caller

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

Make = Callable[..., Caller]

DATA = {"id": "{{ body.id }}", "q": "{{ query.a[0] }}", "h": "{{ headers.X-Id }}"}
RULES = [
    {"name": "مطفأة", "enabled": False, "response": {"status": 418}},
    {
        "name": "طلب",
        "publish": [{"type": "order.status", "data": DATA}],
        "response": {"status": 201, "headers": {"X-Id": "{{ body.id }}"}, "body": ["{{ body }}"]},
    },
    {"name": "بعدها"},
]


def attempt(api: Api, one: Caller, **members: Any) -> Any:
    """What the trial tells."""
    answer = api.post(f"/triggers/{one.trigger_id}/try", members)
    assert answer.status_code == 200, answer.text
    return answer.json


def test_a_trial_tells_the_answer_the_rule_and_what_would_be_published(
    api: Api, caller: Make
) -> None:
    one = caller(mode="sync", auth=BASIC, rules=RULES)
    told = attempt(
        api, one, headers={"x-id": "h-1"}, query="https://a.example/?a[0]=1", body={"id": 7}
    )
    assert (told["status"], told["rule"], told["error"]) == (201, "طلب", None)
    assert told["headers"] == {"Content-Type": "application/json", "X-Id": "7"}
    assert told["body"] == [{"id": 7}]
    assert told["events"] == [
        {"type": "order.status", "data": {"id": 7, "q": "1", "h": "h-1"}},
    ]
    results = [(rule["rule"], rule["result"]) for rule in told["explanation"]["rules"]]
    assert results == [("طلب", "met"), ("بعدها", "not_reached")]


def test_what_other_addresses_would_say_is_handed_in(api: Api, caller: Make) -> None:
    asks = {"name": "سؤال", "call": {"as": "check", "url": "http://127.0.0.1:9/"}}
    known = {"all": [{"left": "calls.check.body.known", "op": "eq", "right": True}]}
    rules = [asks, {"name": "معروف", "when": known, "response": {"status": 201}}]
    one = caller(mode="sync", rules=rules)
    said = {"check": {"status": 200, "body": {"known": True}}}
    told = attempt(api, one, body={}, calls=said)
    assert (told["status"], told["rule"]) == (201, "معروف")
    assert told["explanation"]["rules"][0]["call"]["result"] == "remembered"
    assert attempt(api, one, body={})["explanation"]["rules"][0]["call"]["result"] == "not_made"
    for wrong in ([], {"check": 1}, "x"):
        answer = api.post(f"/triggers/{one.trigger_id}/try", {"calls": wrong})
        assert answer.status_code == 422
        assert answer.json["errors"][0]["pointer"] == "/calls"


def test_a_trial_has_no_effect(api: Api, caller: Make) -> None:
    one = caller(mode="sync", rules=RULES, limits={"per_minute": 1}, dedupe={"from": "body:id"})
    for _ in range(3):
        attempt(api, one, body={"id": 7})
    assert db.session.query(Event).count() == db.session.query(Call).count() == 0
    assert one.call({"id": 7}).status_code == 201


def test_a_trial_answers_what_a_call_is_answered(api: Api, caller: Make) -> None:
    broken = [{"publish": [{"type": "order.status", "data": "{{ body.id }}"}]}]
    for members in (
        {"mode": "sync", "rules": RULES},
        {"mode": "sync", "rules": []},
        {"mode": "sync", "rules": broken, "on_error": {"status": 503, "body": {"no": True}}},
        {"mode": "async", "rules": RULES, "response": {"status": 202, "body": "{{ body.id }}"}},
        {"mode": "async", "rules": broken},
        {"mode": "async", "response": {"status": 204}},
    ):
        one = caller(**members)
        told, real = attempt(api, one, body={"id": 7}), one.call({"id": 7})
        assert told["status"] == real.status_code, members
        assert told["body"] == (real.json if real.is_json else real.text), members


def test_the_trial_of_a_trigger_that_is_off_and_of_nothing_works(api: Api, caller: Make) -> None:
    one = caller(mode="sync", enabled=False, response={"body": "[{{ body.a }}]"})
    assert attempt(api, one)["body"] == "[]"
    assert attempt(api, one, query=None, headers={})["body"] == "[]"


def test_a_trial_that_is_wrong_is_named(api: Api, caller: Make) -> None:
    path = f"/triggers/{caller().trigger_id}/try"
    for members, pointer, code in (
        ({"headers": {"a": 1}}, "/headers", "not_a_text_map"),
        ({"headers": None}, "/headers", "not_a_text_map"),
        ({"query": {"a": 1}}, "/query", "not_a_text"),
        ({"method": "GET"}, "/method", "unknown_member"),
        ({"query": "a&" * 1001}, "/query", "too_many_parameters"),
    ):
        answer = api.post(path, members)
        assert answer.status_code == 422, members
        assert [(one["pointer"], one["code"]) for one in answer.json["errors"]] == [(pointer, code)]
