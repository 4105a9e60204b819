"""Codes of the second step: those of RFC 6238, once each, a step of drift either way."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.domain.second_steps import (
    address_of,
    groups_of,
    matching_step,
    plain_code,
    recovery_codes_of,
    secret_of,
)

# The secret and the last six digits of the codes in appendix B of RFC 6238.
SECRET = secret_of(b"12345678901234567890")
KNOWN = [
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
]


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@pytest.mark.parametrize(("seconds", "code"), KNOWN)
def test_the_codes_are_those_of_the_rfc(seconds: int, code: str) -> None:
    assert matching_step(SECRET, code, at(seconds), 0) == seconds // 30


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_clock_may_be_a_step_off(steps: int) -> None:
    moment = at(1234567890) + timedelta(seconds=30 * steps)
    assert matching_step(SECRET, "005924", moment, 0) == 1234567890 // 30


@pytest.mark.parametrize("steps", [-2, 2, 100])
def test_and_no_more_than_that(steps: int) -> None:
    moment = at(1234567890) + timedelta(seconds=30 * steps)
    assert matching_step(SECRET, "005924", moment, 0) is None


def test_neither_a_used_code_nor_an_earlier_one_is_taken() -> None:
    step = 1234567890 // 30
    assert matching_step(SECRET, "005924", at(1234567890), step - 1) == step
    assert matching_step(SECRET, "005924", at(1234567890), step) is None
    assert matching_step(SECRET, "005924", at(1234567890), step + 1) is None


@pytest.mark.parametrize("typed", ["005 924", " 005-924 ", "٠٠٥٩٢٤", "۰۰۵۹۲۴", "005\u200f924"])
def test_a_code_may_be_typed_as_people_do(typed: str) -> None:
    assert matching_step(SECRET, typed, at(1234567890), 0)


@pytest.mark.parametrize("typed", ["", "5924", "0059240", "005925", "😀", "\0", "x" * 9999, "²"])
def test_anything_else_is_no_code(typed: str) -> None:
    assert matching_step(SECRET, typed, at(1234567890), 0) is None


def test_recovery_codes_are_ten_and_differ_and_are_read_whatever_their_shape() -> None:
    codes = recovery_codes_of(bytes(range(100)))
    assert len(set(codes)) == 10
    assert all(len(code) == 19 and code.count("-") == 3 for code in codes)
    assert plain_code(f" {codes[0].upper().replace('-', ' ')} ") == plain_code(codes[0])


def test_an_authenticator_is_told_who_and_where() -> None:
    address = address_of(SECRET, "sara@nour.example")
    assert address.startswith("otpauth://totp/Khuttaf:sara%40nour.example?secret=")
    assert groups_of(SECRET).replace(" ", "") == SECRET
