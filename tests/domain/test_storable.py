"""Bytes and texts of strangers, made fit for a database."""

import pytest

from portal.domain.storable import storable


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        (b"", ""),
        ("نعم".encode(), "نعم"),
        ("نعم".encode()[:-1], "نع\ufffd"),
        (b"\xff\xfeok", "\ufffd\ufffdok"),
        (b"a\x00b", "a\u2400b"),
        ("a\0b", "a\u2400b"),
        ("نعم 😀", "نعم 😀"),
        ("\ud800a", "?a"),
        ("\x01\x7f\u202e", "\x01\x7f\u202e"),
    ],
)
def test_every_database_keeps_it(raw: bytes | str, kept: str) -> None:
    assert storable(raw) == kept
    assert kept.encode().decode() == kept
