"""Texts made comparable."""

import pytest

from portal.domain.folding import fold, latin_digits

ALIKE = [
    ("", ""),
    ("  Two\t\nWORDS ", "two words"),
    ("أإآٱا", "ااااا"),
    ("آ", "ا"),
    ("مدرسة", "مدرسه"),
    ("مستشفى", "مستشفي"),
    ("مُحَمَّدٌ", "محمد"),
    ("هٰذا", "هذا"),
    ("مـــرحـــبا", "مرحبا"),
    ("مسؤول وبئر", "مسءول وبءر"),
    ("کتاب فارسی", "كتاب فارسي"),
    ("٠١٢٣٤٥٦٧٨٩", "0123456789"),
    ("۰۱۲۳۴۵۶۷۸۹", "0123456789"),
    ("ﻣﺮﺣﺒﺎ", "مرحبا"),
    ("ﷺ", "صلي الله عليه وسلم"),
    ("ＦＵＬＬ", "full"),
    ("Straße", "strasse"),
    ("ÉCOLE", "école"),
    ("e\u0301cole", "école"),
    ("a\u200bb\u200f\u202ec\u2066d\ufeff", "abcd"),
    ("أ\u0654", "ا"),
    ("متجر\u00a0النور", "متجر النور"),
    ("متجر \u200f النور", "متجر النور"),
    ("😀 نعم", "😀 نعم"),
]


@pytest.mark.parametrize(("text", "folded"), ALIKE)
def test_what_a_reader_takes_for_the_same_becomes_the_same(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize("text", [text for text, _ in ALIKE])
def test_what_is_folded_stays_as_it_is(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(("one", "other"), [("سلام", "كلام"), ("حمد", "محمد"), ("1", "١٢")])
def test_different_words_stay_different(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@pytest.mark.parametrize(
    ("text", "digits"), [("٠٩", "09"), ("۴٫۵", "4٫5"), ("رقم 7", "رقم 7"), ("", "")]
)
def test_digits_are_written_in_latin_and_nothing_else_changes(text: str, digits: str) -> None:
    assert latin_digits(text) == digits
