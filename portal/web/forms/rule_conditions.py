"""The conditions of a rule's form: groups in groups, and the contract's ``when`` that they make."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.domain.conditions.reading import KINDS, MAX_DEPTH
from portal.domain.paths import MISSING
from portal.domain.problems import Problem
from portal.domain.strict_json import JsonRefused
from portal.web.forms.rule_names import places
from portal.web.forms.rule_values import TWO, right_read, right_shown, shape_of

ROOT = "c"
# What is chosen as the variable when a path is typed instead.
OTHER = "other"

Fields = dict[str, str]


@dataclass(frozen=True)
class Condition:
    """One comparison, whose fields begin with ``name``."""

    name: str


@dataclass(frozen=True)
class Group:
    """Conditions and groups that stand together; the outermost is at the depth 1."""

    name: str
    depth: int
    members: "tuple[Condition | Group, ...]"

    @property
    def may_nest(self) -> bool:
        """Whether another group may stand in this one."""
        return self.depth < MAX_DEPTH


@dataclass
class Reading:
    """What is read of a form: which field each JSON pointer belongs to, and what is wrong."""

    places: Fields = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, pointer: str, refused: JsonRefused) -> None:
        """Remember that the JSON at ``pointer`` cannot be read."""
        self.problems.append(Problem(pointer, refused.code, refused.place))

    def name_of(self, pointer: str) -> str | None:
        """The field that stands closest to ``pointer``."""
        while pointer:
            if pointer in self.places:
                return self.places[pointer]
            pointer = pointer.rpartition("/")[0]
        return None


def group_in(fields: Mapping[str, str]) -> Group:
    """The groups and conditions that stand in ``fields``."""
    listed = places(fields)

    def member(name: str, depth: int) -> Condition | Group:
        return group(name, depth) if f"{name}-kind" in fields else Condition(name)

    def group(name: str, depth: int) -> Group:
        return Group(name, depth, tuple(member(one, depth + 1) for one in listed.get(name, ())))

    return group(ROOT, 1)


def blank(name: str) -> Fields:
    """The fields of a condition in which nothing is typed yet."""
    return {f"{name}-left": "", f"{name}-op": "eq"}


def when_shown(when: Any, known: Collection[str]) -> Fields:
    """The fields that show ``when``; paths that are not ``known`` are shown as typed."""
    return _group_shown({"all": []} if when is None else when, ROOT, known)


def _group_shown(group: Mapping[str, Any], name: str, known: Collection[str]) -> Fields:
    kind, members = next(iter(group.items()))
    shown = {f"{name}-kind": kind}
    for place, one in enumerate(members):
        inner = f"{name}-{place}"
        is_group = not one.keys().isdisjoint(KINDS)
        shown |= (
            _group_shown(one, inner, known) if is_group else _condition_shown(one, inner, known)
        )
    return shown


def _condition_shown(one: Mapping[str, Any], name: str, known: Collection[str]) -> Fields:
    left = one["left"]
    chosen = {"left": left} if left in known else {"left": OTHER, "path": left}
    shown = chosen | {"op": one["op"]} | right_shown(one["op"], one.get("right", MISSING))
    return {f"{name}-{part}": text for part, text in shown.items()}


def when_read(fields: Mapping[str, str], reading: Reading) -> Any:
    """The contract's ``when`` of ``fields``; None where there are no conditions at all."""
    value = _group_read(fields, group_in(fields), "/when", reading)
    return None if value == {"all": []} else value


def _group_read(
    fields: Mapping[str, str], group: Group, pointer: str, reading: Reading
) -> dict[str, Any]:
    kind = fields.get(f"{group.name}-kind", "all")
    reading.places[pointer] = f"{group.name}-kind"
    members = []
    for place, one in enumerate(group.members):
        where = f"{pointer}/{kind}/{place}"
        read = _group_read if isinstance(one, Group) else _condition_read
        members.append(read(fields, one, where, reading))  # type: ignore[arg-type]
    return {kind: members}


def _condition_read(
    fields: Mapping[str, str], one: Condition, pointer: str, reading: Reading
) -> dict[str, Any]:
    texts = {
        part: fields.get(f"{one.name}-{part}", "")
        for part in ("left", "path", "op", "right", "low", "high", "lines", "type")
    }
    _place(one.name, texts, pointer, reading)
    made: dict[str, Any] = {}
    if texts["left"] == OTHER:
        made["left"] = texts["path"].strip()
    elif texts["left"]:
        made["left"] = texts["left"]
    made["op"] = texts["op"]
    try:
        right = right_read(texts["op"], texts)
    except JsonRefused as refused:
        reading.refuse(f"{pointer}/right", refused)
        right = None
    if shape_of(texts["op"]) == TWO and isinstance(right, list):
        ends = [f"{pointer}/right/{place}" for place, text in enumerate(right) if text == ""]
        reading.problems += [Problem(end, "required") for end in ends]
    return made if right is MISSING else {**made, "right": right}


def _place(name: str, texts: Mapping[str, str], pointer: str, reading: Reading) -> None:
    left = "path" if texts["left"] == OTHER else "left"
    right = {"two": "low", "many": "lines"}.get(shape_of(texts["op"]), "right")
    reading.places |= {
        pointer: f"{name}-{left}",
        f"{pointer}/left": f"{name}-{left}",
        f"{pointer}/op": f"{name}-op",
        f"{pointer}/right": f"{name}-{right}",
    }
    if right == "low":
        reading.places[f"{pointer}/right/1"] = f"{name}-high"
