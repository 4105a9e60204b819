"""Secrets that somebody carries."""

import hashlib
import re

import pytest

from portal.domain.tokens import hash_of, token_of


@pytest.mark.parametrize("size", [16, 18, 24, 32])
def test_a_token_is_safe_in_a_url_and_loses_no_chance(size: int) -> None:
    token = token_of(b"\xff" * size, "khk_")
    assert re.fullmatch(r"khk_[A-Za-z0-9_-]+", token)
    assert len(token) - len("khk_") >= size * 8 / 6
    assert token != token_of(b"\xff" * (size - 1) + b"\xfe", "khk_")


@pytest.mark.parametrize("token", ["", "abc", "رمز"])
def test_only_a_hash_of_it_is_kept(token: str) -> None:
    assert hash_of(token) == hashlib.sha256(token.encode()).hexdigest()


@pytest.mark.parametrize("token", ["\0", "\ud800", "x" * 100_000])
def test_anything_a_stranger_sends_can_be_looked_up(token: str) -> None:
    assert re.fullmatch("[0-9a-f]{64}", hash_of(token))
