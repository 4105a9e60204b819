"""Calls that were turned away: on record with their reason, and without filling the disk."""

import json
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest

from portal.extensions import db
from portal.models import Call
from portal.pipeline import refusals
from tests.clients import Api
from tests.outsiders import BASIC, GITHUB, Caller, basic, signed

Make = Callable[..., Caller]

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

LARGE = b'{"x": "' + b"\xd9\x86" * 10_000 + b'"'
RIGHT = basic(BASIC["username"], BASIC["password"])


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """The seconds by which refusals are counted."""
    seconds = [1000.0]
    monkeypatch.setattr(refusals, "time", SimpleNamespace(monotonic=lambda: seconds[0]))
    yield seconds
    refusals._windows.clear()


def test_the_checks_come_in_their_order(caller: Make) -> None:
    limits = {"body_bytes": 50, "addresses": ["192.0.2.0/24"], "per_minute": 5}
    one = caller(auth=BASIC, limits=limits)
    inside = {"environ_overrides": {"REMOTE_ADDR": "192.0.2.1"}}
    wrong = {"kind": "text/plain", "method": "PUT"}
    assert one.call(b"x" * 51, **wrong).status_code == 405
    assert one.call(b"x" * 51, kind="text/plain").status_code == 413
    assert one.call(b"x", kind="text/plain").status_code == 403
    assert one.call(b"x", kind="text/plain", **inside).status_code == 401
    assert one.call(b"x", kind="text/plain", headers=RIGHT, **inside).status_code == 415
    assert one.call(b"x", headers=RIGHT, **inside).status_code == 400
    assert one.call(b"{}", headers=RIGHT, query="a&" * 1000, **inside).status_code == 400
    assert one.call(b"{}", headers=RIGHT, **inside).status_code == 200
    assert one.call(b"x", kind="text/plain", **inside).status_code == 429
    assert one.outcomes == [
        ("refused", "method_not_allowed", 405),
        ("refused", "too_large", 413),
        ("refused", "address_not_listed", 403),
        ("refused", "credentials_missing", 401),
        ("refused", "unsupported_media_type", 415),
        ("refused", "malformed", 400),
        ("refused", "too_many_parameters", 400),
        ("accepted", None, 200),
        ("refused", "too_many_calls", 429),
    ]


def test_of_a_stranger_little_is_kept_and_of_one_who_proved_it_everything(caller: Make) -> None:
    one, open_one = caller(auth=GITHUB), caller()
    assert one.call(LARGE).status_code == 401
    assert one.call(LARGE, headers=signed(LARGE)).status_code == 400
    assert open_one.call(LARGE).status_code == 400
    assert [len(call.body) for call in one.calls] == [8192, len(LARGE)]
    assert [len(call.body) for call in open_one.calls] == [8192]
    assert {call.body_size for call in one.calls + open_one.calls} == {len(LARGE)}
    assert LARGE.startswith(one.calls[0].body)


def test_of_a_strangers_headers_and_query_little_is_kept_too(caller: Make) -> None:
    one = caller(auth=GITHUB)
    headers = {f"X-{number}": "x" * 3000 for number in range(9)}
    assert one.call(headers=headers, query="q=" + "y" * 30_000).status_code == 401
    [call] = one.calls
    assert len(call.headers) < 9000
    assert len(call.query) == 8192
    assert len(call.search) < 20_000


def test_a_few_a_minute_are_kept_and_the_others_counted(caller: Make, clock: list[float]) -> None:
    one, other = caller(auth=BASIC), caller(auth=BASIC)
    assert {one.call().status_code for _ in range(25)} == {401}
    assert len(one.calls) == 10
    one.call(method="GET")
    other.call()
    assert (len(one.calls), len(other.calls)) == (11, 1)
    clock[0] += 59
    one.call()
    assert len(one.calls) == 11
    clock[0] += 2
    one.call()
    one.call()
    assert [call.uncounted for call in one.calls[10:]] == [0, 16, 0]


def test_what_is_accepted_is_never_only_counted(caller: Make) -> None:
    one = caller()
    for _ in range(30):
        one.call()
    assert one.outcomes == [("accepted", None, 200)] * 30


def test_why_a_signature_did_not_fit_is_on_record_and_not_in_the_answer(caller: Make) -> None:
    one = caller(auth=GITHUB)
    answer = one.call(headers={"X-Hub-Signature-256": "sha256=00"})
    assert answer.json["code"] == "unauthorized"
    assert "signature" not in answer.text
    assert one.outcomes == [("refused", "signature_malformed", 401)]
    assert "findings" in json.loads(one.calls[0].explanation or "")


def test_what_no_database_keeps_is_refused_and_kept_in_another_form(caller: Make) -> None:
    one = caller(auth=BASIC)
    odd = {"X-Odd": "\x00\xff\x80", "X-Name": "é" * 10}
    assert one.call(b"\x00\xff", query="a=%00&b=\xff", headers=odd).status_code == 401
    [call] = one.calls
    assert call.body == b"\x00\xff"
    assert "\0" not in call.headers + call.query + call.search


def test_calls_to_unknown_addresses_leave_no_trace(caller: Make, api: Api) -> None:
    one = caller(enabled=False)
    assert one.call().status_code == 404
    assert db.session.query(Call).count() == 0


def test_a_refusal_that_cannot_be_recorded_is_a_refusal_all_the_same(
    caller: Make, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    one = caller(auth=BASIC)

    def fail() -> None:
        raise refusals.SQLAlchemyError

    monkeypatch.setattr(refusals, "writing", fail)
    assert one.call().status_code == 401
    assert "not on record" in caplog.text
