"""Calls that are larger than their trigger takes."""

from collections.abc import Callable

import pytest

from tests.outsiders import BASIC, Caller

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

LIMIT = 64 * 1024


def text_of(size: int) -> bytes:
    """A JSON text of ``size`` bytes."""
    return b'"' + b"x" * (size - 2) + b'"'


@pytest.mark.parametrize("mode", ["async", "sync"])
def test_up_to_the_limit_everything_is_taken_and_kept_and_a_byte_more_is_413(
    caller: Callable[..., Caller], mode: str
) -> None:
    one = caller(mode=mode, limits={"body_bytes": LIMIT})
    assert one.call(text_of(LIMIT)).status_code == 200
    answer = one.call(text_of(LIMIT + 1))
    assert (answer.status_code, answer.json["code"]) == (413, "too_large")
    assert one.outcomes == [("accepted", None, 200), ("refused", "too_large", 413)]
    assert one.calls[0].body == text_of(LIMIT)


def test_what_is_announced_is_enough_and_nothing_is_read(caller: Callable[..., Caller]) -> None:
    one = caller()
    answer = one.call(b"{}", environ_overrides={"CONTENT_LENGTH": str(1024**4)})
    assert answer.status_code == 413


def test_a_body_that_was_cut_short_is_400_even_where_what_came_is_json(
    caller: Callable[..., Caller],
) -> None:
    one = caller()
    answer = one.call(b'{"a": 1}', environ_overrides={"CONTENT_LENGTH": "100"})
    assert (answer.status_code, answer.json["code"]) == (400, "cut_short")
    assert one.outcomes == [("refused", "cut_short", 400)]


def test_the_usual_limit_is_a_mebibyte(caller: Callable[..., Caller]) -> None:
    one = caller()
    assert one.call(text_of(1024**2)).status_code == 200
    assert one.call(text_of(1024**2 + 1)).status_code == 413


def test_size_comes_before_credentials(caller: Callable[..., Caller]) -> None:
    one = caller(auth=BASIC, limits={"body_bytes": 10})
    assert one.call(b"x" * 11).status_code == 413
    assert one.call(b"x" * 10).status_code == 401
