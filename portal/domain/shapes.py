"""How the shape of one JSON value differs from that of another, whatever their values are."""

from dataclasses import dataclass
from typing import Any

from portal.domain.samples import rows_of


@dataclass(frozen=True, slots=True)
class ShapeChange:
    """A path whose type differs; ``before`` is None where it is new, ``now`` where it is gone.

    Types are named as by :class:`portal.domain.samples.Row`.
    """

    path: str
    before: str | None
    now: str | None


def shape_changes(before: Any, now: Any) -> list[ShapeChange]:
    """What sets the shape of ``now`` apart from ``before``, lists collapsed: what is gone or of
    another type in the order of ``before``, then what is new."""
    old = {row.path: row.type for row in rows_of(before)}
    new = {row.path: row.type for row in rows_of(now)}
    changed = [
        ShapeChange(path, kind, new.get(path))
        for path, kind in old.items()
        if new.get(path) != kind
    ]
    added = [ShapeChange(path, None, kind) for path, kind in new.items() if path not in old]
    return changed + added
