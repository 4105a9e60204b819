"""What an evaluation saw: the tree of conditions with their values and results."""

from enum import StrEnum
from typing import Any, NamedTuple


class Result(StrEnum):
    """How it went with a condition or a group."""

    MET = "met"
    NOT_MET = "not_met"
    NOT_REACHED = "not_reached"
    ERROR = "error"


class ConditionSeen(NamedTuple):
    """One condition and what stood on its two sides, long values as excerpts.

    Types are those of :func:`portal.domain.samples.type_of`; both left fields are None where it
    was not reached. ``code`` says why it is an error.
    """

    path: str
    op: str
    left: Any
    left_type: str | None
    right: Any
    right_type: str | None
    coercion: str | None
    result: Result
    code: str | None = None


class GroupSeen(NamedTuple):
    """A group, ``all`` or ``any``, and what it holds."""

    kind: str
    result: Result
    members: "tuple[ConditionSeen | GroupSeen, ...]"


def as_json(seen: ConditionSeen | GroupSeen) -> dict[str, Any]:
    """``seen`` as a JSON value; a group has its members under ``all`` or ``any``."""
    if isinstance(seen, ConditionSeen):
        return {**seen._asdict(), "result": str(seen.result)}
    return {"result": str(seen.result), seen.kind: [as_json(member) for member in seen.members]}
