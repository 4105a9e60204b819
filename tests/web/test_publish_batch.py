"""POST /events/batch: many events come in at once."""

import json
from collections.abc import Callable
from typing import Any

from portal.extensions import db
from portal.models import Delivery, Event
from tests import factories
from tests.clients import Api
from tests.receiver import Receiver

EVENT = {"type": "message.received", "data": {"text": "السلام عليكم"}}
LINES = "application/x-ndjson"
MOST = 256 * 1024

NO_LIST = [
    ("[", 400, "malformed"),
    ("[{}] x", 400, "malformed"),
    ("[{},]", 400, "malformed"),
    ("", 400, "malformed"),
    ('["\\ud800"]', 400, "bad_character"),
    (b"\xff[]", 400, "not_utf8"),
    ("{}", 422, "invalid"),
    ("null", 422, "invalid"),
]


def stored() -> int:
    """How many events are stored."""
    return db.session.query(Event).count()


def send_lines(api: Api, *lines: Any, kind: str = LINES, end: str = "\n") -> Any:
    """POST ``lines``, texts as they are and anything else as JSON, as a batch."""
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    body = "".join(text + end for text in texts).encode()
    return api.post("/events/batch", data=body, content_type=kind)


def test_each_event_is_answered_in_order(
    api: Api, receiver: Receiver, drain: Callable[[], int]
) -> None:
    factories.make_hook(receiver.url)
    answer = api.post("/events/batch", [EVENT | {"data": {"n": n}} for n in range(5)])
    assert answer.status_code == 202
    assert [item["deliveries"] for item in answer.json["items"]] == [1] * 5
    for n, item in enumerate(answer.json["items"]):
        assert api.get(f"/events/{item['id']}").json["data"] == {"n": n}
    assert drain() == 5
    assert sorted(arrival.json["data"]["n"] for arrival in receiver.wait_for(5)) == [*range(5)]


def test_a_batch_may_come_as_lines(api: Api) -> None:
    for kind in (LINES, "application/ndjson", "application/jsonl"):
        answer = send_lines(api, EVENT, "", EVENT, "   ", kind=kind, end="\r\n")
        assert answer.status_code == 202
        assert len(answer.json["items"]) == 2
    assert stored() == 6


def test_an_empty_batch_is_a_batch(api: Api) -> None:
    assert api.post("/events/batch", []).json == {"items": []}
    assert send_lines(api).json == {"items": []}


def test_a_bad_event_does_not_hinder_the_good_ones(api: Api) -> None:
    bad = {"type": "nobody.knows", "data": {}}
    answer = api.post("/events/batch", [EVENT, bad, {"type": "x"}, 7, EVENT])
    assert answer.status_code == 202
    items = answer.json["items"]
    assert [item.get("status") for item in items] == [None, 422, 422, 422, None]
    assert items[1]["errors"][0]["code"] == "unknown_event_type"
    assert items[2]["errors"][0]["pointer"] == "/data"
    assert items[3]["errors"][0]["code"] == "not_an_object"
    assert stored() == 2


def test_every_kind_of_wrong_element_gets_its_problem_and_the_others_are_stored(api: Api) -> None:
    wrong: list[Any] = [None, 7, "x", [], {}, EVENT | {"type": 1}, EVENT | {"data": []}]
    wrong += [EVENT | {"id": 5}, EVENT | {"occurred_at": "x"}, EVENT | {"data": {"x": "x" * MOST}}]
    answer = api.post(
        "/events/batch", [one for pair in zip(wrong, [EVENT] * 10, strict=True) for one in pair]
    )
    assert answer.status_code == 202
    items = answer.json["items"]
    assert [item["status"] for item in items[::2]] == [422] * 9 + [413]
    assert all(item["id"].startswith("evt_") for item in items[1::2])
    assert stored() == 10


def test_no_problem_of_one_event_speaks_for_the_whole_batch(api: Api) -> None:
    huge = EVENT | {"data": {"x": "x" * MOST}}
    items = send_lines(api, EVENT, '{"type": ', huge, {"type": "x"}).json["items"]
    for item in items[1:]:
        assert "حدث" in item["detail"] or "السطر" in item["detail"]
        assert "لم نحفظ شيئًا" not in item["detail"]
        assert "لم نحفظ منه شيئًا" not in item["detail"]


def test_a_bad_line_does_not_hinder_the_good_ones(api: Api) -> None:
    huge = EVENT | {"data": {"x": "x" * 256 * 1024}}
    answer = send_lines(api, EVENT, '{"type": ', huge, EVENT)
    items = answer.json["items"]
    assert [item.get("status") for item in items] == [None, 400, 413, None]
    assert [item.get("code") for item in items[1:3]] == ["malformed", "too_large"]
    assert items[1]["line"] == 1
    assert stored() == 2


def test_the_same_id_twice_is_one_event(api: Api) -> None:
    factories.make_hook()
    api.post("/events", EVENT | {"id": "before"})
    answer = api.post("/events/batch", [EVENT | {"id": name} for name in ("a", "a", "before")])
    first, again, before = answer.json["items"]
    assert "duplicate" not in first
    assert again == {**first, "duplicate": True}
    assert before["duplicate"] is True
    assert stored() == db.session.query(Delivery).count() == 2


def test_a_thousand_events_are_taken_and_not_one_more(api: Api) -> None:
    answer = api.post("/events/batch", [EVENT] * 1000)
    assert answer.status_code == 202
    assert len({item["id"] for item in answer.json["items"]}) == stored() == 1000
    for refused in (api.post("/events/batch", [EVENT] * 1001), send_lines(api, *[EVENT] * 1001)):
        assert (refused.status_code, refused.json["code"]) == (413, "too_many_events")
        assert "1000" in refused.json["detail"]
    assert stored() == 1000


def test_a_batch_may_have_8_mebibytes_and_not_one_byte_more(api: Api) -> None:
    text = "[" + json.dumps(EVENT) + "]"
    padded = text + " " * (8 * 1024 * 1024 - len(text))
    assert api.post("/events/batch", padded).status_code == 202
    answer = api.post("/events/batch", padded + " ")
    assert (answer.status_code, answer.json["code"]) == (413, "too_large")
    assert stored() == 1


def test_what_is_no_list_is_refused_whole(api: Api) -> None:
    for body, status, code in NO_LIST:
        answer = api.post("/events/batch", body)
        assert (answer.status_code, answer.json["code"]) == (status, code), body
    assert stored() == 0


def test_only_json_and_lines_are_taken(api: Api) -> None:
    for kind in ("text/plain", "text/csv", ""):
        assert send_lines(api, EVENT, kind=kind).status_code == 415
    assert stored() == 0
