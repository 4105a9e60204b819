"""How pages are written: one place for macros, nothing inline, no left and no right."""

import re
from pathlib import Path

import pytest

from tests.house.tree import ROOT, faults

TEMPLATES = sorted((ROOT / "portal/templates").rglob("*.html"))
STYLES = sorted(ROOT.glob("portal/static/*.css")) + sorted(ROOT.glob("portal/assets/*.css"))

JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
POST_FORM = re.compile(r"<form\b[^>]*method=[\"']?post\b.*?</form>", re.DOTALL | re.IGNORECASE)
CSRF = re.compile(r"csrf|hidden_tag")

RULE = re.compile(r"([^{};]*)\{|\}|([^{};]+);?")
PHYSICAL = re.compile(r"(?:^|-)(?:left|right)(?:-|$)|^(?:left|right)$", re.IGNORECASE)
SIDED = re.compile(r"^(?:float|clear|text-align)\s*:\s*(?:left|right)\b", re.IGNORECASE)
LEFT_TO_RIGHT = re.compile(r"""\[dir=["']?ltr["']?\]|:dir\(ltr\)""")

MACRO = re.compile(r"\{%-?\s*macro\b")
SAFE = re.compile(r"\|\s*safe\b|Markup\(|autoescape\s+false")
INLINE = (
    re.compile(r"<[^>]*\sstyle\s*="),
    re.compile(r"<[^>]*\s(?:on[a-z]+|hx-on[:\w-]*)\s*="),
    re.compile(r"<style\b|<script\b(?![^>]*\ssrc=)|javascript:"),
)


def markup(path: Path) -> str:
    """The text of a template without what Jinja reads."""
    return JINJA.sub("", path.read_text(encoding="utf-8"))


def declarations(css: str) -> list[tuple[str, str]]:
    """Pairs of all the selectors around a declaration and the declaration itself."""
    found, around = [], []
    for match in RULE.finditer(re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)):
        opened, declared = match.groups()
        if opened is not None:
            around.append(opened.strip())
        elif match[0] == "}":
            around.pop()
        elif declared.strip():
            found.append((" ".join(around), declared.strip()))
    return found


def is_sided(declaration: str) -> bool:
    """Whether a declaration names a physical side: margin-left, float: right."""
    property_name = declaration.partition(":")[0].strip()
    return bool(PHYSICAL.search(property_name) or SIDED.match(declaration))


def test_macros_live_in_one_file() -> None:
    others = [path for path in TEMPLATES if path.name != "_ui.html"]
    assert not faults(others, lambda path: MACRO.findall(path.read_text(encoding="utf-8")))


def test_nothing_is_declared_safe() -> None:
    assert not faults(TEMPLATES, lambda path: SAFE.findall(path.read_text(encoding="utf-8")))


def test_styles_and_scripts_are_never_inline() -> None:
    def inline(path: Path) -> list[str]:
        return [one for pattern in INLINE for one in pattern.findall(markup(path))]

    assert not faults(TEMPLATES, inline)


def test_every_form_that_posts_has_a_token() -> None:
    def bare(path: Path) -> list[str]:
        forms = POST_FORM.findall(path.read_text(encoding="utf-8"))
        return [form[:120] for form in forms if not CSRF.search(form)]

    assert not faults(TEMPLATES, bare)


def test_styles_name_no_physical_side() -> None:
    def sided(path: Path) -> list[str]:
        found = declarations(path.read_text(encoding="utf-8"))
        return [
            f"{selector} {{ {declaration} }}"
            for selector, declaration in found
            if is_sided(declaration) and not LEFT_TO_RIGHT.search(selector)
        ]

    assert not faults(STYLES, sided)


def test_every_block_of_styles_is_closed_before_the_next_heading() -> None:
    def open_parts(path: Path) -> list[str]:
        # One that is left open swallows all that follows, and no browser says so.
        parts = re.split(r"^/\*", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        return [part[:60] for part in parts if part.count("{") != part.count("}")]

    assert not faults(STYLES, open_parts)


@pytest.mark.parametrize(
    ("declaration", "sided"),
    [
        ("margin-left: 1px", True),
        ("left: 0", True),
        ("border-top-right-radius: 4px", True),
        ("float: right", True),
        ("text-align:left", True),
        ("margin-inline-start: 1px", False),
        ("text-align: start", False),
        ("background: url(left.png)", False),
    ],
)
def test_a_physical_side_is_recognised(declaration: str, sided: bool) -> None:
    assert is_sided(declaration) is sided


def test_rules_are_read_with_everything_around_them() -> None:
    css = "/* a */ @media print { .x[dir=ltr] { left: 0; top: 1px } } .y { right: 0; }"
    assert declarations(css) == [
        ("@media print .x[dir=ltr]", "left: 0"),
        ("@media print .x[dir=ltr]", "top: 1px"),
        (".y", "right: 0"),
    ]
