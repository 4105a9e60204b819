"""Paths: how a person names a value inside a call.

``body.items[0].id`` goes by name and by place, ``body.items[].id`` through all of a list, and
``body["a.b"]`` by a name that could not be written bare.
"""

import json
import re
from dataclasses import dataclass
from enum import Enum
from typing import Any

MAX_LENGTH = 500
MAX_STEPS = 64

# What ends a bare name or would make it hard to read; everything else is part of it, Arabic too.
_NAME = r"""[^\s.\[\]{}"'\x00-\x1f\x7f\ud800-\udfff]+"""
_bare_name = re.compile(_NAME).fullmatch
_step = re.compile(
    rf"""\[(?:(?P<index>0|[1-9][0-9]{{0,8}})|(?P<quoted>"(?:[^"\\]|\\.)*"))?\]|\.?(?P<name>{_NAME})"""
).match
# NUL and lone surrogates, which no database keeps and strict JSON never holds.
_unstorable = re.compile(r"[\x00\ud800-\udfff]").search


class Missing(Enum):
    """The type of :data:`MISSING`; an enumeration, so that it stays one through copies."""

    MISSING = "missing"

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "MISSING"


class Each(Enum):
    """The type of :data:`EACH`."""

    EACH = "[]"

    def __repr__(self) -> str:
        return "EACH"


MISSING = Missing.MISSING
"""What stands where a path leads nowhere; neither null nor the empty text."""

EACH = Each.EACH
"""The step through every item of a list."""

Step = str | int | Each


class BadPath(ValueError):
    """A text that is no path: a stable ``code`` and where it goes wrong, counted from 0."""

    def __init__(self, code: str, at: int = 0) -> None:
        super().__init__(f"{code} at {at}")
        self.code = code
        self.at = at


@dataclass(frozen=True, slots=True)
class Path:
    """Where a value stands: a name, an index or EACH for every step."""

    steps: tuple[Step, ...]


def parse_path(text: str) -> Path:
    """The path that ``text`` writes; at most 500 characters and 64 steps.

    Raises :class:`BadPath`: ``path_empty``, ``path_too_long``, ``path_too_deep``,
    ``path_malformed`` or ``bad_character``.
    """
    if not text:
        raise BadPath("path_empty")
    if len(text) > MAX_LENGTH:
        raise BadPath("path_too_long", MAX_LENGTH)
    steps: list[Step] = []
    at = 0
    while at < len(text):
        step, end = _step_at(text, at)
        if len(steps) == MAX_STEPS:
            raise BadPath("path_too_deep", at)
        steps.append(step)
        at = end
    return Path(tuple(steps))


def path_text(path: Path) -> str:
    """The one canonical text of ``path``, which :func:`parse_path` reads back."""
    written = "".join([_written(step) for step in path.steps])
    return written.removeprefix(".")


def value_at(path: Path, root: Any) -> Any:
    """What ``path`` leads to from ``root``; MISSING when a step does not lead anywhere.

    EACH makes the result a list: all that the rest of the path finds in the items, in order,
    items where it finds nothing left out. A second EACH adds to the same flat list.
    """
    found, is_many = [root], False
    for step in path.steps:
        if step is EACH:
            if not is_many and not isinstance(found[0], list):
                return MISSING
            found = [item for node in found if isinstance(node, list) for item in node]
            is_many = True
            continue
        found = [inner for node in found if (inner := _beneath(node, step)) is not MISSING]
        if not found and not is_many:
            return MISSING
    return found if is_many else found[0]


def _beneath(node: Any, step: Step) -> Any:
    if isinstance(step, str):
        return node.get(step, MISSING) if isinstance(node, dict) else MISSING
    if isinstance(node, list) and step < len(node):
        return node[step]
    return MISSING


def _step_at(text: str, at: int) -> tuple[Step, int]:
    match = _step(text, at)
    # A dot stands between a step and a name, never before the first and never left out.
    if not match or (match["name"] and text.startswith(".", at) != (at > 0)):
        bad = _unstorable(text, at, at + 1)
        raise BadPath("bad_character" if bad else "path_malformed", at)
    if match["name"]:
        return match["name"], match.end()
    if match["index"]:
        return int(match["index"]), match.end()
    return _unquoted(match["quoted"], at) if match["quoted"] else EACH, match.end()


def _unquoted(quoted: str, at: int) -> str:
    try:
        name = json.loads(quoted)
    except ValueError:
        raise BadPath("path_malformed", at) from None
    if _unstorable(name):
        raise BadPath("bad_character", at)
    return name


def _written(step: Step) -> str:
    if step is EACH:
        return "[]"
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if _bare_name(step) else f"[{json.dumps(step, ensure_ascii=False)}]"
