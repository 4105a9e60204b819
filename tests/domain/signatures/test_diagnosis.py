"""A refused call is told its likeliest cause."""

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from portal.domain.signatures import verifying
from portal.domain.signatures.diagnosis import Finding, diagnose
from portal.domain.signatures.presets import PRESETS
from portal.domain.signatures.scheme import Scheme, read_custom
from portal.domain.signatures.verifying import Incoming
from tests.domain.signatures.senders import (
    AT,
    BODY,
    OTHER_PLAIN,
    OTHER_WHSEC,
    PLAIN,
    SENDERS,
    WHSEC,
    call,
    digest,
    in_base64,
    packed,
    standard,
)

KEY = "aGVsbG8gd29ybGQ="


def preset(key: str) -> Scheme:
    """The scheme of a preset that signs."""
    scheme = PRESETS[key].scheme
    assert scheme is not None
    return scheme


def found(
    scheme: Scheme, incoming: Incoming, *secrets: str, expired: tuple[str, ...] = ()
) -> list[Finding]:
    """The findings under ``scheme``, the usual secret unless others are given."""
    return diagnose(scheme, secrets or [PLAIN], incoming, AT, expired)


def signed_over(body: bytes, arrived: bytes) -> Incoming:
    """A call of GitHub's whose body is not the one that was signed."""
    return call(("X-Hub-Signature-256", f"sha256={digest(PLAIN, body)}"), body=arrived)


def test_nothing_is_found_about_a_call_that_holds() -> None:
    assert found(preset("github"), SENDERS["github"](PLAIN, AT)) == []


def test_a_secret_that_no_longer_counts_is_named() -> None:
    incoming = SENDERS["github"](OTHER_PLAIN, AT)
    findings = found(preset("github"), incoming, expired=(OTHER_PLAIN,))
    assert findings[0] == Finding("previous_secret_expired")
    assert findings[-1] == Finding("signature_wrong")


@pytest.mark.parametrize(("minutes", "way"), [(7, "past"), (-7, "future")])
def test_a_clock_that_differs_is_told_by_how_much_and_which_way(minutes: int, way: str) -> None:
    incoming = SENDERS["stripe"](PLAIN, AT - timedelta(minutes=minutes))
    facts = {"seconds": 420, "minutes": 7, "way": way}
    assert found(preset("stripe"), incoming) == [Finding("clock_differs", facts)]


@pytest.mark.parametrize("key", ["stripe", "slack", "paddle", "salla", "shopify", "woocommerce"])
def test_a_call_of_another_sender_is_recognised(key: str) -> None:
    findings = found(preset("github"), SENDERS[key](PLAIN, AT))
    assert findings[0] == Finding("other_preset", {"preset": key})


@pytest.mark.parametrize("key", ["github", "meta"])
def test_senders_that_sign_alike_are_told_apart_by_their_headers(key: str) -> None:
    findings = found(preset("stripe"), SENDERS[key](PLAIN, AT))
    assert findings[0] == Finding("other_preset", {"preset": key})


def test_the_header_of_another_sender_is_seen_though_its_secret_is_not_known() -> None:
    findings = found(preset("github"), SENDERS["stripe"]("unknown", AT))
    assert findings == [
        Finding("other_sender", {"preset": "stripe"}),
        Finding("signature_missing"),
    ]


@pytest.mark.parametrize(
    ("secret", "sender", "where"),
    [
        (f" {PLAIN}", PLAIN, "here"),
        (f"{PLAIN}\n", PLAIN, "here"),
        (PLAIN, f"{PLAIN}\n", "sender"),
        (PLAIN, f"{PLAIN} ", "sender"),
    ],
)
def test_spaces_around_the_secret_are_noticed(secret: str, sender: str, where: str) -> None:
    findings = found(preset("github"), SENDERS["github"](sender, AT), secret)
    assert findings[0] == Finding("secret_has_spaces", {"where": where})


def test_spaces_around_a_secret_that_is_sent_itself_are_noticed() -> None:
    findings = found(preset("moyasar"), SENDERS["moyasar"](PLAIN, AT), f"{PLAIN}\n")
    assert findings[0] == Finding("secret_has_spaces", {"where": "here"})


SOURCE = {"name": "طلب", "url": "https://example.com/a", "n": 1, "list": [1, 2]}


@pytest.mark.parametrize(
    ("body", "arrived", "how"),
    [
        (BODY + b"\n", BODY, "newline_added"),
        (BODY, BODY + b"\n", "newline_removed"),
        (b'{"a":\n1}', b'{"a":\r\n1}', "line_ends"),
        (packed(SOURCE), json.dumps(SOURCE, indent=2).encode(), "minified"),
        (json.dumps(SOURCE, separators=(",", ":")).encode(), packed(SOURCE), "ascii_escaped"),
        (json.dumps(SOURCE).encode(), packed(SOURCE), "spaced"),
        (
            json.dumps(SOURCE, separators=(",", ":")).replace("/", "\\/").encode(),
            packed(SOURCE),
            "slashes_escaped",
        ),
    ],
)
def test_a_body_that_was_written_anew_is_noticed(body: bytes, arrived: bytes, how: str) -> None:
    findings = found(preset("github"), signed_over(body, arrived))
    assert findings[0] == Finding("body_changed", {"how": how})


CUSTOM: list[tuple[dict[str, Any], str, str, Finding]] = [
    (
        {},
        PLAIN,
        in_base64(digest(PLAIN, BODY)),
        Finding("wrong_encoding", {"configured": "hex", "used": "base64"}),
    ),
    (
        {"encoding": "base64"},
        PLAIN,
        digest(PLAIN, BODY),
        Finding("wrong_encoding", {"configured": "base64", "used": "hex"}),
    ),
    (
        {"algorithm": "sha256"},
        PLAIN,
        digest(PLAIN, BODY, "sha1"),
        Finding("wrong_algorithm", {"configured": "sha256", "used": "sha1"}),
    ),
    (
        {"prefix": "sha256="},
        PLAIN,
        digest(PLAIN, BODY),
        Finding("prefix_missing", {"prefix": "sha256="}),
    ),
    (
        {},
        PLAIN,
        f"sha256={digest(PLAIN, BODY)}",
        Finding("prefix_unexpected", {"prefix": "sha256="}),
    ),
    (
        {"key": "base64"},
        KEY,
        digest(KEY, BODY),
        Finding("wrong_key", {"configured": "base64", "used": "raw"}),
    ),
    (
        {},
        KEY,
        digest("hello world", BODY),
        Finding("wrong_key", {"configured": "raw", "used": "base64"}),
    ),
]


@pytest.mark.parametrize(("custom", "secret", "value", "finding"), CUSTOM)
def test_what_is_described_wrongly_is_named(
    custom: dict[str, Any], secret: str, value: str, finding: Finding
) -> None:
    scheme = read_custom({"header": "X-Sig", **custom})
    assert found(scheme, call(("X-Sig", value)), secret)[0] == finding


def test_a_raw_key_where_standard_webhooks_decode_is_named() -> None:
    good = standard(WHSEC, AT)
    stamp = dict(good.headers)["webhook-timestamp"]
    raw = hmac.new(WHSEC.encode(), f"msg_1.{stamp}.".encode() + BODY, hashlib.sha256).hexdigest()
    headers = [*good.headers[:-1], ("webhook-signature", f"v1,{in_base64(raw)}")]
    findings = found(preset("standard_webhooks"), replace(good, headers=headers), WHSEC)
    assert findings[0] == Finding("wrong_key", {"configured": "whsec", "used": "raw"})


def test_a_call_that_nothing_explains_gets_its_reason_alone() -> None:
    incoming = SENDERS["github"]("unknown", AT)
    assert found(preset("github"), incoming, OTHER_PLAIN) == [Finding("signature_wrong")]


@pytest.mark.parametrize("key", sorted(SENDERS))
def test_no_explanation_takes_more_than_a_few_dozen_hashes(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = []
    honest = hmac.digest
    monkeypatch.setattr(verifying.hmac, "digest", lambda *of: counted.append(1) or honest(*of))
    unknown = OTHER_WHSEC if key == "standard_webhooks" else "unknown" * 6
    findings = diagnose(preset(key), [PLAIN, OTHER_PLAIN], SENDERS[key](unknown, AT), AT, ["a"])
    assert findings
    assert len(counted) <= 24


def test_a_body_too_long_to_try_is_told_its_reason() -> None:
    longest = b" " * 2**20
    assert found(preset("github"), signed_over(longest + b"\n", longest))[0].code == "body_changed"
    longer = longest + b" "
    incoming = signed_over(longer + b"\n", longer)
    assert found(preset("github"), incoming) == [Finding("signature_wrong")]
