"""The Arabic that people read: digits as in the rest of the product, plain imperatives."""

import re
from pathlib import Path

import pytest

from tests.house.tree import ROOT, modules

TEXTS = sorted((ROOT / "portal/templates").rglob("*.html")) + [
    path for path in modules("portal/web") if path.stem.startswith(("text", "announcements"))
]

each_text = pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))


@each_text
def test_digits_are_latin(path: Path) -> None:
    assert not re.findall(r".*[٠-٩۰-۹].*", path.read_text(encoding="utf-8"))


@each_text
def test_people_are_told_what_to_do_without_detours(path: Path) -> None:
    assert not re.findall(r".*(?<!\w)(?:قم|قومي|يرجى القيام) ب.*", path.read_text("utf-8"))
