"""What a sample holds: a table of paths, from which people pick the variables they need."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from portal.domain.paths import EACH, MAX_LENGTH, MAX_STEPS, MISSING, Path, Step, path_text
from portal.domain.storable import storable

MAX_ROWS = 500
# A collapsed list of a million items adds no row after the first few; this many are looked at.
MAX_VALUES = 50_000
LONGEST_SAMPLE = 120
# Room for the word that a row's path is used under: headers, query, body, calls.NAME.body.
_LONGEST_PATH = MAX_LENGTH - 100
_MOST_STEPS = MAX_STEPS - 4
# How much of a container an excerpt shows.
_EXCERPT_ITEMS, _EXCERPT_LEVELS = 10, 2

_TYPES = {
    type(None): "null",
    bool: "boolean",
    int: "number",
    float: "number",
    str: "text",
    list: "list",
    dict: "object",
}


@dataclass
class Row:
    """One path of a sample; ``sample`` is None for containers, an example value otherwise.

    ``type`` is object, list, text, number, boolean or null, or mixed where items differ.
    """

    path: str
    type: str
    sample: Any


def rows_of(value: Any, by_index: bool = False) -> list[Row]:
    """The paths of ``value`` in the order of the document, containers included; at most 500.

    Lists are collapsed: ``items``, then ``items[].id`` for what any item has. With ``by_index``
    each item gets its own: ``items[0]``, ``items[0].id``. Paths lack the root word and begin
    with a bracket where the root is a list.
    """
    return _Table(by_index).filled(value)


def type_of(value: Any) -> str:
    """The name of a JSON value's type as a row says it; ``missing`` for MISSING."""
    return "missing" if value is MISSING else _TYPES.get(type(value), "unknown")


def excerpt(value: Any, levels: int = _EXCERPT_LEVELS) -> Any:
    """``value`` made short enough to show: texts cut at 120 characters, containers at 10 members
    and two levels, below which None stands. MISSING gives None."""
    if isinstance(value, str):
        return value if len(value) <= LONGEST_SAMPLE else value[: LONGEST_SAMPLE - 1] + "…"
    if value is MISSING or (isinstance(value, dict | list) and not levels):
        return None
    if isinstance(value, list):
        return [excerpt(item, levels - 1) for item in value[:_EXCERPT_ITEMS]]
    if isinstance(value, dict):
        members = list(value.items())[:_EXCERPT_ITEMS]
        return {excerpt(name): excerpt(inner, levels - 1) for name, inner in members}
    return value


@dataclass
class _Node:
    """A row while it is being found, with the rows beneath it in the order of first sight."""

    type: str | None = None
    sample: Any = None
    beneath: dict[Step, "_Node"] = field(default_factory=dict)

    def see(self, value: Any) -> None:
        seen = type_of(value)
        if self.type is None:
            self.sample = None if isinstance(value, dict | list) else excerpt(value)
        self.type = seen if self.type in (None, seen) else "mixed"


class _Table:
    """The rows of one sample, gathered as a tree so that rows of one branch stay together."""

    def __init__(self, by_index: bool) -> None:
        self._by_index = by_index
        self._root = _Node()
        self._values_left = MAX_VALUES

    def filled(self, value: Any) -> list[Row]:
        self._look(value, self._root, 0)
        return list(self._rows())

    def _look(self, value: Any, node: _Node, depth: int) -> None:
        for step, inner in self._members(value) if depth < _MOST_STEPS else ():
            if not self._values_left:
                return
            self._values_left -= 1
            beneath = node.beneath.setdefault(step, _Node())
            beneath.see(inner)
            self._look(inner, beneath, depth + 1)

    def _members(self, value: Any) -> Iterator[tuple[Step, Any]]:
        if isinstance(value, dict):
            # A name that no database keeps is no path either.
            yield from ((name, inner) for name, inner in value.items() if storable(name) == name)
        elif isinstance(value, list):
            for place, item in enumerate(value):
                yield (place if self._by_index else EACH), item

    def _rows(self) -> Iterator[Row]:
        waiting: list[tuple[tuple[Step, ...], _Node]] = [((), self._root)]
        left = MAX_ROWS
        while waiting and left:
            steps, node = waiting.pop()
            inner = [((*steps, step), beneath) for step, beneath in node.beneath.items()]
            waiting.extend(reversed(inner))
            # The items of a collapsed list are the list itself, which has its row already.
            if not steps or steps[-1] is EACH:
                continue
            path = path_text(Path(steps))
            if len(path) <= _LONGEST_PATH:
                left -= 1
                yield Row(path, node.type or "null", node.sample)
