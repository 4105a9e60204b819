"""What every answer to a call has, and what none may have."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from portal.domain.triggers import answering
from portal.extensions import db
from portal.models import Call, TriggerVersion
from tests.outsiders import BASIC, Caller

Make = Callable[..., Caller]

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

GUARDS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
HOSTILE = "a\r\nSet-Cookie: x=1\r\n\r\n<script>\x01\x85\u2028é"


def test_nothing_in_a_header_is_an_empty_header(caller: Make) -> None:
    one = caller(response={"headers": {"X-Null": "{{ body.none }}", "X-Gone": "{{ body.gone }}"}})
    headers = one.call({"none": None}).headers
    assert (headers["X-Null"], headers["X-Gone"]) == ("", "")


def test_no_browser_runs_what_any_answer_holds(caller: Make) -> None:
    one = caller(auth=BASIC, limits={"per_minute": 4, "body_bytes": 4})
    open_one = caller(response={"headers": {"X-A": "1"}, "body": "<script>1</script>"})
    answers = [
        open_one.call(),
        open_one.call(b"{"),
        open_one.call(kind="text/html"),
        open_one.call(method="GET"),
        one.call(),
        one.call(b"x" * 5),
        *[one.call() for _ in range(4)],
    ]
    assert [answer.status_code for answer in answers] == [200, 400, 415, 405, 401, 413] + (
        [401] * 3 + [429]
    )
    for answer in answers:
        for name, value in GUARDS.items():
            assert answer.headers.getlist(name) == [value], answer.status_code
        assert "Set-Cookie" not in answer.headers
        assert "html" not in answer.headers["Content-Type"]


def test_a_page_that_is_not_found_at_the_door_is_no_html(caller: Make, app: Flask) -> None:
    browser = app.test_client()
    answers = [browser.post("/hooks/in/nobody", json={}), browser.post("/hooks/in/%00", json={})]
    assert [answer.status_code for answer in answers] == [404, 400]
    for answer in answers:
        assert answer.mimetype == "application/problem+json"
        for name, value in GUARDS.items():
            assert answer.headers.getlist(name) == [value]


@pytest.mark.parametrize("status", [204, 205, 304])
def test_an_answer_that_has_no_body_by_its_status_has_none(caller: Make, status: int) -> None:
    for mode in ("async", "sync"):
        one = caller(mode=mode, response={"status": status, "headers": {"X-A": "1"}})
        answer = one.call()
        assert (answer.status_code, answer.data, answer.headers["X-A"]) == (status, b"", "1")
        assert "Content-Type" not in answer.headers


def test_a_text_is_sent_as_text_and_anything_else_as_json(caller: Make) -> None:
    text, json_ = "text/plain; charset=utf-8", "application/json"
    bodies: list[tuple[Any, str, bytes]] = [
        ("", text, b""),
        ("نعم", text, "نعم".encode()),
        ('{"a": 1}', text, b'{"a": 1}'),
        ({"نعم": [1, 2.5, None, True]}, json_, '{"نعم": [1, 2.5, null, true]}'.encode()),
        (None, json_, b"null"),
        (0, json_, b"0"),
        ("{{ body.a }}", json_, b'{"b": 1}'),
        ("{{ body.none }}", json_, b"null"),
        ("<{{ body.none }}>", text, b"<>"),
    ]
    for body, kind, raw in bodies:
        answer = caller(response={"body": body}).call({"a": {"b": 1}})
        assert (answer.headers["Content-Type"], answer.data) == (kind, raw), body
    own = caller(response={"headers": {"content-type": "text/csv"}, "body": "a,b"}).call()
    assert own.headers.getlist("Content-Type") == ["text/csv"]


@pytest.mark.parametrize("mode", ["async", "sync"])
def test_nothing_of_a_call_can_break_out_of_a_header(caller: Make, mode: str) -> None:
    headers = {
        "X-Whole": "{{ body.x }}",
        "X-Part": "<{{ body.x }}>",
        "X-Query": "{{ query.q }}",
        "X-Object": "{{ body.o }}",
        "X-Long": "{{ body.long }}",
        "Location": "{{ body.x }}",
    }
    one = caller(mode=mode, response={"headers": headers, "body": "{{ body.x }}"})
    answer = one.call(
        {"x": HOSTILE, "o": {"k": HOSTILE}, "long": "x" * 10_000}, query="q=%0d%0aX-Evil:%201"
    )
    assert answer.status_code == 200
    assert not {"Set-Cookie", "X-Evil", "X-Long"} & set(answer.headers.keys())
    for name in ("X-Whole", "X-Part", "X-Query", "X-Object", "Location"):
        value = answer.headers[name]
        assert value.isascii()
        assert value.isprintable()
    assert answer.text == HOSTILE
    assert one.call({"x": HOSTILE, "long": ""}).status_code == 200


def test_what_was_configured_before_a_header_was_forbidden_is_not_sent(caller: Make) -> None:
    one = caller(response={"headers": {"X-A": "1", "X-B": "{{ body.b }}"}})
    version = db.session.query(TriggerVersion).one()
    answer = {"status": 200, "headers": {"Set-Cookie": "a=1", "Connection": "{{ body.b }}"}}
    version.configuration = version.configuration | {"response": answer | {"body": "ok"}}
    db.session.commit()
    got = one.call({"b": "close"})
    assert not {"Set-Cookie", "Connection"} & set(got.headers.keys())


@pytest.mark.parametrize("mode", ["async", "sync"])
def test_an_answer_that_grows_too_long_is_an_error_and_never_a_success(
    caller: Make, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "MAX_FILLED", 1000)
    one = caller(
        mode=mode,
        response={"body": "{{ body.x }} {{ body.x }}"},
        on_error={"status": 503, "body": "لا"},
    )
    answer = one.call({"x": "x" * 600})
    assert (answer.status_code, answer.text) == (503, "لا")
    assert one.outcomes == [("accepted", "answer_too_long", 503)]
    assert one.calls[0].run_state == "failed"
    assert one.call({"x": "x" * 400}).status_code == 200


@pytest.mark.parametrize("mode", ["async", "sync"])
def test_an_error_of_a_rule_is_answered_as_configured_and_publishes_nothing(
    caller: Make, mode: str
) -> None:
    rule = {"publish": [{"type": "order.status", "data": "{{ body.no_object }}"}]}
    one = caller(mode=mode, rules=[rule], on_error={"status": 500, "body": {"error": True}})
    answer = one.call({"no_object": [1]})
    assert answer.status_code == (500 if mode == "sync" else 200)
    if mode == "sync":
        assert answer.json == {"error": True}
        assert db.session.query(Call.reason).scalar() == "event_not_an_object"
