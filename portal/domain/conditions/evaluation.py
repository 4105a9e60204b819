"""Evaluating conditions: fail-closed, stopping at what decides, and saying what was seen."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.domain.conditions.answers import Answer, BadRight, CannotApply
from portal.domain.conditions.explanation import ConditionSeen, GroupSeen, Result, as_json
from portal.domain.conditions.reading import Condition, Group
from portal.domain.paths import MISSING, Path
from portal.domain.placeholders import TooLong, fill
from portal.domain.samples import excerpt, type_of

# The right side of a condition is compared, not sent: this is plenty.
MAX_RIGHT = 65_536

Lookup = Callable[[Path], Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether the conditions are met; None where ``error`` has the code of what went wrong."""

    met: bool | None
    error: str | None
    explanation: GroupSeen

    @property
    def explained(self) -> dict[str, Any]:
        """The explanation as a JSON value."""
        return as_json(self.explanation)


def evaluate(group: Group, lookup: Lookup, now: datetime | None = None) -> Outcome:
    """Whether ``group`` is met by the values that ``lookup`` finds.

    ``any`` stops at the first met, ``all`` at the first not met, and both at an error, which
    makes the whole an error. ``now`` is what right sides such as ``-PT2H`` count from; without
    it they are errors.
    """
    run = _Run(lookup, now)
    seen = run.group(group)
    met = None if seen.result is Result.ERROR else seen.result is Result.MET
    return Outcome(met, run.error, seen)


class _Run:
    """One evaluation; ``error`` is the code of the one error that ended it."""

    def __init__(self, lookup: Lookup, now: datetime | None) -> None:
        self._lookup = lookup
        self._now = now
        self.error: str | None = None

    def group(self, group: Group) -> GroupSeen:
        decides, result = (
            (Result.MET, Result.NOT_MET) if group.kind == "any" else (Result.NOT_MET, Result.MET)
        )
        seen: list[ConditionSeen | GroupSeen] = []
        for member in group.members:
            one = self.group(member) if isinstance(member, Group) else self._condition(member)
            seen.append(one)
            if one.result in (decides, Result.ERROR):
                result = one.result
                break
        seen += [member.unreached for member in group.members[len(seen) :]]
        return GroupSeen(group.kind, result, tuple(seen))

    def _condition(self, condition: Condition) -> ConditionSeen:
        left = self._lookup(condition.path)
        path, op, _, _, right, right_type, *_ = condition.unreached
        coercion, code = None, None
        try:
            judge = condition.judge
            if left is MISSING:
                answer = Answer(condition.operator.when_missing)
            elif judge is None:
                filled = self._right(condition)
                right, right_type = excerpt(filled), type_of(filled)
                answer = condition.operator.make(filled)(left, self._now)
            else:
                answer = judge(left, self._now)
            coercion, result = answer.coercion, Result.MET if answer.met else Result.NOT_MET
        except (CannotApply, BadRight) as error:
            self.error = code = error.code
            result = Result.ERROR
        shown, left_type = excerpt(left), type_of(left)
        return ConditionSeen(path, op, shown, left_type, right, right_type, coercion, result, code)

    def _right(self, condition: Condition) -> Any:
        try:
            return fill(condition.right, self._present, MAX_RIGHT)
        except TooLong:
            raise CannotApply("right_too_long") from None

    def _present(self, path: Path) -> Any:
        value = self._lookup(path)
        # Nothing equals nothing: what is not there decides nothing.
        if value is MISSING:
            raise CannotApply("right_missing")
        return value
