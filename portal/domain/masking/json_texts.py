"""JSON texts rewritten value by value: members keep their order, numbers the way they were written,
and a name that stands twice stands twice."""

import json
import re
from collections.abc import Callable
from typing import Any

from portal.domain.masking.kinds import DOTS, MaskKind
from portal.domain.masking.patterns import Matcher, Spots


class Number(str):
    """A number as it was written."""


class Members(list[tuple[str, Any]]):
    """The members of an object, in their order."""


# The name of a member that is no word but a value: a number that somebody has, an address.
_TELLING = re.compile(r".*(?:@|(?:\d\W*){7})", re.DOTALL).match

# What stands in place of a text, a number or a boolean that is masked, and of a text that is not.
Cover = Callable[[str, MaskKind], str]
Other = Callable[[str], str]


def read(text: str) -> Any:
    """The value of ``text``; raises ValueError or RecursionError for what is no JSON."""
    return json.loads(
        text,
        object_pairs_hook=Members,
        parse_int=Number,
        parse_float=Number,
        parse_constant=Number,
    )


def write(node: Any) -> str:
    """``node``, which :func:`read` has read, as a text without spaces that mean nothing."""
    if isinstance(node, Number):
        return str(node)
    if isinstance(node, Members):
        return "{" + ", ".join(f"{_text(name)}: {write(inner)}" for name, inner in node) + "}"
    if isinstance(node, list):
        return "[" + ", ".join(write(inner) for inner in node) + "]"
    return _text(node)


def _text(node: Any) -> str:
    return json.dumps(node, ensure_ascii=False)


class Rewriting:
    """One rewriting of values along the patterns of ``matcher``."""

    def __init__(self, matcher: Matcher, cover: Cover, other: Other) -> None:
        self._matcher, self._cover, self._other = matcher, cover, other

    def node(self, node: Any, spots: Spots, kind: MaskKind | None = None) -> Any:
        """``node``, which stands at ``spots``; all of it is masked where ``kind`` is given."""
        kind = kind or self._matcher.kind(spots)
        if isinstance(node, list) and not isinstance(node, Members):
            return [self._in(place, inner, spots, kind) for place, inner in enumerate(node)]
        if not isinstance(node, Members):
            return self._leaf(node, kind)
        if kind is None:
            return Members(
                (self._other(name), self._in(name, inner, spots, None)) for name, inner in node
            )
        return self._whole(node, spots, kind)

    def _whole(self, node: Members, spots: Spots, kind: MaskKind) -> Any:
        """An object that is masked: its names may be what is to be hidden, so they go too."""
        for name, inner in node:
            if _TELLING(name):
                self._cover(name, kind)
            self._in(name, inner, spots, kind)
        return DOTS if node else node

    def _in(self, step: str | int, inner: Any, spots: Spots, kind: MaskKind | None) -> Any:
        return self.node(inner, self._matcher.beneath(spots, step), kind)

    def _leaf(self, leaf: Any, kind: MaskKind | None) -> Any:
        # What is not there and what is empty hide nothing, and tell whoever looks for a fault.
        if leaf is None or leaf == "":
            return leaf
        if kind is not None:
            is_text = isinstance(leaf, str)
            return self._cover(leaf if is_text else _text(leaf), kind)
        is_words = isinstance(leaf, str) and not isinstance(leaf, Number)
        return self._other(leaf) if is_words else self._number(leaf)

    def _number(self, leaf: Any) -> Any:
        """A number that may be one that is masked elsewhere as a text."""
        if not isinstance(leaf, Number):
            return leaf
        shown = self._other(leaf)
        return leaf if shown == leaf else shown
