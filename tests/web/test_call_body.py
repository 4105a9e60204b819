"""What is taken as the body of a call: JSON, strictly."""

import json
from collections.abc import Callable

import pytest

from tests.outsiders import GITHUB, Caller, signed

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

JSON_TYPES = [
    "application/json",
    "Application/JSON; charset=utf-8",
    "application/json;charset=windows-1256",
    "application/cloudevents+json",
    "application/vnd.api+json; ext=1",
    "text/vnd.own+JSON",
]
OTHER_TYPES = [
    "text/plain",
    "application/jsonp",
    "application/json-seq",
    "application/x-ndjson",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "json",
    "+json",
    "text/plain, application/json",
    "*/*",
]
# A body, its code, and where it goes wrong.
REFUSED = [
    (b"", "empty_body", None),
    (b" ", "malformed", (1, 2)),
    (b"{", "malformed", (1, 2)),
    (b'{"a": 1}\n{"a": 2}', "malformed", (2, 1)),
    (b'{\n "a": tru\n}', "malformed", (2, 7)),
    (b"{'a': 1}", "malformed", (1, 2)),
    (b'{"a": 1,}', "malformed", None),
    (b'{"a": 01}', "malformed", None),
    (b"[1] // no", "malformed", (1, 5)),
    (b'{"a": 1, "a": 2}', "duplicate_key", None),
    (b'{"a": {"b": 1, "\\u0062": 2}}', "duplicate_key", None),
    (b'{"a": NaN}', "not_finite", None),
    (b"[-Infinity]", "not_finite", None),
    (b"[1e999]", "number_too_large", None),
    (b"[" + b"9" * 65 + b"]", "number_too_large", None),
    (b'{"a": "\\ud800"}', "bad_character", None),
    (b'{"\\udfff": 1}', "bad_character", None),
    (b'["\\u0000"]', "bad_character", None),
    (b'["\x00"]', "malformed", None),
    (b"[" * 65 + b"]" * 65, "too_deep", None),
    (b"[" * 200_000, "too_deep", None),
    (b'{"a":' * 100_000, "too_deep", None),
    (b'"\xff"', "not_utf8", (1, 2)),
    ('{"a": "نص"}'.encode("windows-1256"), "not_utf8", (1, 8)),
    ('{"a": 1}'.encode("utf-16"), "not_utf8", (1, 1)),
    (b"a=1&b=2", "malformed", (1, 1)),
]
TAKEN = [
    (b"{}", {}),
    (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
    (b" \r\n\t[1, 2]\n", [1, 2]),
    (b"null", None),
    (b"false", False),
    (b"0", 0),
    (b'""', ""),
    ('"نصٌّ 🔑"'.encode(), "نصٌّ 🔑"),
    (b'"\\ud83d\\udd11"', "🔑"),
    (b"[" * 64 + b"]" * 64, json.loads("[" * 64 + "]" * 64)),
    (b'{"a.b": {"": 1e2}}', {"a.b": {"": 100.0}}),
    (b"9007199254740993", 9007199254740993),
]


def test_only_types_of_json_are_taken(caller: Callable[..., Caller]) -> None:
    one = caller()
    for kind in JSON_TYPES:
        assert one.call(kind=kind).status_code == 200, kind
    for kind in OTHER_TYPES:
        answer = one.call(kind=kind)
        assert (answer.status_code, answer.json["code"]) == (415, "unsupported_media_type"), kind
    assert one.call(kind=None).status_code == 415
    reasons = [outcome for outcome in one.outcomes if outcome[0] == "refused"]
    assert set(reasons) == {("refused", "unsupported_media_type", 415)}


def test_a_body_that_is_packed_is_415_and_never_unpacked(caller: Callable[..., Caller]) -> None:
    one = caller()
    for encoding in ("gzip", "br", "GZIP", "identity, gzip"):
        answer = one.call(headers={"Content-Encoding": encoding})
        assert (answer.status_code, answer.json["code"]) == (415, "content_encoded"), encoding
    assert one.call(headers={"Content-Encoding": "identity"}).status_code == 200


def test_what_is_no_strict_json_is_400_with_its_place(caller: Callable[..., Caller]) -> None:
    one = caller()
    for body, code, place in REFUSED:
        answer = one.call(body)
        told = (answer.status_code, answer.json["code"], answer.mimetype)
        assert told == (400, code, "application/problem+json"), body[:40]
        if place:
            assert (answer.json["line"], answer.json["column"]) == place, body[:40]
            assert code == "not_utf8" or f"{place[0]}" in answer.json["detail"]
        assert ("line" in answer.json) == (code != "empty_body")
    assert {call.verdict for call in one.calls} == {"refused"}


@pytest.mark.parametrize("mode", ["async", "sync"])
def test_any_json_is_taken_whatever_its_root_and_kept_to_the_letter(
    caller: Callable[..., Caller], mode: str
) -> None:
    one = caller(mode=mode, response={"body": ["{{ body }}"]})
    for body, value in TAKEN:
        answer = one.call(body)
        assert (answer.status_code, answer.json) == (200, [value]), body[:40]
    assert [call.body for call in one.calls] == [body for body, _ in TAKEN]


def test_a_call_with_neither_type_nor_body_is_taken(caller: Callable[..., Caller]) -> None:
    one = caller(mode="sync", response={"body": {"body": "{{ body }}", "all": "[{{ body.a }}]"}})
    answer = one.call(b"", kind=None)
    assert (answer.status_code, answer.json) == (200, {"all": "[]"})
    assert one.calls[0].body == b""


def test_credentials_come_before_the_type_and_the_type_before_the_body(
    caller: Callable[..., Caller],
) -> None:
    one = caller(auth=GITHUB)
    assert one.call(b"{", kind="text/plain").status_code == 401
    assert one.call(b"{", kind="text/plain", headers=signed(b"{")).status_code == 415
    assert one.call(b"{", headers=signed(b"{")).status_code == 400
    assert one.call(b"{}", headers=signed(b"{}")).status_code == 200


def test_a_query_that_cannot_be_read_is_400(caller: Callable[..., Caller]) -> None:
    for mode in ("async", "sync"):
        one = caller(mode=mode, response={"body": "{{ query.a }}"})
        for query in ("&".join(["a=1"] * 1001), "a=" + "x" * 65_536):
            answer = one.call(query=query)
            assert answer.status_code == 400, query[:20]
            assert answer.json["code"] == one.calls[-1].reason
        for query in (
            "%",
            "a[=1",
            "a]=%zz&[]=&=&&",
            "a=%00%ff",
            "a[" * 50 + "]=1",
            "hasOwnProperty",
        ):
            assert one.call(query=query).status_code == 200, query
