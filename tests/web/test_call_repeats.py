"""Calls that repeat an earlier one."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from portal.extensions import db
from portal.models import Account, Call, Event
from portal.pipeline import runs
from portal.pipeline.triggers import url_of
from tests import factories
from tests.outsiders import BASIC, Caller, basic

Make = Callable[..., Caller]

BY_ID = {"from": "body:id"}
PUBLISH = [{"publish": [{"type": "order.status", "data": {"id": "{{ body.id }}"}}]}]
ANSWER = {"status": 201, "headers": {"X-N": "{{ body.n }}"}, "body": {"n": "{{ body.n }}"}}
WITH_ANSWER = [PUBLISH[0] | {"response": ANSWER}]


def events() -> int:
    """How many events there are."""
    db.session.rollback()
    return db.session.query(Event).count()


@pytest.mark.parametrize("mode", ["async", "sync"])
def test_a_repeat_gets_the_first_answer_to_the_letter_and_runs_nothing(
    caller: Make, mode: str
) -> None:
    one = caller(mode=mode, dedupe=BY_ID, response=ANSWER, rules=WITH_ANSWER)
    first, again = one.call({"id": "a", "n": 1}), one.call({"id": "a", "n": 2})
    assert (again.status_code, again.data) == (first.status_code, first.data) == (201, b'{"n": 1}')
    for name in ("Content-Type", "X-N"):
        assert again.headers[name] == first.headers[name]
    runs.run_due(lambda: False)
    assert one.call({"id": "a", "n": 3}).data == first.data
    assert events() == 1
    calls = one.calls
    assert one.outcomes == [("accepted", None, 201)] + [("duplicate", "duplicate", 201)] * 2
    assert [call.run_state for call in calls] == ["done", None, None]
    assert [call.first_id for call in calls] == [None, calls[0].id, calls[0].id]
    assert json.loads(calls[1].body) == {"id": "a", "n": 2}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_tells_a_repeat_may_stand_anywhere(caller: Make) -> None:
    sources: dict[str, Callable[[str], dict[str, Any]]] = {
        "header:x-id": lambda number: {"headers": {"X-ID": number}},
        "query:a[0].b": lambda number: {"query": f"a[0][b]={number}"},
        'body:["a.b"].c': lambda number: {"body": {"a.b": {"c": number}}},
    }
    for source, said in sources.items():
        one = caller(dedupe={"from": source})
        for number in ("1", "1", "2"):
            one.call(**said(number))
        verdicts = [call.verdict for call in one.calls]
        assert verdicts == ["accepted", "duplicate", "accepted"], source


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_call_that_names_nothing_is_never_a_repeat(caller: Make) -> None:
    one = caller(dedupe=BY_ID)
    for body in ({}, {"id": None}, {"id": ""}, {"id": {"a": 1}}, {"id": [1]}):
        assert [one.call(body).status_code for _ in range(2)] == [200, 200]
    assert {call.verdict for call in one.calls} == {"accepted"}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_different_values_are_told_apart_and_triggers_too(caller: Make) -> None:
    one, other = caller(dedupe=BY_ID), caller(dedupe=BY_ID)
    values: list[Any] = [1, "2", True, "أ", "ا", "x" * 5000, "x" * 5000 + "y", "a", "A", " a"]
    for value in values:
        one.call({"id": value})
        other.call({"id": value})
    assert {call.verdict for call in one.calls + other.calls} == {"accepted"}
    for value in values:
        one.call({"id": value})
    assert [call.verdict for call in one.calls[len(values) :]] == ["duplicate"] * len(values)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_without_dedupe_everything_runs_again(caller: Make) -> None:
    one = caller(mode="sync", rules=PUBLISH)
    for _ in range(3):
        one.call({"id": 1})
    assert events() == 3


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_repeat_of_what_still_runs_is_409(caller: Make) -> None:
    one = caller(dedupe=BY_ID)
    one.call({"id": 1})
    db.session.query(Call).update({"answer": None, "status": None})
    db.session.commit()
    answer = one.call({"id": 1})
    assert (answer.status_code, answer.json["code"]) == (409, "still_running")
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert one.outcomes[-1] == ("duplicate", "still_running", 409)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_refused_call_takes_no_key(caller: Make) -> None:
    one = caller(auth=BASIC, dedupe={"from": "header:X-Id"})
    right = basic(BASIC["username"], BASIC["password"])
    assert one.call(headers={"X-Id": "1"}).status_code == 401
    assert one.call(b"{", headers={"X-Id": "1"} | right).status_code == 400
    assert one.call(headers={"X-Id": "1"} | right).status_code == 200
    # Who may not come in learns nothing about earlier calls.
    assert one.call(headers={"X-Id": "1"}).status_code == 401
    assert [call.verdict for call in one.calls] == ["refused", "refused", "accepted", "refused"]


def test_many_repeats_at_once_are_one_run_and_one_answer(served: str, account: Account) -> None:
    trigger = factories.make_trigger(account, mode="sync", dedupe=BY_ID, rules=WITH_ANSWER)
    url = url_of(trigger)

    def call(number: int) -> tuple[int, str]:
        body = {"id": number % 3, "n": number}
        answer = requests.post(url, json=body, timeout=20)
        return answer.status_code, f"{number % 3} {answer.text}"

    with ThreadPoolExecutor(12) as pool:
        answers = set(pool.map(call, range(36)))
    assert len(answers) == 3
    assert {status for status, _ in answers} == {201}
    assert events() == 3
