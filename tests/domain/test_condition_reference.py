"""Conditions held against a second, plainer reading of the contract, over whatever comes."""

import re
from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from portal.domain.conditions import evaluate, read_conditions
from portal.domain.paths import MISSING, Path

NAMES = ("a", "b", "c")
OPERATORS = ["eq", "ne", "gt", "gte", "lt", "lte", "contains", "not_contains"]
OPERATORS += ["starts", "not_starts", "ends", "not_ends"]
OPERATORS += ["in", "not_in", "between", "exists", "missing", "empty", "not_empty"]
ABSENCE = ("missing", "empty", "ne", "not_contains", "not_starts", "not_ends", "not_in")

texts = st.sampled_from(
    ["", "a", "ab", "b", "true", "false", "null", "0", "1", "1.0", "01", "-1", "١", "١٫٠", "0.1"]
    + ["1e1", "١٬٠٠٠", "1000", " 1", "1٬000٬00"]
)
numbers = st.sampled_from([0, 1, -1, 1.0, 0.1, 10, 1000, 10**20, 10**20 + 1])
scalars = st.none() | st.booleans() | texts | numbers
values = scalars | st.lists(scalars, max_size=3) | st.dictionaries(texts, scalars, max_size=2)
lefts = values | st.just(MISSING)


class Failure(Exception):
    """The reference cannot apply an operator."""


def number(value: Any) -> Fraction | None:
    """The number that a value is or reads as."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return Fraction(str(value))
    if not isinstance(value, str) or not re.fullmatch(r"[-+]?[\d٬]+([.٫]\d+)?", value):
        return None
    whole = re.split("[.٫]", value.lstrip("+-"))[0].split("٬")
    if len(whole) > 1 and (not 1 <= len(whole[0]) <= 3 or any(len(w) != 3 for w in whole[1:])):
        return None
    return Fraction(value.replace("٬", "").replace("٫", "."))


def strictly(value: Any) -> Any:
    """A value with its types spelled out, so that Python's own equality can be trusted."""
    if isinstance(value, list):
        return ("list", [strictly(item) for item in value])
    if isinstance(value, dict):
        return ("object", {name: strictly(inner) for name, inner in value.items()})
    if isinstance(value, int | float) and not isinstance(value, bool):
        return ("number", number(value))
    return (type(value).__name__, value)


def equal(left: Any, right: Any) -> bool:
    """The contract's equality."""
    if number(left) is not None and number(right) is not None:
        return number(left) == number(right)
    if isinstance(left, bool) != isinstance(right, bool):
        words = {True: "true", False: "false"}
        flag, other = (left, right) if isinstance(left, bool) else (right, left)
        return words[flag] == other
    return strictly(left) == strictly(right)


def order(left: Any, right: Any) -> int:
    """-1, 0 or 1; two numbers or two texts that are none."""
    pair = [number(left), number(right)]
    if None in pair:
        if pair != [None, None] or not (isinstance(left, str) and isinstance(right, str)):
            raise Failure
        pair = [left, right]
    return (pair[0] > pair[1]) - (pair[0] < pair[1])


def text(value: Any) -> str:
    """A right side as a text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | str):
        return str(value)
    raise Failure


def contains(left: Any, right: Any) -> bool:
    """Null holds nothing, texts hold texts, lists hold what equals."""
    if left is None:
        return False
    if isinstance(left, list):
        return any(equal(item, right) for item in left)
    if isinstance(left, str):
        return text(right) in left
    raise Failure


def begins(left: Any, right: Any, backwards: bool) -> bool:
    """Whether the one text starts or ends with the other."""
    if left is None:
        return False
    if not isinstance(left, str):
        raise Failure
    step = -1 if backwards else 1
    return left[::step][: len(text(right))] == text(right)[::step]


PLAIN = {
    "eq": equal,
    "gt": lambda left, right: order(left, right) == 1,
    "gte": lambda left, right: order(left, right) >= 0,
    "lt": lambda left, right: order(left, right) == -1,
    "lte": lambda left, right: order(left, right) <= 0,
    "contains": contains,
    "starts": lambda left, right: begins(left, right, False),
    "ends": lambda left, right: begins(left, right, True),
    "in": lambda left, right: any(equal(left, choice) for choice in right),
    "between": lambda left, right: order(left, right[0]) >= 0 >= order(left, right[1]),
    "exists": lambda _left, _right: True,
    "empty": lambda left, _right: left is None or strictly(left) in map(strictly, ["", [], {}]),
}
PLAIN["ne"] = lambda left, right: not PLAIN["eq"](left, right)
PLAIN["missing"] = lambda _left, _right: False
for base in ("contains", "starts", "ends", "in", "empty"):
    PLAIN[f"not_{base}"] = lambda left, right, base=base: not PLAIN[base](left, right)


def expected(when: Any, root: dict[str, Any]) -> bool | None:
    """Whether conditions are met; None for an error."""
    for kind in ("all", "any"):
        for member in when.get(kind, ()):
            found = expected(member, root)
            if found is None or found is (kind == "any"):
                return found
        if kind in when:
            return kind == "all"
    left, op = root.get(when["left"], MISSING), when["op"]
    if left is MISSING:
        return op in ABSENCE
    try:
        return PLAIN[op](left, when["right"])
    except Failure:
        return None


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, Any]:
    """One condition with a right side that may be configured."""
    op = draw(st.sampled_from(OPERATORS))
    rights: Any = values
    if op in ("in", "not_in"):
        rights = st.lists(values, max_size=3)
    elif op == "between":
        rights = st.lists(numbers, min_size=2, max_size=2)
    elif op in ("gt", "gte", "lt", "lte"):
        rights = texts | numbers
    elif "starts" in op or "ends" in op:
        rights = texts | numbers | st.booleans()
    return {"left": draw(st.sampled_from(NAMES)), "op": op, "right": draw(rights)}


groups = st.recursive(
    st.builds(lambda kind, one: {kind: [one]}, st.sampled_from(["all", "any"]), conditions()),
    lambda inner: st.builds(
        lambda kind, members: {kind: members},
        st.sampled_from(["all", "any"]),
        st.lists(conditions() | inner, max_size=4),
    ),
    max_leaves=5,
)
roots = st.fixed_dictionaries(dict.fromkeys(NAMES, lefts))


@settings(max_examples=1500)
@given(conditions(), lefts)
def test_one_condition_says_what_the_reference_says(condition: Any, left: Any) -> None:
    when, root = {"all": [condition]}, {condition["left"]: left}
    assert evaluated(when, root) == expected(when, root)


@settings(max_examples=300)
@given(groups, roots)
def test_groups_say_what_the_reference_says(when: Any, root: dict[str, Any]) -> None:
    assert evaluated(when, root) == expected(when, root)


def evaluated(when: Any, root: dict[str, Any]) -> bool | None:
    """What the portal says."""

    def look(path: Path) -> Any:
        return root.get(str(path.steps[0]), MISSING)

    return evaluate(read_conditions(when), look).met
