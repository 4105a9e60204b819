"""Operators on texts, letter for letter, and on what a list contains.

Null has no text, so it contains nothing and starts with nothing; NocoBase's run would fail.
"""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import re2

from portal.domain.conditions.answers import Answer, BadRight, CannotApply, Judge, Maker
from portal.domain.conditions.equality import equal_to, first_met

MAX_PATTERN = 1000
# A search through more takes too long even in linear time: about a quarter of a second at worst.
MAX_SEARCHED = 65_536
# Texts that are looked for in lists; comparing each as a number takes its time.
MAX_LISTED = 10_000


def make_text(holds: Callable[[str, str], bool]) -> Maker:
    """The operator that asks ``holds`` of a text on the left and the text on the right."""

    def make(right: Any) -> Judge:
        sought = _sought(right)
        if sought is None:
            raise BadRight("not_a_text")
        coercion = None if isinstance(right, str) else "text"

        def judge(left: Any, _now: datetime | None) -> Answer:
            if left is None:
                return Answer(False)
            return Answer(holds(_text(left), sought), coercion)

        return judge

    return make


def make_contains(right: Any) -> Judge:
    """``contains``: a part of a text, or an item of a list that equals ``right``."""
    sought, equal = _sought(right), equal_to(right)
    coercion = None if isinstance(right, str) else "text"

    def judge(left: Any, _now: datetime | None) -> Answer:
        if left is None:
            return Answer(False)
        if isinstance(left, list):
            if len(left) > MAX_LISTED:
                raise CannotApply("list_too_long")
            return first_met(map(equal, left))
        if sought is None or not isinstance(left, str):
            raise CannotApply("not_a_text_or_list")
        return Answer(sought in left, coercion)

    return judge


def make_matches(right: Any) -> Judge:
    """``matches``: a text in which the RE2 pattern ``right`` is found."""
    pattern = _pattern(right)

    def judge(left: Any, _now: datetime | None) -> Answer:
        if left is None:
            return Answer(False)
        text = _text(left)
        if len(text) > MAX_SEARCHED:
            raise CannotApply("text_too_long")
        return Answer(pattern.search(text.encode("utf-8", "replace")) is not None)

    return judge


def _text(left: Any) -> str:
    if not isinstance(left, str):
        raise CannotApply("not_a_text")
    return left


def _sought(right: Any) -> str | None:
    """``right`` as a text; numbers and booleans as JSON writes them."""
    if isinstance(right, str):
        return right
    return json.dumps(right) if isinstance(right, bool | int | float) else None


def _pattern(right: Any) -> Any:
    if not isinstance(right, str):
        raise BadRight("not_a_text")
    if len(right) > MAX_PATTERN:
        raise BadRight("pattern_too_long", max=MAX_PATTERN)
    try:
        return re2.compile(right.encode(), options=_OPTIONS)
    except (re2.error, UnicodeEncodeError):
        raise BadRight("bad_pattern") from None


def _options() -> Any:
    options = re2.Options()
    options.log_errors = False
    # Two hundred patterns may be held for one rule.
    options.max_mem = 1 << 20
    return options


_OPTIONS = _options()
