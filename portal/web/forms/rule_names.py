"""Names of fields that nest: ``c-0-1-left`` is the left side of the second member of the first
member of ``c``. What a form holds is one flat mapping of such names to texts."""

import re
from collections.abc import Mapping

# A list, up to ten steps into it (conditions nest eight deep), and what stands there.
_NAME = re.compile(r"[a-z]+((?:-\d{1,4}){1,10})-[a-z]+")


def places(fields: Mapping[str, str]) -> dict[str, list[str]]:
    """The members of every list among ``fields``, in order: ``{"c": ["c-0", "c-1"], …}``."""
    found: dict[str, set[int]] = {}
    for match in filter(None, map(_NAME.fullmatch, fields)):
        parent = match[0].partition("-")[0]
        for step in match[1].strip("-").split("-"):
            found.setdefault(parent, set()).add(int(step))
            parent = f"{parent}-{int(step)}"
    return {name: [f"{name}-{step}" for step in sorted(steps)] for name, steps in found.items()}


def place_after(fields: Mapping[str, str], parent: str) -> str:
    """The name of a new member at the end of the list ``parent``."""
    members = places(fields).get(parent)
    return f"{parent}-{int(members[-1].rpartition('-')[2]) + 1}" if members else f"{parent}-0"


def without(fields: Mapping[str, str], name: str) -> dict[str, str]:
    """``fields`` without the member ``name``; those that follow it in its list move up."""
    parent = name.rpartition("-")[0]
    members = places(fields).get(parent, [])
    kept = [one for one in members if one != name]
    named = {old: f"{parent}-{place}" for place, old in enumerate(kept)}
    left = {key: text for key, text in fields.items() if not _is_beneath(key, members)}
    for old, new in named.items():
        left |= {
            new + key.removeprefix(old): text
            for key, text in fields.items()
            if key.startswith(f"{old}-")
        }
    return left


def _is_beneath(key: str, members: list[str]) -> bool:
    return any(key.startswith(f"{one}-") for one in members)
