"""Calls through the API: listed by filter and page by page, read, run once more."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from portal.extensions import db
from portal.models import Account, Event
from portal.pipeline import runs
from tests import factories
from tests.clients import Api
from tests.outsiders import BASIC, Caller, basic

Make = Callable[..., Caller]

sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PUBLISH = {"type": "order.status", "data": {"id": "{{ body.id }}"}}
RULES = [{"name": "طلب", "publish": [PUBLISH], "response": {"status": 201, "body": {"ok": True}}}]
RIGHT = basic(BASIC["username"], BASIC["password"])


def run_all() -> int:
    """Do every run that is due, as a worker does."""
    db.session.rollback()
    return runs.run_due(lambda: False)


def events() -> list[Any]:
    """The data of every event, oldest first."""
    db.session.rollback()
    return [json.loads(event.data) for event in db.session.query(Event).order_by(Event.id)]


def listed(api: Api, one: Caller, **query: Any) -> list[Any]:
    """The ``id`` in the body of each call that the list has, newest first."""
    answer = api.get(f"/triggers/{one.trigger_id}/calls", **query)
    assert answer.status_code == 200, answer.text
    return [call["variables"].get("body.id") for call in answer.json["items"]]


def test_a_call_is_shown_with_what_came_and_what_was_answered_and_why(
    api: Api, caller: Make
) -> None:
    variables = {"headers": [{"name": "x-id"}], "body": [{"path": "id"}, {"path": "غائب"}]}
    one = caller(mode="sync", auth=BASIC, rules=RULES, variables=variables)
    one.call(b'{"id": "\xd9\x85"}', query="a=%D9%85", headers=RIGHT | {"X-Id": "r"})
    [short] = api.get(f"/triggers/{one.trigger_id}/calls").json["items"]
    shown = api.get(f"/calls/{short['id']}").json
    assert {name: shown[name] for name in short} == short
    assert short["trigger"] == one.trigger_id
    assert (short["verdict"], short["status"], short["rule"]) == ("accepted", 201, "طلب")
    assert (short["run"], short["reason"], short["peer"]) == ("done", None, "127.0.0.1")
    assert short["variables"] == {"headers.x-id": "r", "body.id": "م"}
    assert short["duration_ms"] >= 0
    assert shown["request"]["body"] == '{"id": "م"}'
    assert (shown["request"]["query"], shown["request"]["method"]) == ("a=%D9%85", "POST")
    assert shown["request"]["headers"]["Authorization"] == "•••"
    assert (shown["request"]["truncated"], shown["request"]["body_bytes"]) == (False, 12)
    assert shown["response"]["status"] == 201
    assert shown["response"]["body"] == {"ok": True}
    assert shown["explanation"]["auth"] == {"kind": "basic"}
    assert shown["explanation"]["rules"][0]["result"] == "met"


@sqlite
def test_a_refused_call_is_shown_with_its_reason(api: Api, caller: Make) -> None:
    one = caller(auth=BASIC)
    one.call(b"\xff" + b"x" * 9000, headers={"X-A": "1"})
    [call] = api.get(f"/triggers/{one.trigger_id}/calls").json["items"]
    shown = api.get(f"/calls/{call['id']}").json
    assert (shown["verdict"], shown["reason"], shown["status"], shown["run"]) == (
        "refused", "credentials_missing", 401, None,
    )  # fmt: skip
    assert (shown["request"]["truncated"], shown["request"]["body_bytes"]) == (True, 9001)
    assert shown["request"]["body"].startswith("\N{REPLACEMENT CHARACTER}xxx")
    assert shown["response"] == {"status": 401, "headers": {}, "body": None}


def test_the_list_is_filtered(api: Api, caller: Make) -> None:
    one = caller(auth=BASIC, variables={"body": [{"path": "id"}]}, dedupe={"from": "body:id"})
    one.call({"id": 1, "text": "السلام عليكم"}, headers=RIGHT)
    run_all()
    one.call({"id": 2}, headers=RIGHT)
    one.call({"id": 1}, headers=RIGHT)
    one.call({"id": 9})
    first, moment = one.calls[0], one.calls[2].at.isoformat()
    run_all()
    assert listed(api, one) == [None, None, 2, 1]
    expected: list[tuple[dict[str, str], list[Any]]] = [
        ({"verdict": "accepted"}, [2, 1]),
        ({"verdict": "duplicate"}, [None]),
        ({"verdict": "refused"}, [None]),
        ({"reason": "credentials_missing"}, [None]),
        ({"run": "done"}, [2, 1]),
        ({"run": "failed"}, []),
        ({"status_class": "2xx"}, [None, 2, 1]),
        ({"status_class": "4xx"}, [None]),
        ({"since": moment}, [None, None]),
        ({"until": moment}, [2, 1]),
        ({"q": "سلام"}, [1]),
        ({"q": "السَّلامُ", "verdict": "accepted"}, [1]),
        ({"q": first.id}, [1]),
        ({"q": "لا أحد"}, []),
    ]
    for query, found in expected:
        assert listed(api, one, **query) == found, query


@sqlite
def test_a_filter_that_is_wrong_is_named(api: Api, caller: Make) -> None:
    one = caller()
    path = f"/triggers/{one.trigger_id}"
    wrong = {"verdict": "x", "run": "x", "status_class": "1xx", "since": "gestern", "until": "1"}
    answer = api.get(f"{path}/calls", **wrong)
    assert answer.status_code == 422
    assert {error["pointer"] for error in answer.json["errors"]} == {f"/{name}" for name in wrong}
    assert api.get(f"{path}/calls", limit="0").status_code == 422
    answer = api.post(f"{path}/replay", {"filter": wrong})
    assert {error["pointer"] for error in answer.json["errors"]} == {
        f"/filter/{name}" for name in wrong
    }
    for bad in ([], None, "x", 7, {"q": 1}, {"verdict": ["accepted"]}, {"verdct": "accepted"}):
        assert api.post(f"{path}/replay", {"filter": bad}).status_code == 422, bad


@sqlite
def test_the_list_goes_page_by_page_without_gaps(api: Api, caller: Make) -> None:
    one, other = caller(mode="sync", variables={"body": [{"path": "id"}]}), caller()
    for number in range(5):
        one.call({"id": number})
        other.call()
    path, seen, cursor = f"/triggers/{one.trigger_id}/calls", [], None
    while True:
        page = api.get(path, limit=2, cursor=cursor).json
        seen += [call["variables"]["body.id"] for call in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
        one.call({"id": 99})
    assert seen == [4, 3, 2, 1, 0]


def test_a_replay_runs_for_real_under_the_current_version(api: Api, caller: Make) -> None:
    one = caller(mode="async", rules=[])
    one.call({"id": 7})
    run_all()
    assert events() == []
    api.patch(f"/triggers/{one.trigger_id}", {"rules": RULES})
    [call] = one.calls
    answer = api.post(f"/calls/{call.id}/replay", {"rehearse": False})
    assert answer.status_code == 202
    made = answer.json
    assert (made["replay_of"], made["asked_by"], made["run"]) == (call.id, "المنصة", "waiting")
    assert (made["verdict"], made["status"]) == ("accepted", None)
    assert run_all() == 1
    assert events() == [{"id": 7}]
    shown = api.get(f"/calls/{made['id']}").json
    assert (shown["run"], shown["rule"], shown["status"]) == ("done", "طلب", None)
    assert api.get(f"/calls/{call.id}").json["replay_of"] is None


@sqlite
def test_a_replay_needs_no_body_and_takes_no_unknown_member(api: Api, caller: Make) -> None:
    one = caller()
    one.call()
    path = f"/calls/{one.calls[0].id}/replay"
    assert api.post(path).status_code == 202
    assert api.post(path, {"rehearse": "yes"}).status_code == 422
    assert api.post(path, {"dry": True}).status_code == 422
    assert len(one.calls) == 2


@sqlite
@pytest.mark.parametrize("mode", ["async", "sync"])
def test_a_rehearsal_has_no_effect_and_tells_everything(api: Api, caller: Make, mode: str) -> None:
    one = caller(mode=mode, dedupe={"from": "body:id"})
    one.call({"id": 7})
    run_all()
    api.patch(f"/triggers/{one.trigger_id}", {"rules": RULES})
    answer = api.post(f"/calls/{one.calls[0].id}/replay", {"rehearse": True})
    assert answer.status_code == 200
    told = answer.json
    assert (told["rule"], told["error"]) == ("طلب", None)
    assert told["events"] == [{"type": "order.status", "data": {"id": 7}}]
    expected = {"async": (200, "ok"), "sync": (201, {"ok": True})}
    assert (told["status"], told["body"]) == expected[mode]
    assert told["explanation"]["rules"][0]["result"] == "met"
    assert (len(one.calls), events(), run_all()) == (1, [], 0)


@sqlite
def test_what_cannot_be_replayed_is_409(api: Api, caller: Make) -> None:
    one, gone = caller(auth=BASIC), caller()
    one.call()
    gone.call()
    api.delete(f"/triggers/{gone.trigger_id}")
    refused = api.post(f"/calls/{one.calls[0].id}/replay", {})
    deleted = api.post(f"/calls/{gone.calls[0].id}/replay", {})
    assert [(answer.status_code, answer.json["code"]) for answer in (refused, deleted)] == [
        (409, "call_was_refused"), (409, "trigger_deleted"),
    ]  # fmt: skip
    assert api.post("/calls/cal_nobody/replay", {}).status_code == 404


@sqlite
def test_a_replay_of_a_repeat_runs_what_the_repeat_brought(api: Api, caller: Make) -> None:
    one = caller(dedupe={"from": "header:X-Id"}, rules=RULES)
    one.call({"id": 1}, headers={"X-Id": "a"})
    one.call({"id": 2}, headers={"X-Id": "a"})
    assert api.post(f"/calls/{one.calls[1].id}/replay", {}).status_code == 202
    run_all()
    assert events() == [{"id": 1}, {"id": 2}]
    assert one.call({"id": 3}, headers={"X-Id": "a"}).status_code == 200
    assert one.calls[-1].verdict == "duplicate"


def test_a_filter_is_replayed_oldest_first_and_only_what_was_let_in(api: Api, caller: Make) -> None:
    one = caller(auth=BASIC, rules=[], dedupe={"from": "body:id"})
    for number in (1, 2, 3, 3):
        one.call({"id": number, "text": "نعم" if number > 1 else "لا"}, headers=RIGHT)
    one.call({"id": 4, "text": "نعم"})
    run_all()
    api.patch(f"/triggers/{one.trigger_id}", {"rules": RULES})
    path, wanted = f"/triggers/{one.trigger_id}/replay", {"q": "نعم"}
    rehearsed = api.post(path, {"filter": wanted, "rehearse": True})
    assert (rehearsed.status_code, rehearsed.json["count"]) == (200, 2)
    told = [(item["call"], item["events"][0]["data"]["id"]) for item in rehearsed.json["items"]]
    assert told == [(one.calls[1].id, 2), (one.calls[2].id, 3)]
    assert events() == []
    answer = api.post(path, {"filter": wanted})
    assert (answer.status_code, answer.json) == (202, {"count": 2})
    assert run_all() == 2
    assert events() == [{"id": 2}, {"id": 3}]


@sqlite
def test_a_filter_of_a_deleted_trigger_is_409_and_of_nothing_is_none(
    api: Api, caller: Make
) -> None:
    one = caller()
    path = f"/triggers/{one.trigger_id}/replay"
    assert api.post(path, {}).json == {"count": 0}
    one.call()
    api.delete(f"/triggers/{one.trigger_id}")
    assert api.post(path, {}).status_code == 409
    assert len(one.calls) == 1


def test_what_was_repeated_is_not_repeated_again(api: Api, account: Account) -> None:
    trigger = factories.make_trigger(account)
    factories.make_call(trigger)
    path = f"/triggers/{trigger.id}/replay"
    assert [api.post(path, {"filter": {}}).json["count"] for _ in range(2)] == [1, 1]
