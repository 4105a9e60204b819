"""From what a person configured to conditions that are ready to evaluate."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from portal.domain.conditions.answers import BadRight, Judge
from portal.domain.conditions.explanation import ConditionSeen, GroupSeen, Result
from portal.domain.conditions.operators import OPERATORS, Operator
from portal.domain.fields import under
from portal.domain.paths import MISSING, BadPath, Path, parse_path, path_text
from portal.domain.placeholders import paths_in, problems_of
from portal.domain.problems import Problem, Refused
from portal.domain.samples import excerpt, type_of

MAX_DEPTH = 8
MAX_CONDITIONS = 200
MAX_GROUPS = 200
KINDS = ("all", "any")


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison. ``judge`` is None where the right side takes its values from the call."""

    path: Path
    operator: Operator
    right: Any
    judge: Judge | None
    unreached: ConditionSeen


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions of which all or any must be met; ``unreached`` is what is seen of it then."""

    kind: str
    members: "tuple[Condition | Group, ...]"
    unreached: GroupSeen


def read_conditions(value: Any, roots: Collection[str] = ()) -> Group:
    """The group that ``value`` describes (contract §3); null, no conditions at all, is true.

    At most 8 groups deep, 200 conditions and 200 groups. ``roots`` are the words that paths may
    begin with; none given, any. Raises :class:`Refused` with all problems, by JSON pointers.
    """
    reader = _Reader(roots)
    group = reader.group({"all": []} if value is None else value, "", 1)
    if reader.problems:
        raise Refused(*reader.problems)
    return group


class _Reader:
    """Reads groups and conditions and collects what is wrong with them."""

    def __init__(self, roots: Collection[str]) -> None:
        self._roots = roots
        self._left = {"condition": MAX_CONDITIONS, "group": MAX_GROUPS}
        self.problems: list[Problem] = []

    def group(self, value: Any, pointer: str, depth: int) -> Group:
        kind, members = self._listed(value, pointer)
        if depth > MAX_DEPTH:
            self._fault(pointer, "too_deep", max=MAX_DEPTH)
            members = []
        read = []
        for place, member in enumerate(members):
            where = f"{pointer}/{kind}/{place}"
            is_group = isinstance(member, dict) and not member.keys().isdisjoint(KINDS)
            if not self._may_have_another("group" if is_group else "condition", where):
                break
            read.append(
                self.group(member, where, depth + 1) if is_group else self._condition(member, where)
            )
        made = tuple(one for one in read if one)
        unreached = tuple(one.unreached for one in made)
        return Group(kind, made, GroupSeen(kind, Result.NOT_REACHED, unreached))

    def _listed(self, value: Any, pointer: str) -> tuple[str, list[Any]]:
        if not isinstance(value, dict):
            self._fault(pointer, "not_an_object")
        elif len(value) != 1 or not value.keys() <= set(KINDS):
            self._fault(pointer, "not_a_group")
        else:
            kind, members = next(iter(value.items()))
            if isinstance(members, list):
                return kind, members
            self._fault(f"{pointer}/{kind}", "not_a_list")
        return "all", []

    def _condition(self, value: Any, pointer: str) -> Condition | None:
        if not isinstance(value, dict):
            return self._fault(pointer, "not_an_object")
        for name in value.keys() - {"left", "op", "right"}:
            self._fault(f"{pointer}/{name}", "unknown_member", choices="left، op، right")
        path = self._path(value.get("left", MISSING), f"{pointer}/left")
        name = value.get("op", MISSING)
        operator = self._operator(name, f"{pointer}/op")
        if not operator:
            return None
        right = value.get("right", MISSING) if operator.takes_right else MISSING
        judge = self._judge(operator, right, f"{pointer}/right")
        if not path:
            return None
        seen = (path_text(path), name, None, None, excerpt(right), _type_of_right(right), None)
        unreached = ConditionSeen(*seen, Result.NOT_REACHED)
        return Condition(path, operator, right, judge, unreached)

    def _path(self, value: Any, pointer: str) -> Path | None:
        if not isinstance(value, str):
            return self._fault(pointer, "required" if value is MISSING else "not_a_text")
        try:
            path = parse_path(value)
        except BadPath as bad:
            return self._fault(pointer, bad.code, at=bad.at)
        if self._roots and path.steps[0] not in self._roots:
            return self._fault(pointer, "unknown_part", choices="، ".join(self._roots))
        return path

    def _operator(self, value: Any, pointer: str) -> Operator | None:
        if value is MISSING:
            return self._fault(pointer, "required")
        if not isinstance(value, str) or value not in OPERATORS:
            return self._fault(pointer, "unknown_choice", choices="، ".join(OPERATORS))
        return OPERATORS[value]

    def _judge(self, operator: Operator, right: Any, pointer: str) -> Judge | None:
        if operator.takes_right and right is MISSING:
            return self._fault(pointer, "required")
        if operator.takes_right and operator.fills_right:
            wrong = [Problem(*found) for found in problems_of(right, self._roots)]
            self.problems += under(pointer, wrong)
            if wrong or paths_in(right):
                return None
        try:
            return operator.make(right)
        except BadRight as bad:
            return self._fault(pointer, bad.code, **bad.params)

    def _may_have_another(self, kind: str, pointer: str) -> bool:
        self._left[kind] -= 1
        if self._left[kind] == -1:
            self._fault(pointer, "too_many", max=MAX_CONDITIONS)
        return self._left[kind] >= 0

    def _fault(self, pointer: str, code: str, **params: Any) -> None:
        self.problems.append(Problem(pointer, code, params))


def _type_of_right(right: Any) -> str | None:
    return None if right is MISSING else type_of(right)
