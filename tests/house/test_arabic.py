"""The Arabic that people read: digits as in the rest of the product, plain imperatives."""

import re
from collections.abc import Collection

from tests.house.tree import ROOT, faults, modules

TEXTS = sorted((ROOT / "portal/templates").rglob("*.html")) + [
    path for path in modules("portal/web") if path.stem.startswith(("text", "announcements"))
]

ANOTHER_DIGIT = re.compile(r".*[٠-٩۰-۹].*")
DETOUR = re.compile(r".*(?<!\w)(?:قم|قومي|يرجى القيام) ب.*")


def found(pattern: re.Pattern[str]) -> dict[str, Collection]:
    """The lines of all texts that ``pattern`` matches."""
    return faults(TEXTS, lambda path: pattern.findall(path.read_text(encoding="utf-8")))


def test_digits_are_latin() -> None:
    assert not found(ANOTHER_DIGIT)


def test_people_are_told_what_to_do_without_detours() -> None:
    assert not found(DETOUR)
