"""How deep JSON is, told without recursion."""

import re
from itertools import accumulate
from typing import Any

_texts = re.compile(r'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_not_brackets = re.compile(r"[^\[\]{}]+")
_STEPS = {"[": 1, "{": 1, "]": -1, "}": -1}


def depth_of_text(text: str) -> int:
    """How many containers of the JSON ``text`` stand in each other at most, be it whole or not."""
    brackets = _not_brackets.sub("", _texts.sub("", text))
    return max(accumulate(map(_STEPS.__getitem__, brackets)), default=0)


def depth_of(value: Any) -> int:
    """How many containers of the JSON value stand in each other at most."""
    level, depth = [value], 0
    while level:
        depth += 1
        level = [child for node in level for child in _children(node)]
    return depth - 1


def _children(node: Any) -> list[Any]:
    if isinstance(node, dict):
        return list(node.values()) or [None]
    return (node or [None]) if isinstance(node, list) else []
