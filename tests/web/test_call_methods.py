"""Calls with another method than POST."""

from collections.abc import Callable

import pytest

from tests.clients import Browser
from tests.outsiders import GITHUB, Caller

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

OTHERS = ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND"]
META = {"kind": "signature", "preset": "meta", "secret": "12345678", "verify_token": "رمز-1"}
VERIFY = "hub.mode=subscribe&hub.challenge=112358&hub.verify_token="


def test_every_other_method_is_405_and_post_is_named(caller: Callable[..., Caller]) -> None:
    one = caller(auth=GITHUB)
    for method in (*OTHERS, "BREW", "POSTS"):
        answer = one.call(b"", method=method, kind=None)
        allowed = [value for name, value in answer.headers if name == "Allow"]
        assert (answer.status_code, allowed) == (405, ["POST"]), method
        assert "WWW-Authenticate" not in answer.headers
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    outcomes = set(one.outcomes)
    assert outcomes == {("refused", "method_not_allowed", 405)}
    assert {call.method for call in one.calls} <= {*OTHERS, "BREW", "POSTS"}


def test_head_gets_no_body(caller: Callable[..., Caller]) -> None:
    assert caller().call(b"", method="HEAD", kind=None).data == b""


def test_another_method_is_of_no_use_to_a_browser_of_another_origin(
    caller: Callable[..., Caller],
) -> None:
    asks = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    answer = caller().call(b"", method="OPTIONS", kind=None, headers=asks)
    assert not [name for name, _ in answer.headers if name.startswith("Access-Control-")]


def test_a_header_or_a_field_does_not_change_the_method(
    caller: Callable[..., Caller], client: Browser
) -> None:
    one = caller()
    override = {"X-HTTP-Method-Override": "GET"}
    assert one.call(headers=override, query="_method=GET").status_code == 200
    assert one.call(b"", "GET", headers={"X-HTTP-Method-Override": "POST"}).status_code == 405


def test_the_verification_of_meta_is_the_only_get_that_is_answered(
    caller: Callable[..., Caller],
) -> None:
    one, other = caller(auth=META), caller(auth=GITHUB)
    right = one.call(b"", "GET", VERIFY + "%D8%B1%D9%85%D8%B2-1", kind=None)
    assert (right.status_code, right.text) == (200, "112358")
    assert right.headers["Content-Type"].startswith("text/plain")
    assert one.call(b"", "GET", VERIFY + "other", kind=None).status_code == 403
    assert one.call(b"", "GET", "a=1", kind=None).status_code == 405
    assert one.call(b"", "PUT", VERIFY + "x", kind=None).status_code == 405
    assert other.call(b"", "GET", VERIFY + "x", kind=None).status_code == 405


def test_an_address_with_a_stroke_at_its_end_is_the_same(
    client: Browser, caller: Callable[..., Caller]
) -> None:
    answer = client.post(f"{caller().path}/", json={})
    assert (answer.status_code, "Set-Cookie" in answer.headers) == (200, False)
