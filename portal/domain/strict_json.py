"""The one JSON parser of both doors: what two readers could understand differently is refused.

RFC 8259 leaves duplicate names, the size of numbers and lone surrogates to the reader; I-JSON
(RFC 7493) forbids them. Beyond that: no NaN or Infinity, no NUL in texts (PostgreSQL keeps
none), and a limit to depth. A byte order mark is tolerated, as RFC 8259 §8.1 allows.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from portal.domain.json_depth import depth_of, depth_of_text

MAX_DEPTH = 64
MAX_NUMBER_LENGTH = 64

_space = re.compile(r"[ \t\n\r]*").match
# The escapes that may stand for NUL or for a lone surrogate; a text without them holds neither.
_doubtful_escape = re.compile(r"\\u(?:0000|[dD][89a-fA-F])").search

Item = TypeVar("Item")
# Reads what stands at a place: the item and where it ends, or None to leave it to others.
Reader = Callable[[str, int], tuple[Item, int] | None]


class JsonRefused(ValueError):
    """JSON that is not accepted: a stable ``code`` and where it stands, counted from 1."""

    def __init__(self, code: str, line: int = 1, column: int = 1) -> None:
        super().__init__(f"{code} at line {line}, column {column}")
        self.code = code
        self.line = line
        self.column = column

    @property
    def place(self) -> dict[str, int]:
        """The facts that a sentence about it is told with."""
        return {"line": self.line, "column": self.column}


@dataclass(frozen=True, slots=True)
class Member:
    """A value and the very text it was read from."""

    value: Any
    text: str


def decode(raw: bytes) -> str:
    """``raw`` as text without its byte order mark; raises :class:`JsonRefused` (not UTF-8)."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode("utf-8", "replace")
        raise JsonRefused("not_utf8", *_place(before, len(before))) from None


def parse(raw: bytes) -> Any:
    """The value of the JSON document ``raw``; raises :class:`JsonRefused`."""
    text = decode(raw)
    _refuse_depth(text, MAX_DEPTH)
    value, end = _value(text, _space(text, 0).end())
    _expect_end(text, end)
    return value


def parse_members(text: str) -> dict[str, Member] | None:
    """The members of the object ``text``, each with its own text; None for any other value.

    Raises :class:`JsonRefused`.
    """
    # Each member may be as deep as a document.
    _refuse_depth(text, MAX_DEPTH + 1)
    start = _space(text, 0).end()
    if not text.startswith("{", start):
        _expect_end(text, _value(text, start)[1])
        return None
    members: dict[str, Member] = {}
    end = start
    for name, member, end in _members(text, start + 1):
        if name in members:
            raise JsonRefused("duplicate_key", *_place(text, end))
        members[name] = member
    closing = _space(text, end if members else start + 1).end()
    _expect_end(text, closing + 1)
    return members


def parse_elements(
    text: str, most: int, quick: Reader[Item] = lambda _text, _at: None
) -> list[Item | str] | None:
    """The texts of the elements of the array ``text``; None for any other value.

    Reading stops after ``most`` and one more elements, which tells that there are too many.
    An element that ``quick`` reads, which must be strict JSON then, stands as what it made of it.
    Raises :class:`JsonRefused`.
    """
    start = _space(text, 0).end()
    if not text.startswith("[", start):
        _expect_end(text, _value(text, start)[1])
        return None
    elements: list[Item | str] = []
    at = _space(text, start + 1).end()
    while not (text.startswith("]", at) and not elements):
        item, end = quick(text, at) or _element(text, at)
        elements.append(item)
        at = _space(text, end).end()
        if text.startswith("]", at):
            break
        if len(elements) > most:
            return elements
        at = _after(text, at, ",")
    _expect_end(text, at + 1)
    return elements


def end_of_plain_object(text: str, at: int) -> int | None:
    """Where the object ends that begins at ``at``, when it is strict JSON beyond doubt.

    None says nothing against it: whoever gets that reads it carefully, and finds out.
    """
    try:
        value, end = _decoder.scan_once(text, at)
    except (StopIteration, ValueError, RecursionError):
        return None
    if _may_be_deep(text, at, end) or _doubtful_escape(text, at, end):
        return None
    return end if isinstance(value, dict) else None


def _refuse_depth(text: str, most: int) -> None:
    # Reading would end at the interpreter's own limit too, but whatever the collector cleans up
    # meanwhile, such as a connection, would fail there as well.
    if _may_be_deep(text, 0, len(text)) and depth_of_text(text) > most:
        raise JsonRefused("too_deep")


def _element(text: str, at: int) -> tuple[str, int]:
    end = _value(text, at)[1]
    return text[at:end], end


def _members(text: str, at: int) -> Iterator[tuple[str, Member, int]]:
    at = _space(text, at).end()
    if text.startswith("}", at):
        return
    while True:
        if not text.startswith('"', at):
            raise JsonRefused("malformed", *_place(text, at))
        name, at = _value(text, at)
        start = _after(text, _space(text, at).end(), ":")
        value, end = _value(text, start)
        yield name, Member(value, text[start:end]), end
        at = _space(text, end).end()
        if text.startswith("}", at):
            return
        at = _after(text, at, ",")


def _after(text: str, at: int, sign: str) -> int:
    if not text.startswith(sign, at):
        raise JsonRefused("malformed", *_place(text, at))
    return _space(text, at + 1).end()


def _value(text: str, at: int) -> tuple[Any, int]:
    try:
        value, end = _decoder.raw_decode(text, at)
    except json.JSONDecodeError as error:
        raise JsonRefused("malformed", error.lineno, error.colno) from None
    except RecursionError:
        raise JsonRefused("too_deep", *_place(text, at)) from None
    except JsonRefused as refused:
        raise JsonRefused(refused.code, *_place(text, at)) from None
    if _may_be_deep(text, at, end) and depth_of(value) > MAX_DEPTH:
        raise JsonRefused("too_deep", *_place(text, at))
    if _doubtful_escape(text, at, end) and _has_bad_text(value):
        raise JsonRefused("bad_character", *_place(text, at))
    return value, end


def _expect_end(text: str, at: int) -> None:
    rest = _space(text, at).end()
    if rest != len(text):
        raise JsonRefused("malformed", *_place(text, rest))


def _place(text: str, at: int) -> tuple[int, int]:
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise JsonRefused("duplicate_key")
    return members


def _refuse_constant(_name: str) -> Any:
    raise JsonRefused("not_finite")


def _integer(digits: str) -> int:
    if len(digits) > MAX_NUMBER_LENGTH:
        raise JsonRefused("number_too_large")
    return int(digits)


def _float(digits: str) -> float:
    number = float(digits)
    if len(digits) > MAX_NUMBER_LENGTH or number in (float("inf"), float("-inf")):
        raise JsonRefused("number_too_large")
    return number


def _may_be_deep(text: str, start: int, end: int) -> bool:
    return text.count("{", start, end) + text.count("[", start, end) >= MAX_DEPTH


def _has_bad_text(value: Any) -> bool:
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            if "\0" in node or any("\ud800" <= letter <= "\udfff" for letter in node):
                return True
        elif isinstance(node, dict):
            waiting.extend(node)
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)
    return False


_decoder = json.JSONDecoder(
    object_pairs_hook=_unique,
    parse_constant=_refuse_constant,
    parse_int=_integer,
    parse_float=_float,
)
