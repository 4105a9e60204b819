"""Values as a rule's form holds them: texts that are typed, and JSON where texts will not do."""

import json
import re
from collections.abc import Mapping
from typing import Any

from portal.domain.conditions.operators import OPERATORS
from portal.domain.paths import MISSING
from portal.domain.strict_json import JsonRefused, parse

# What is typed on the right of an operator: nothing, one value, two, or one a line.
NONE, ONE, TWO, MANY = "none", "one", "two", "many"
_SHAPES = {"between": TWO, "in": MANY, "not_in": MANY}
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_PARSED = ("{", "[")
_JSON = "json"


def shape_of(operator: str) -> str:
    """Which fields stand on the right of ``operator``."""
    known = OPERATORS.get(operator)
    return NONE if known and not known.takes_right else _SHAPES.get(operator, ONE)


def right_shown(operator: str, right: Any) -> dict[str, str]:
    """The fields that show ``right``: ``type`` says whether they hold JSON."""
    shape = shape_of(operator)
    if shape == NONE or right is MISSING:
        return {}
    is_list = shape != ONE and isinstance(right, list) and (shape == MANY or len(right) == 2)
    values = right if is_list else [right]
    is_plain = all(_is_plain(value) for value in values)
    texts = values if is_plain else [json_text(value) for value in values]
    kind = {} if is_plain else {"type": _JSON}
    if not is_list:
        return {"right": texts[0], **kind}
    if shape == TWO:
        return {"low": texts[0], "high": texts[1], **kind}
    return {"lines": "\n".join(texts), **kind}


def right_read(operator: str, texts: Mapping[str, str]) -> Any:
    """The right side that ``texts`` hold; MISSING where nothing is typed.

    Raises :class:`JsonRefused`.
    """
    shape, is_json = shape_of(operator), texts.get("type") == _JSON
    if shape == TWO:
        typed = [texts.get(name, "").strip() for name in ("low", "high")]
        return [_value(text, is_json) for text in typed] if any(typed) else MISSING
    if shape == MANY:
        lines = [line.strip() for line in texts.get("lines", "").splitlines()]
        return [_value(line, is_json) for line in lines if line] or MISSING
    text = texts.get("right", "").strip()
    return _value(text, is_json) if text and shape == ONE else MISSING


def json_text(value: Any, indent: int | None = None) -> str:
    """``value`` as JSON that people read."""
    return json.dumps(value, ensure_ascii=False, indent=indent)


def template_text(value: Any) -> str:
    """A template as :func:`template_read` reads it: JSON, or one placeholder as it stands."""
    is_bare = isinstance(value, str) and _is_placeholder(value)
    return value if is_bare else json_text(value, indent=2)


def template_read(text: str) -> Any:
    """The template that ``text`` writes; nothing typed is an empty object.

    Raises :class:`JsonRefused`.
    """
    bare = text.strip()
    if _is_placeholder(bare):
        return bare
    return parse(bare.encode("utf-8", "replace")) if bare else {}


def _is_placeholder(text: str) -> bool:
    return text.startswith("{{") and text.endswith("}}") and text == text.strip()


def _is_plain(value: Any) -> bool:
    return (
        isinstance(value, str)
        and value != ""
        and value == value.strip()
        and not _CONTROL.search(value)
        and len(value.splitlines()) == 1
    )


def _value(text: str, is_json: bool) -> Any:
    if not is_json:
        return text
    try:
        return parse(text.encode("utf-8", "replace"))
    except JsonRefused:
        # A number or null that somebody has replaced by a word; an object that broke is told of.
        if text.startswith(_PARSED) and not text.startswith("{{"):
            raise
        return text
