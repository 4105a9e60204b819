"""Schemes that staff describe, and the odd ways in which a signature may be written."""

import base64
import hmac
from typing import Any

import pytest

from portal.domain.problems import Refused
from portal.domain.signatures.moments import unix_seconds
from portal.domain.signatures.scheme import read_custom
from portal.domain.signatures.verifying import Incoming, check_secret, verify
from tests.domain.signatures.senders import AT, BODY, PLAIN, STAMP, call, digest, in_base64, token

MARK = digest(PLAIN, BODY)


def holds(custom: dict[str, Any], incoming: Incoming, *secrets: str) -> bool:
    """Whether ``incoming`` is authentic under the described scheme."""
    return verify(read_custom(custom), secrets or [PLAIN], incoming, AT).ok


def problems_of(custom: Any) -> set[tuple[str, str]]:
    """What is refused about ``custom``: pointers and codes."""
    with pytest.raises(Refused) as refused:
        read_custom(custom)
    return {(problem.pointer, problem.code) for problem in refused.value.problems}


def test_the_least_description_is_a_header() -> None:
    assert holds({"header": "X-Sig"}, call(("x-sig", MARK)))


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "sha512"])
@pytest.mark.parametrize("encoding", ["hex", "base64"])
def test_each_hash_holds_in_each_encoding(algorithm: str, encoding: str) -> None:
    digits = digest(PLAIN, BODY, algorithm)
    value = digits if encoding == "hex" else in_base64(digits)
    custom = {"header": "X-Sig", "algorithm": algorithm, "encoding": encoding, "prefix": "sig "}
    assert holds(custom, call(("X-Sig", f"sig {value}")))
    assert not holds(custom, call(("X-Sig", value)))


def test_everything_that_may_be_signed_is() -> None:
    custom = {
        "header": "X-Sig",
        "signed": "POST\n{url}\n{timestamp}/{id} {body}.",
        "timestamp_header": "X-At",
        "id_header": "X-Id",
    }
    bare = call(query="a=ب")
    signed = f"POST\n{bare.url}\n{STAMP}/msg-1 ".encode() + BODY + b"."
    headers = ("X-Sig", digest(PLAIN, signed)), ("X-At", str(STAMP)), ("X-Id", "msg-1")
    assert holds(custom, call(*headers, query="a=ب"))
    assert not holds(custom, call(*headers, query="a=ت"))
    assert not holds(custom, call(*headers[:2], ("X-Id", "msg-2"), query="a=ب"))


def test_the_words_of_a_template_are_no_placeholders() -> None:
    custom = {"header": "X-Sig", "signed": "body id{body}url"}
    assert holds(custom, call(("X-Sig", digest(PLAIN, b"body id" + BODY + b"url"))))


@pytest.mark.parametrize(
    ("key", "secret"),
    [
        ("raw", "aGVsbG8gd29ybGQ="),
        ("base64", "aGVsbG8gd29ybGQ="),
        ("base64", "aGVsbG8gd29ybGQ"),
        ("whsec", "whsec_aGVsbG8gd29ybGQ="),
        ("whsec", "aGVsbG8gd29ybGQ="),
    ],
)
def test_a_key_is_read_as_it_is_written(key: str, secret: str) -> None:
    raw = secret.encode() if key == "raw" else b"hello world"
    mark = hmac.new(raw, BODY, "sha256").hexdigest()
    assert holds({"header": "X-Sig", "key": key}, call(("X-Sig", mark)), secret)


@pytest.mark.parametrize(
    ("key", "secret", "code"),
    [
        ("raw", "", "secret_empty"),
        ("raw", " \n", "secret_empty"),
        ("base64", "====", "secret_empty"),
        ("whsec", "whsec_", "secret_empty"),
        ("base64", "a b", "secret_not_base64"),
        ("base64", "مفتاح", "secret_not_base64"),
        ("whsec", "whsec_!", "secret_not_base64"),
        ("raw", "x", None),
    ],
)
def test_a_secret_without_a_key_in_it_is_refused(key: str, secret: str, code: str | None) -> None:
    scheme = read_custom({"header": "X-Sig", "key": key})
    assert check_secret(scheme, secret) == code
    if code:
        verdict = verify(scheme, [secret], call(("X-Sig", MARK)), AT)
        assert verdict.reason in ("secret_unusable", "signature_wrong")


@pytest.mark.parametrize(
    ("value", "right"),
    [
        (MARK.upper(), True),
        (f" {MARK}\t", True),
        (MARK[:-1], False),
        (MARK + "0", False),
        (MARK + "00", False),
        (" ".join(MARK), False),
        (f"0x{MARK}", False),
        ("٠" * 64, False),
        ("\x00" * 64, False),
        ("\ud800" * 64, False),
        (f"{MARK},{MARK}", False),
    ],
)
def test_hexadecimal_is_read_exactly(value: str, right: bool) -> None:
    assert holds({"header": "X-Sig"}, call(("X-Sig", value))) is right


@pytest.mark.parametrize("alphabet", [b"+/", b"-_"])
@pytest.mark.parametrize("padding", ["", "="])
def test_base64_may_lack_its_padding_and_be_of_either_alphabet(
    alphabet: bytes, padding: str
) -> None:
    body = b"0"
    value = base64.b64encode(bytes.fromhex(digest(PLAIN, body)), alphabet).decode()
    assert alphabet[0] in value.encode()
    assert alphabet[1] in value.encode()
    incoming = call(("X-Sig", value.rstrip("=") + padding), body=body)
    assert holds({"header": "X-Sig", "encoding": "base64"}, incoming)


def test_of_a_header_given_twice_each_value_counts() -> None:
    pair = [("X-Sig", "nonsense"), ("x-sig", MARK)]
    assert holds({"header": "X-Sig"}, call(*pair))
    assert holds({"header": "X-Sig"}, call(*reversed(pair)))
    assert not holds({"header": "X-Sig"}, call(*[("X-Sig", "0" * 64)] * 1000, ("X-Sig", MARK)))


def test_of_two_time_stamps_none_is_believed() -> None:
    custom = {"header": "X-Sig", "signed": "{timestamp}{body}", "timestamp_header": "X-At"}
    mark = ("X-Sig", digest(PLAIN, str(STAMP).encode() + BODY))
    at = ("X-At", str(STAMP))
    assert holds(custom, call(mark, at, at))
    verdict = verify(read_custom(custom), [PLAIN], call(mark, at, ("X-At", "1")), AT)
    assert verdict.reason == "timestamp_malformed"


def test_the_secret_itself_is_compared_byte_by_byte() -> None:
    custom = {"header": "X-Key", "algorithm": "equal", "prefix": "Bearer "}
    for value, right in [
        (f"Bearer {PLAIN}".encode().decode("latin-1"), True),
        (f"bearer {PLAIN}", True),
        (f"Bearer {PLAIN}x", False),
        (f"Bearer {PLAIN.upper()}", False),
        (PLAIN, False),
        ("Bearer \udcff", False),
    ]:
        assert holds(custom, call(("X-Key", value))) is right


def test_a_token_of_hs256_may_stand_in_any_header() -> None:
    key = "k" * 32
    custom = {"header": "X-Jwt", "algorithm": "jwt_hs256"}
    assert holds(custom, call(("X-Jwt", token(key, {"sub": 5, "aud": "x"}))), key)
    assert not holds(custom, call(("X-Jwt", token("j" * 32, {}))), key)


@pytest.mark.parametrize(
    ("custom", "expected"),
    [
        ([], {("", "not_an_object")}),
        ({}, {("/header", "required")}),
        ({"header": 5}, {("/header", "not_a_text"), ("/header", "required")}),
        ({"header": "X Sig"}, {("/header", "bad_header_name")}),
        ({"header": "X-توقيع"}, {("/header", "bad_header_name")}),
        ({"header": "X", "extra": 1}, {("/extra", "unknown_member")}),
        ({"header": "X", "algorithm": "md5"}, {("/algorithm", "unknown_choice")}),
        ({"header": "X", "encoding": None}, {("/encoding", "unknown_choice")}),
        ({"header": "X", "key": ["raw"]}, {("/key", "unknown_choice")}),
        ({"header": "X", "prefix": "p" * 65}, {("/prefix", "bad_length")}),
        ({"header": "X", "signed": "x"}, {("/signed", "body_not_signed")}),
        ({"header": "X", "signed": "{body}{now}"}, {("/signed", "unknown_placeholder")}),
        ({"header": "X", "signed": "{body}{timestamp}"}, {("/timestamp_header", "required")}),
        ({"header": "X", "signed": "{body}{id}"}, {("/id_header", "required")}),
        ({"header": "X", "timestamp_header": "T"}, {("/timestamp_header", "not_signed")}),
        ({"header": "X", "tolerance_seconds": 0}, {("/tolerance_seconds", "bad_number")}),
        ({"header": "X", "tolerance_seconds": True}, {("/tolerance_seconds", "bad_number")}),
    ],
)
def test_what_cannot_be_a_scheme_is_refused(custom: Any, expected: set[tuple[str, str]]) -> None:
    assert problems_of(custom) == expected


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1700000000", 1700000000),
        ("1700000000123", 1700000000),
        ("0", 0),
        ("2026-11-24T09:30:00Z", STAMP),
        ("2026-11-24T12:30:00.123456789+03:00", STAMP),
        ("2026-11-24t09:30:00z", STAMP),
        ("2026-11-24T09:30:00", None),
        ("2026-13-24T09:30:00Z", None),
        ("0001-01-01T00:00:00+23:59", -62135683140),
        ("", None),
        ("-1", None),
        ("1 ", None),
        ("1.5", None),
        ("١٧٠٠٠٠٠٠٠٠", None),
        ("9" * 5000, None),
    ],
)
def test_a_moment_is_told_in_few_ways(text: str, seconds: int | None) -> None:
    assert unix_seconds(text) == seconds
