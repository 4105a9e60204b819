"""What may not be saved as a trigger: every fault has its place and its code."""

from typing import Any

import pytest

from portal.extensions import db
from portal.models import Trigger
from tests.clients import Api
from tests.outsiders import BASIC, GITHUB

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

Faults = set[tuple[str, str]]

NAMES: list[tuple[Any, str]] = [
    ("", "required"),
    ("  ", "required"),
    ("x" * 201, "bad_length"),
]
MEMBERS: list[tuple[dict[str, Any], Faults]] = [
    ({"mode": "fast"}, {("/mode", "unknown_choice")}),
    ({"mode": None}, {("/mode", "unknown_choice")}),
    ({"enabled": 1}, {("/enabled", "not_a_flag")}),
    ({"secret": "x"}, {("/secret", "unknown_member")}),
    ({"token": "x"}, {("/token", "unknown_member")}),
    ({"deadline_seconds": 0}, {("/deadline_seconds", "bad_number")}),
    ({"deadline_seconds": 121}, {("/deadline_seconds", "bad_number")}),
    ({"deadline_seconds": 1.5}, {("/deadline_seconds", "bad_number")}),
    ({"limits": None}, {("/limits", "not_an_object")}),
    ({"limits": {"body_bytes": 0}}, {("/limits/body_bytes", "bad_number")}),
    ({"limits": {"body_bytes": 10485761}}, {("/limits/body_bytes", "bad_number")}),
    ({"limits": {"per_minute": 0}}, {("/limits/per_minute", "bad_number")}),
    ({"limits": {"per_hour": 1}}, {("/limits/per_hour", "unknown_member")}),
    ({"limits": {"addresses": "10.0.0.1"}}, {("/limits/addresses", "not_a_list")}),
    ({"limits": {"addresses": ["10.0.0.1"] * 201}}, {("/limits/addresses", "too_many")}),
    (
        {"limits": {"addresses": ["10.0.0.1", "10.0.0.300", "host.example", "10.0.0.0/33", 7, ""]}},
        {(f"/limits/addresses/{place}", "bad_address") for place in (1, 2, 3, 4, 5)},
    ),
    ({"dedupe": "header:X"}, {("/dedupe", "not_an_object")}),
    ({"dedupe": {"from": "X-Id"}}, {("/dedupe/from", "bad_dedupe")}),
    ({"dedupe": {"from": "cookie:a"}}, {("/dedupe/from", "bad_dedupe")}),
    ({"dedupe": {"from": "body:"}}, {("/dedupe/from", "bad_dedupe")}),
    ({"dedupe": {"from": "body:a..b"}}, {("/dedupe/from", "bad_dedupe")}),
    ({"dedupe": {"from": "body:" + "x" * 500}}, {("/dedupe/from", "bad_dedupe")}),
]
AUTHS: list[tuple[Any, Faults]] = [
    (None, {("", "not_an_object")}),
    ({"kind": "token"}, {("/kind", "unknown_choice")}),
    ({"kind": "none", "password": "x"}, {("/password", "unknown_member")}),
    ({"kind": "basic"}, {("/username", "required"), ("/password", "required")}),
    (BASIC | {"username": "a:b"}, {("/username", "colon_in_username")}),
    (BASIC | {"username": "a\nb"}, {("/username", "bad_character")}),
    (BASIC | {"password": "x" * 513}, {("/password", "bad_length")}),
    (BASIC | {"password": "a\x7fb"}, {("/password", "bad_character")}),
    (BASIC | {"password": 7}, {("/password", "not_a_text"), ("/password", "required")}),
    (BASIC | {"secret": "x"}, {("/secret", "unknown_member")}),
    ({"kind": "signature"}, {("/preset", "unknown_choice")}),
    ({"kind": "signature", "preset": "nobody", "secret": "x"}, {("/preset", "unknown_choice")}),
    ({"kind": "signature", "preset": "github"}, {("/secret", "required")}),
    (GITHUB | {"secret": " "}, {("/secret", "secret_empty")}),
    (GITHUB | {"secret": "x" * 513}, {("/secret", "bad_length")}),
    (GITHUB | {"previous_secret": "a\tb"}, {("/previous_secret", "bad_character")}),
    (GITHUB | {"preset": "standard_webhooks", "secret": "؟"}, {("/secret", "secret_not_base64")}),
    ({"kind": "signature", "custom": {}, "secret": "x"}, {("/custom/header", "required")}),
    (
        {"kind": "signature", "custom": {"header": "a b", "signed": "{id}"}, "secret": "x"},
        {
            ("/custom/header", "bad_header_name"),
            ("/custom/signed", "body_not_signed"),
            ("/custom/id_header", "required"),
        },
    ),
    (
        {
            "kind": "signature",
            "custom": {"header": "Authorization", "algorithm": "jwt_hs256"},
            "secret": "short",
        },
        {("/secret", "secret_too_short")},
    ),
]
ANSWERS: list[tuple[Any, Faults]] = [
    ("ok", {("", "not_an_object")}),
    ({"status": 199}, {("/status", "bad_number")}),
    ({"status": 600}, {("/status", "bad_number")}),
    ({"status": 101}, {("/status", "bad_number")}),
    ({"status": "200"}, {("/status", "bad_number")}),
    ({"code": 200}, {("/code", "unknown_member")}),
    ({"status": 204, "body": "ok"}, {("/body", "body_not_allowed")}),
    ({"status": 304, "body": {}}, {("/body", "body_not_allowed")}),
    ({"body": "x" * 65_536}, {("/body", "too_long")}),
    ({"body": "{{ body.a"}, {("/body", "placeholder_not_closed")}),
    ({"body": {"a": [{"b": "{{ body..a }}"}]}}, {("/body/a/0/b", "path_malformed")}),
    ({"body": "{{ secret.a }}"}, {("/body", "unknown_part")}),
    ({"headers": []}, {("/headers", "not_a_text_map")}),
    ({"headers": {"X-A": 1}}, {("/headers", "not_a_text_map")}),
    ({"headers": {"X A": "1"}}, {("/headers/X A", "bad_header_name")}),
    ({"headers": {"": "1"}}, {("/headers/", "bad_header_name")}),
    ({"headers": {"X-A\r\nX-B": "1"}}, {("/headers/X-A\r\nX-B", "bad_header_name")}),
    ({"headers": {"X-A": "1\r\nSet-Cookie: a"}}, {("/headers/X-A", "bad_header_value")}),
    ({"headers": {"X-A": "نعم"}}, {("/headers/X-A", "bad_header_value")}),
    ({"headers": {"X-A": "x" * 2049}}, {("/headers/X-A", "bad_header_value")}),
    ({"headers": {"x-a": "1", "X-A": "2"}}, {("/headers", "header_twice")}),
    ({"headers": {f"X-{n}": "1" for n in range(21)}}, {("/headers", "too_many_headers")}),
    ({"headers": {"X-A": "{{ body. }}"}}, {("/headers/X-A", "path_malformed")}),
]
FORBIDDEN = [
    *["Content-Length", "transfer-encoding", "CONNECTION", "Upgrade", "Set-Cookie", "Trailer"],
    *["Content-Security-Policy", "X-Content-Type-Options", "WWW-Authenticate", "Date", "Server"],
    *["Access-Control-Allow-Origin", "Cross-Origin-Opener-Policy", "Refresh", "Link", "Alt-Svc"],
    *["Accept-CH", "Speculation-Rules", "Set-Login", "Attribution-Reporting-Register-Source"],
    *["Strict-Transport-Security", "Clear-Site-Data", "Service-Worker-Allowed", "X-Accel-Redirect"],
    *["Content-Encoding", "X-Frame-Options", "Referrer-Policy", "Keep-Alive", "Proxy-Connection"],
]
UNSAFE_TYPES = [
    *[
        "text/html",
        "TEXT/HTML; charset=utf-8",
        "image/svg+xml",
        "application/xhtml+xml",
        "text/xml",
    ],
    *["text/javascript", "text/plain, text/html", "application/json; charset=utf-7", ""],
    *["multipart/x-mixed-replace", "application/pdf", "text/plain;x=<", "{{ body.kind }}"],
]
VARIABLES: list[tuple[Any, Faults]] = [
    ([], {("", "not_an_object")}),
    ({"cookies": []}, {("/cookies", "unknown_member")}),
    ({"headers": "X-A"}, {("/headers", "not_a_list")}),
    ({"headers": [{"name": "X A"}]}, {("/headers/0/name", "bad_header_name")}),
    (
        {"headers": [{"path": "x"}]},
        {("/headers/0/path", "unknown_member"), ("/headers/0/name", "bad_header_name")},
    ),
    ({"headers": [{"name": "X"}, {"name": "x"}]}, {("/headers/1/name", "variable_twice")}),
    ({"query": [{"path": ""}]}, {("/query/0/path", "bad_path")}),
    ({"body": [{"path": "a"}, {"path": "a..b"}]}, {("/body/1/path", "bad_path")}),
    ({"body": [{"path": "a"}, {"path": '["a"]'}]}, {("/body/1/path", "variable_twice")}),
    ({"body": [{"path": "a", "alias": "x" * 101}]}, {("/body/0/alias", "bad_length")}),
    ({"body": [{"path": "a", "alias": 1}]}, {("/body/0/alias", "not_a_text")}),
    ({"body": [{"path": f"a{n}"} for n in range(301)]}, {("/body", "too_many")}),
]
RULES: list[tuple[Any, Faults]] = [
    (None, {("", "not_an_object")}),
    ({"name": "x" * 201}, {("/name", "bad_length")}),
    ({"enabled": "yes"}, {("/enabled", "not_a_flag")}),
    ({"then": []}, {("/then", "unknown_member")}),
    ({"publish": {}}, {("/publish", "not_a_list")}),
    ({"publish": [{}]}, {("/publish/0/type", "required")}),
    ({"publish": [{"type": "Bad Type"}]}, {("/publish/0/type", "bad_event_type")}),
    ({"publish": [{"type": "order.status", "data": [1]}]}, {("/publish/0/data", "not_an_object")}),
    (
        {"publish": [{"type": "order.status", "data": {"a": "{{ x }}"}}]},
        {("/publish/0/data/a", "unknown_part")},
    ),
    ({"publish": [{"type": "order.status"}] * 21}, {("/publish", "too_many")}),
    ({"response": {"status": 99}}, {("/response/status", "bad_number")}),
    ({"when": 7}, {("/when", "not_an_object")}),
    ({"when": {"all": "x"}}, {("/when/all", "not_a_list")}),
    (
        {"when": {"any": [{"left": "body..a", "op": "eq", "right": 1}]}},
        {("/when/any/0/left", "path_malformed")},
    ),
    (
        {"when": {"all": [{"left": "body.a", "op": "like", "right": 1}]}},
        {("/when/all/0/op", "unknown_choice")},
    ),
    (
        {"when": {"all": [{"left": "body.a", "op": "matches", "right": "("}]}},
        {("/when/all/0/right", "bad_pattern")},
    ),
    ({"call": {"as": "a b", "url": "https://example.com/"}}, {("/call/as", "bad_call_name")}),
]


def faults(api: Api, **members: Any) -> Faults:
    """What a trigger with ``members`` is refused for."""
    answer = api.post("/triggers", {"name": "دفع"} | members)
    assert answer.status_code == 422, (members, answer.text[:300])
    errors = answer.json["errors"]
    assert all(error["message"] for error in errors)
    return {(error["pointer"], error["code"]) for error in errors}


def under(pointer: str, found: Faults) -> Faults:
    """``found`` as they stand beneath ``pointer``."""
    return {(pointer + at, code) for at, code in found}


def test_a_name_is_required_and_has_its_bounds(api: Api) -> None:
    for name, code in NAMES:
        assert faults(api, name=name) == {("/name", code)}
    assert ("/name", "not_a_text") in faults(api, name=7)
    missing = api.post("/triggers", {})
    assert [error["pointer"] for error in missing.json["errors"]] == ["/name"]
    assert db.session.query(Trigger).count() == 0


def test_members_that_are_wrong_are_named(api: Api) -> None:
    for members, found in MEMBERS:
        assert faults(api, **members) == found, members


def test_credentials_that_are_wrong_are_named_and_never_repeated(api: Api) -> None:
    for auth, found in AUTHS:
        assert faults(api, auth=auth) == under("/auth", found), auth
    answer = api.post("/triggers", {"name": "x", "auth": BASIC | {"password": "hunter2\n"}})
    assert "hunter2" not in answer.text


def test_answers_that_are_wrong_are_named_wherever_they_stand(api: Api) -> None:
    for answer, found in ANSWERS:
        assert faults(api, response=answer) == under("/response", found), answer
    wrong = {"status": 1}
    several = faults(api, on_error=wrong, accepted=wrong, rules=[{}, {"response": wrong}])
    assert several == {
        ("/on_error/status", "bad_number"),
        ("/accepted/status", "bad_number"),
        ("/rules/1/response/status", "bad_number"),
    }


def test_headers_that_frame_or_speak_for_the_portal_are_forbidden(api: Api) -> None:
    found = faults(api, response={"headers": dict.fromkeys(FORBIDDEN[:20], "1")})
    assert found == {(f"/response/headers/{name}", "forbidden_header") for name in FORBIDDEN[:20]}
    found = faults(api, response={"headers": dict.fromkeys(FORBIDDEN[20:], "1")})
    assert found == {(f"/response/headers/{name}", "forbidden_header") for name in FORBIDDEN[20:]}
    for kind in UNSAFE_TYPES:
        found = faults(api, response={"headers": {"Content-Type": kind}})
        assert found == {("/response/headers/Content-Type", "unsafe_content_type")}, kind


def test_variables_that_are_wrong_are_named(api: Api) -> None:
    for variables, found in VARIABLES:
        assert faults(api, variables=variables) == under("/variables", found), variables


def test_rules_that_are_wrong_are_named(api: Api) -> None:
    for rule, found in RULES:
        assert faults(api, rules=[{}, rule]) == under("/rules/1", found), rule
    assert faults(api, rules={}) == {("/rules", "not_a_list")}
    assert faults(api, rules=[{}] * 1001) == {("/rules", "too_many")}


def test_everything_that_is_wrong_is_said_at_once(api: Api) -> None:
    found = faults(api, name="", mode="x", auth={"kind": "x"}, response={"status": 1}, dedupe={})
    assert found == {
        ("/name", "required"),
        ("/mode", "unknown_choice"),
        ("/auth/kind", "unknown_choice"),
        ("/response/status", "bad_number"),
        ("/dedupe/from", "bad_dedupe"),
    }


def test_a_body_that_is_no_object_is_refused(api: Api) -> None:
    assert api.post("/triggers", [1]).status_code == 422
    assert api.post("/triggers", b"{").status_code == 400
    assert api.post("/triggers", {"name": "x" * 300_000}).status_code == 413


def test_what_is_at_the_edge_is_taken(api: Api) -> None:
    edge = {
        "name": " " + "ن" * 200 + " ",
        "deadline_seconds": 120,
        "limits": {"body_bytes": 10485760, "per_minute": 100000, "addresses": ["::/0"] * 200},
        "response": {"status": 599, "headers": {f"X-{n}": "x" for n in range(20)}},
        "accepted": {"status": 204},
        "dedupe": {"from": " query:a[0].b "},
        "auth": BASIC | {"password": "ك" * 512},
        "rules": [{}] * 1000,
    }
    answer = api.post("/triggers", edge)
    assert answer.status_code == 201, answer.text
    assert answer.json["name"] == "ن" * 200
    assert answer.json["dedupe"] == {"from": "query:a[0].b"}
    assert answer.json["accepted"] == {"status": 204, "headers": {}, "body": ""}
