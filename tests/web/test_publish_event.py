"""POST /events: one event comes in."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from portal.extensions import db
from portal.models import Account, Delivery, Event
from tests import factories
from tests.clients import Api
from tests.receiver import Receiver

EVENT = {"type": "message.received", "data": {"text": "السلام عليكم"}}
MOST = 256 * 1024

WRONG_MEMBERS = [
    ({"type": None}, "/type", "bad_event_type"),
    ({"type": "Message.Received"}, "/type", "bad_event_type"),
    ({"type": "message..received"}, "/type", "bad_event_type"),
    ({"type": "رسالة"}, "/type", "bad_event_type"),
    ({"type": "nobody.knows"}, "/type", "unknown_event_type"),
    ({"data": None}, "/data", "not_an_object"),
    ({"data": [1]}, "/data", "not_an_object"),
    ({"data": "{}"}, "/data", "not_an_object"),
    ({"id": 7}, "/id", "not_a_text"),
    ({"id": ""}, "/id", "bad_length"),
    ({"id": "x" * 129}, "/id", "bad_length"),
    ({"occurred_at": "yesterday"}, "/occurred_at", "bad_moment"),
    ({"occurred_at": "2026-11-22T14:05:09"}, "/occurred_at", "bad_moment"),
    ({"occurred_at": 1763820309}, "/occurred_at", "bad_moment"),
]

NO_STRICT_JSON = [
    ("", "malformed"),
    ("{", "malformed"),
    ('{"type": "message.received", "data": {}} x', "malformed"),
    ("{'type': 1}", "malformed"),
    ('{"type": "a", "type": "b", "data": {}}', "duplicate_key"),
    ('{"type": "message.received", "data": {"a": 1, "a": 2}}', "duplicate_key"),
    ('{"type": "message.received", "data": {"a": NaN}}', "not_finite"),
    ('{"type": "message.received", "data": {"a": 1e999}}', "number_too_large"),
    ('{"type": "message.received", "data": {"a": "\\u0000"}}', "bad_character"),
    ('{"type": "message.received", "data": {"a": "\\ud800"}}', "bad_character"),
    ('{"type": "message.received", "data": ' + '{"a":' * 70 + "1" + "}" * 71, "too_deep"),
    (b'{"type": "message.received", "data": {"a": "\xff"}}', "not_utf8"),
]


def stored() -> int:
    """How many events are stored."""
    return db.session.query(Event).count()


def event_of(size: int) -> str:
    """An event whose text has ``size`` bytes."""
    start, end = '{"type":"message.received","data":{"x":"', '"}}'
    return start + "x" * (size - len(start) - len(end)) + end


def test_an_event_is_stored_and_owed_to_every_hook_that_subscribes(
    api: Api, account: Account, other_account: Account
) -> None:
    hooks = [factories.make_hook(), factories.make_hook(), factories.make_hook(enabled=False)]
    factories.make_hook(event_types=["contact.created"])
    factories.make_hook(account=other_account)
    answer = api.post("/events", EVENT)
    assert answer.status_code == 202
    assert answer.json["deliveries"] == 3
    owed = db.session.query(Delivery).filter_by(event_id=answer.json["id"])
    assert {delivery.hook_id for delivery in owed} == {hook.id for hook in hooks}


def test_what_is_sent_is_the_data_to_the_letter(
    api: Api, receiver: Receiver, drain: Callable[[], int]
) -> None:
    factories.make_hook(receiver.url)
    data = '{ "z": 1.50,  "a": [1e2, "\\u0645رحبا"], "z2": {} }'
    answer = api.post("/events", f'{{"data": {data}, "type": "message.received"}}')
    assert answer.status_code == 202
    drain()
    [arrival] = receiver.wait_for(1)
    assert arrival.body.endswith(f'"data":{data}}}'.encode())


def test_an_event_nobody_subscribes_to_is_taken_all_the_same(api: Api, account: Account) -> None:
    answer = api.post("/events", EVENT)
    assert (answer.status_code, answer.json["deliveries"]) == (202, 0)


def test_the_same_id_again_gets_the_earlier_answer_and_sends_nothing(
    api: Api, receiver: Receiver, drain: Callable[[], int]
) -> None:
    factories.make_hook(receiver.url)
    first = api.post("/events", EVENT | {"id": "طلب-1"})
    again = api.post("/events", EVENT | {"id": "طلب-1", "data": {"other": 1}})
    assert (first.status_code, again.status_code) == (202, 200)
    assert again.json == {**first.json, "duplicate": True}
    assert drain() == 1
    assert stored() == 1


def test_another_account_may_use_the_same_id(api: Api, outside_api: Api) -> None:
    first, other = (one.post("/events", EVENT | {"id": "1"}) for one in (api, outside_api))
    assert (first.status_code, other.status_code) == (202, 202)
    assert first.json["id"] != other.json["id"]


def test_the_moment_is_the_publishers_or_now(api: Api) -> None:
    given = api.post("/events", EVENT | {"occurred_at": "2026-11-22T17:05:09.5+03:00"})
    assert api.get(f"/events/{given.json['id']}").json["occurred_at"] == "2026-11-22T14:05:09.500Z"
    event = api.get(f"/events/{api.post('/events', EVENT).json['id']}").json
    assert event["occurred_at"] == event["created_at"]


def test_a_wrong_member_is_named(api: Api) -> None:
    for changes, pointer, code in WRONG_MEMBERS:
        answer = api.post("/events", EVENT | changes)
        said = [(error["pointer"], error["code"]) for error in answer.json["errors"]]
        assert (answer.status_code, said) == (422, [(pointer, code)]), changes
    assert stored() == 0


def test_everything_that_is_wrong_is_said_at_once(api: Api) -> None:
    answer = api.post("/events", {"id": 1, "occurred_at": 2})
    pointers = [error["pointer"] for error in answer.json["errors"]]
    assert sorted(pointers) == ["/data", "/id", "/occurred_at", "/type"]


def test_what_is_no_strict_json_is_refused_with_its_place(api: Api) -> None:
    for body, code in NO_STRICT_JSON:
        answer = api.post("/events", body)
        assert (answer.status_code, answer.json["code"]) == (400, code), body
        assert answer.mimetype == "application/problem+json"
        assert answer.json["line"] >= 1 <= answer.json["column"]
    assert stored() == 0


def test_json_that_is_no_object_is_refused(api: Api) -> None:
    for body in ("[]", "7", '"text"', "null"):
        answer = api.post("/events", body)
        assert answer.status_code == 422
        assert answer.json["errors"][0]["code"] == "not_an_object"


def test_an_event_may_have_256_kibibytes_and_not_one_more(api: Api) -> None:
    assert api.post("/events", event_of(MOST)).status_code == 202
    answer = api.post("/events", event_of(MOST + 1))
    assert (answer.status_code, answer.json["code"]) == (413, "too_large")
    assert stored() == 1


def test_a_body_that_is_cut_short_is_not_taken(api: Api) -> None:
    whole = json.dumps(EVENT)
    longer = {"CONTENT_LENGTH": str(len(whole.encode()) + 5)}
    answer = api.post("/events", whole, environ_overrides=longer)
    assert (answer.status_code, answer.json["code"]) == (400, "cut_short")
    assert stored() == 0


def test_only_json_is_taken(api: Api) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        answer = api.post("/events", data=json.dumps(EVENT), content_type=kind)
        assert (answer.status_code, answer.json["code"]) == (415, "unsupported_media_type")
    assert stored() == 0


def test_json_may_be_named_more_precisely(api: Api) -> None:
    for kind in ("application/json; charset=utf-8", "application/cloudevents+json"):
        answer = api.post("/events", data=json.dumps(EVENT), content_type=kind)
        assert answer.status_code == 202


def test_events_are_still_taken_while_redis_is_away(
    api: Api, monkeypatch: pytest.MonkeyPatch, app: Any, drain: Callable[[], int]
) -> None:
    factories.make_hook()
    known = app.extensions["portal.settings"]
    nowhere = type(known)(**{**known.__dict__, "redis_url": "unix:///nowhere/redis.sock"})
    monkeypatch.setitem(app.extensions, "portal.settings", nowhere)
    assert api.post("/events", EVENT).status_code == 202
    assert drain() == 1
