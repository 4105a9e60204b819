"""What may be saved as a hook."""

from dataclasses import replace
from typing import Any

import pytest

from portal.domain.addresses import Guard
from portal.domain.hooks import (
    HookDraft,
    Surroundings,
    check,
    copies_of,
    headers_text,
    is_insecure,
    read_headers,
    read_hook,
    tail_of,
)
from portal.domain.problems import Refused

AROUND = Surroundings(
    guard=Guard((), frozenset({80, 443, 8080, 8443}), "http://127.0.0.1:8000"),
    event_types={"message.received", "order.status"},
    policies={"simple", "own"},
    name_taken=False,
)
GOOD = HookDraft("متجر النور", "https://example.com/hook", ("message.received",))


def said(draft: HookDraft, around: Surroundings = AROUND) -> list[tuple[str, str]]:
    return [(problem.pointer, problem.code) for problem in check(draft, around)]


TAKEN = [
    {},
    {"name": "س" * 200},
    {"name": "🎣 «خطاف» <b>&amp;"},
    {"description": "و" * 2000},
    {"url": "http://example.com:8080/?a=b"},
    {"url": "https://مثال.إختبار/خطاف"},
    {"url": "https://example.com/" + "a" * 2028},
    {"event_types": ("order.status", "message.received", "order.status")},
    {"policy": "own"},
    {"headers": {"Authorization": "Bearer x", "X-Empty": "", "x!#$%&'*+.^_`|~-": "~ !"}},
    {"headers": {f"X-{number}": "v" * 4096 for number in range(20)}},
    {"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
    {"secret": "كلمة سر طويلة"},
    {"secret": "12345678"},
    {"secret": "s" * 256},
    {"signature": "ed25519"},
    {"enabled": False},
]


@pytest.mark.parametrize("change", TAKEN, ids=[str(one)[:50] for one in TAKEN])
def test_a_good_hook_has_no_problems(change: dict[str, Any]) -> None:
    assert said(replace(GOOD, **change)) == []


HEADERS = [
    ({"": "x"}, "bad_header_name"),
    ({"X Y": "x"}, "bad_header_name"),
    ({"X:": "x"}, "bad_header_name"),
    ({"X\r\nY": "x"}, "bad_header_name"),
    ({"مفتاح": "x"}, "bad_header_name"),
    ({"x" * 129: "x"}, "bad_header_name"),
    ({"X": "a\r\nY: b"}, "bad_header_value"),
    ({"X": "a\n"}, "bad_header_value"),
    ({"X": "a\0"}, "bad_header_value"),
    ({"X": "قيمة"}, "bad_header_value"),
    ({"X": "v" * 4097}, "bad_header_value"),
    ({"Host": "x"}, "reserved_header"),
    ({"CONTENT-LENGTH": "1"}, "reserved_header"),
    ({"Transfer-Encoding": "chunked"}, "reserved_header"),
    ({"Expect": "100-continue"}, "reserved_header"),
    ({"content-type": "x"}, "reserved_header"),
    ({"User-Agent": "x"}, "reserved_header"),
    ({"webhook-id": "x"}, "reserved_header"),
    ({"Webhook-Anything": "x"}, "reserved_header"),
]

FAULTS = [
    ({"name": ""}, "/name", "required"),
    ({"name": " \u00a0\n"}, "/name", "required"),
    ({"name": "س" * 201}, "/name", "bad_length"),
    ({"name": "a\0"}, "/name", "bad_character"),
    ({"name": "a\ud800"}, "/name", "bad_character"),
    ({"description": "و" * 2001}, "/description", "bad_length"),
    ({"description": "\0"}, "/description", "bad_character"),
    ({"event_types": ()}, "/event_types", "no_event_type"),
    ({"event_types": ("message.received", "no.such")}, "/event_types/1", "unknown_event_type"),
    ({"policy": "no_such"}, "/policy", "unknown_policy"),
    ({"url": ""}, "/url", "required"),
    ({"url": "  "}, "/url", "required"),
    ({"url": "https://example.com/" + "a" * 2029}, "/url", "bad_length"),
    ({"url": "example.com"}, "/url", "invalid_url"),
    ({"url": "ftp://example.com"}, "/url", "blocked_scheme_or_port"),
    ({"url": "https://example.com:22"}, "/url", "blocked_scheme_or_port"),
    ({"url": "http://127.0.0.1/"}, "/url", "blocked_private_address"),
    ({"url": "http://169.254.169.254/"}, "/url", "blocked_private_address"),
    ({"secret": ""}, "/secret", "weak_secret"),
    ({"secret": "1234567"}, "/secret", "weak_secret"),
    ({"secret": "s" * 257}, "/secret", "weak_secret"),
    ({"secret": "whsec_"}, "/secret", "weak_secret"),
    ({"secret": "whsec_not base64"}, "/secret", "bad_secret"),
    ({"secret": "whsec_سرسرسرسر"}, "/secret", "bad_secret"),
    ({"secret": "whsk_AAAAAAAAAAAA"}, "/secret", "bad_secret"),
    ({"secret": "whpk_AAAAAAAAAAAA"}, "/secret", "bad_secret"),
    ({"secret": "12345678", "signature": "ed25519"}, "/secret", "secret_is_made"),
    ({"signature": "rsa"}, "/signature", "unknown_signature"),
    ({"filter": {"all": 1}}, "/filter/all", "not_a_list"),
    ({"headers": {f"X-{number}": "" for number in range(21)}}, "/headers", "too_many_headers"),
    ({"headers": {"X-A": "1", "x-a": "2"}}, "/headers", "header_twice"),
    *(({"headers": given}, f"/headers/{next(iter(given))}", code) for given, code in HEADERS),
]


@pytest.mark.parametrize(
    ("change", "pointer", "code"), FAULTS, ids=[f"{str(f[0])[:40]}: {f[2]}" for f in FAULTS]
)
def test_what_is_wrong_is_said_beside_its_field(
    change: dict[str, Any], pointer: str, code: str
) -> None:
    assert said(replace(GOOD, **change)) == [(pointer, code)]


def test_a_taken_name_is_a_problem() -> None:
    assert said(GOOD, replace(AROUND, name_taken=True)) == [("/name", "name_taken")]


def test_everything_wrong_is_said_at_once_in_the_order_of_the_form() -> None:
    assert [pointer for pointer, _ in said(HookDraft(policy="", signature=""))] == [
        "/name",
        "/event_types",
        "/policy",
        "/url",
        "/signature",
    ]


@pytest.mark.parametrize(
    ("url", "insecure"),
    [("http://a", True), ("HTTP://a", True), ("https://a", False), ("HTTPS://http://", False)],
)
def test_a_url_in_the_clear_is_told(url: str, insecure: bool) -> None:
    assert is_insecure(url) is insecure


def test_a_hook_is_read_member_by_member() -> None:
    given = {
        "name": "خطاف",
        "url": "https://example.com",
        "event_types": ["order.status"],
        "description": "وصف",
        "policy": "own",
        "headers": {"X": "1"},
        "secret": "12345678",
        "signature": "ed25519",
        "enabled": False,
        "filter": {"all": []},
    }
    assert read_hook(given, HookDraft()) == HookDraft(**given | {"event_types": ("order.status",)})


def test_what_is_left_out_stays_but_the_secret_which_is_kept_by_none() -> None:
    base = replace(GOOD, secret="12345678", headers={"X": "1"}, enabled=False)
    assert read_hook({"name": "آخر"}, base) == replace(base, name="آخر", secret=None)
    assert read_hook({"secret": None}, base).secret is None


@pytest.mark.parametrize(
    ("member", "value", "code"),
    [
        ("name", 1, "not_a_text"),
        ("name", None, "not_a_text"),
        ("event_types", "message.received", "not_texts"),
        ("event_types", [1], "not_texts"),
        ("headers", {"X": 1}, "not_a_text_map"),
        ("headers", None, "not_a_text_map"),
        ("enabled", "true", "not_a_flag"),
        ("enabled", None, "not_a_flag"),
        ("secret", 12345678, "not_a_text"),
    ],
)
def test_wrong_types_are_refused(member: str, value: Any, code: str) -> None:
    with pytest.raises(Refused) as refused:
        read_hook({member: value}, GOOD)
    assert [(p.pointer, p.code) for p in refused.value.problems] == [(f"/{member}", code)]


@pytest.mark.parametrize(
    ("text", "headers"),
    [
        ("", {}),
        ("\n \n", {}),
        ("Authorization: Bearer a:b\r\nX-A:1", {"Authorization": "Bearer a:b", "X-A": "1"}),
        ("  X-A :  1  ", {"X-A": "1"}),
        ("X-Empty:", {"X-Empty": ""}),
    ],
)
def test_headers_are_read_from_lines(text: str, headers: dict[str, str]) -> None:
    assert read_headers(text)[0] == headers
    assert read_headers(headers_text(headers)) == (headers, ())


@pytest.mark.parametrize(
    ("text", "fault"),
    [("X-A: 1\ntoken123", "bad_header_line"), ("X-A: 1\nX-A: 2", "header_twice")],
)
def test_headers_that_would_get_lost_are_refused(text: str, fault: str) -> None:
    headers, faults = read_headers(text)
    draft = replace(GOOD, headers=headers, header_faults=faults)
    assert fault in [problem.code for problem in check(draft, AROUND)]


@pytest.mark.parametrize("name", ["متجر", " متجر (نسخة)", "متجر (نسخة 7) "])
def test_copies_are_numbered_from_the_plain_name_on(name: str) -> None:
    assert copies_of(name, "نسخة")[:3] == ["متجر (نسخة)", "متجر (نسخة 2)", "متجر (نسخة 3)"]


def test_the_name_of_a_copy_is_never_too_long() -> None:
    names = copies_of("ن" * 200, "نسخة")
    assert {len(name) for name in names} == {200}
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("secret", "tail"), [("", ""), ("p4ssword", ""), ("x" * 12 + "abcd", "abcd")]
)
def test_a_short_secret_shows_nothing_of_itself(secret: str, tail: str) -> None:
    assert tail_of(secret) == tail
