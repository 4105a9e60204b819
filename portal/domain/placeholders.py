"""Templates: texts, lists and objects in which ``{{ body.order.id }}`` stands for a value.

What is filled in is never looked at again, so no caller can smuggle in a placeholder.
"""

import json
import re
from collections.abc import Callable, Collection, Iterator
from functools import lru_cache
from typing import Any

from portal.domain.paths import MAX_LENGTH, MISSING, BadPath, Path, parse_path

MAX_FILLED = 1_048_576
OPEN = "{{"

# What a path may hold, in quotes whatever it is; whether it is one, the path's own reader says.
_placeholder = re.compile(r"""\{\{\s*((?:"(?:[^"\\]|\\.)*"|[^"{}])*?)\s*\}\}""").match
# Braces, spaces and a path: more is none, and looking further would cost the square of it.
_LONGEST = MAX_LENGTH + 40

Lookup = Callable[[Path], Any]
Parts = tuple[str | Path, ...]


class TooLong(ValueError):
    """A template that grows past its bound when it is filled."""


class BadTemplate(ValueError):
    """A text that cannot be filled: what :func:`problems_of` would have said of it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def fill(template: Any, lookup: Lookup, max_length: int = MAX_FILLED) -> Any:
    """``template`` with what ``lookup`` finds in the place of each placeholder.

    A text that is one placeholder becomes the value itself; where it is missing, a member of an
    object is left out, an item of a list and the whole become None. Within a text, values are
    written: missing and null as nothing, texts as they are, all else as JSON. Names of members
    are not filled. Raises :class:`TooLong` when texts, names and values come to more than
    ``max_length`` characters, and :class:`BadTemplate` for what :func:`problems_of` reports.
    """
    filled = _Filling(lookup, max_length).filled(template)
    return None if filled is MISSING else filled


def problems_of(template: Any, roots: Collection[str] = ()) -> list[tuple[str, str]]:
    """What is wrong with the placeholders of ``template``: JSON pointers and codes.

    Codes are those of :class:`BadPath`, ``placeholder_not_closed``, and ``unknown_part`` for a
    path that begins with none of ``roots``, when they are given.
    """
    found = []
    for pointer, text in _texts(template, ""):
        try:
            paths = [part for part in _parts(text) if isinstance(part, Path)]
        except BadTemplate as bad:
            found.append((pointer, bad.code))
            continue
        if roots and any(path.steps[0] not in roots for path in paths):
            found.append((pointer, "unknown_part"))
    return found


def paths_in(template: Any) -> list[Path]:
    """The paths of the placeholders in ``template``, in order, each once.

    Raises :class:`BadTemplate`.
    """
    parts = [part for _, text in _texts(template, "") for part in _parts(text)]
    return list(dict.fromkeys(part for part in parts if isinstance(part, Path)))


class _Filling:
    """One filling of one template, and how much of its bound is left."""

    def __init__(self, lookup: Lookup, max_length: int) -> None:
        self._lookup = lookup
        self._left = max_length

    def filled(self, template: Any) -> Any:
        if isinstance(template, str):
            return self._text(template)
        if isinstance(template, list):
            items = [self.filled(item) for item in template]
            return [None if item is MISSING else item for item in items]
        if isinstance(template, dict):
            members = {self._spend(name): self.filled(inner) for name, inner in template.items()}
            return {name: inner for name, inner in members.items() if inner is not MISSING}
        return template

    def _text(self, template: str) -> Any:
        parts = _parts(template)
        if len(parts) == 1 and isinstance(parts[0], Path):
            value = self._lookup(parts[0])
            self._spend(_written(value))
            return value
        return "".join([self._spend(self._part(part)) for part in parts])

    def _part(self, part: str | Path) -> str:
        return part if isinstance(part, str) else _written(self._lookup(part))

    def _spend(self, text: str) -> str:
        self._left -= len(text)
        if self._left < 0:
            raise TooLong
        return text


def _written(value: Any) -> str:
    if value is MISSING or value is None:
        return ""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _parts(text: str) -> Parts:
    return _read_parts(text) if OPEN in text else (text,)


# The same few templates are filled all day.
@lru_cache(maxsize=256)
def _read_parts(text: str) -> Parts:
    parts: list[str | Path] = []
    at = 0
    while (start := text.find(OPEN, at)) >= 0:
        match = _placeholder(text, start, start + _LONGEST)
        if not match:
            raise BadTemplate("placeholder_not_closed")
        try:
            path = parse_path(match[1])
        except BadPath as bad:
            raise BadTemplate(bad.code) from None
        parts += [text[at:start], path]
        at = match.end()
    parts.append(text[at:])
    return tuple(part for part in parts if part != "")


def _texts(template: Any, pointer: str) -> Iterator[tuple[str, str]]:
    if isinstance(template, str):
        yield pointer, template
    elif isinstance(template, list):
        for place, item in enumerate(template):
            yield from _texts(item, f"{pointer}/{place}")
    elif isinstance(template, dict):
        for name, inner in template.items():
            yield from _texts(inner, f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}")
