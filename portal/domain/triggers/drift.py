"""Drift: how what callers send moves away from what was mapped."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.domain.inputs import Inputs
from portal.domain.paths import EACH, MISSING, Path, parse_path
from portal.domain.samples import rows_of, type_of
from portal.domain.triggers.variables import full_path, full_paths

# More than these would only bury what matters.
MOST_NEW = 20


@dataclass(frozen=True, slots=True)
class Seen:
    """A call that was let in."""

    at: datetime
    inputs: Inputs


@dataclass(frozen=True, slots=True)
class Drift:
    """One thing that has changed: a mapped path is ``missing``, bears another ``type``, or a path
    is ``new``.

    ``count`` of the ``of`` calls looked at show it, the first of them ``since``. ``before`` and
    ``now`` are names of types, where the kind is ``type``.
    """

    kind: str
    path: str
    since: datetime
    count: int
    of: int
    before: str | None = None
    now: str | None = None


def drifts(variables: Mapping[str, Any], calls: Sequence[Seen]) -> list[Drift]:
    """What ``calls``, oldest first, show of drift from ``variables``, in the order of the form.

    What was parsed last says what is to be expected; without a sample the oldest call does.
    """
    if not calls:
        return []
    types = [_types(call.inputs) for call in calls]
    expected = _expected(variables, types[0])
    found = [
        drift
        for text in full_paths(variables)
        for drift in _of_path(text, expected.get(text), calls, types)
    ]
    return found + _new(expected, calls, types)[:MOST_NEW]


Types = Mapping[str, str]


def _expected(variables: Mapping[str, Any], oldest: Types) -> Types:
    """The type of every known path, by its full text."""
    sample = variables.get("sample") or {}
    known = dict(oldest)
    for part in ("query", "body"):
        if sample.get(part):
            known = {path: kind for path, kind in known.items() if not path.startswith(part)}
            known |= {full_path(part, row["path"]): row["type"] for row in sample[part]}
    return known


def _types(inputs: Inputs) -> dict[str, str]:
    parts = (("query", rows_of(inputs.query, by_index=True)), ("body", rows_of(inputs.body)))
    return {full_path(part, row.path): row.type for part, rows in parts for row in rows}


def _of_path(
    text: str, expected: str | None, calls: Sequence[Seen], types: Sequence[Types]
) -> list[Drift]:
    path = parse_path(text)
    values = [call.inputs.value(path) for call in calls]
    missing = _drift("missing", text, calls, [value is MISSING for value in values])
    kinds = [
        None if value is MISSING else known.get(text) or _type_without_row(path, value)
        for value, known in zip(values, types, strict=True)
    ]
    before = expected or next((kind for kind in kinds if kind), None)
    others = [kind not in (*_LOOSE, before) and before not in _LOOSE for kind in kinds]
    now = next((kind for kind, other in zip(kinds[::-1], others[::-1], strict=True) if other), None)
    changed = _drift("type", text, calls, others, before, now)
    return [one for one in (missing, changed) if one]


def _type_without_row(path: Path, value: Any) -> str | None:
    """The type of an item that is mapped by its place; of all items of an empty list, none."""
    return None if EACH in path.steps else type_of(value)


# A sample that held null, or several types, says nothing of what to expect.
_LOOSE = (None, "null", "mixed")


def _new(expected: Types, calls: Sequence[Seen], types: Sequence[Types]) -> list[Drift]:
    paths = dict.fromkeys(path for known in types for path in known if path not in expected)
    found = [_drift("new", path, calls, [path in known for known in types]) for path in paths]
    return [one for one in found if one]


def _drift(
    kind: str,
    path: str,
    calls: Sequence[Seen],
    shows: Sequence[bool],
    before: str | None = None,
    now: str | None = None,
) -> Drift | None:
    if not any(shows):
        return None
    return Drift(kind, path, calls[shows.index(True)].at, sum(shows), len(calls), before, now)
