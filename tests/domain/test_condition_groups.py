"""Groups of conditions: what decides, what is never reached, and what may be configured."""

from typing import Any

import pytest

from portal.domain.conditions import evaluate, read_conditions
from portal.domain.inputs import PARTS, Inputs
from portal.domain.problems import Refused

MET = {"left": "body.n", "op": "eq", "right": 1}
NOT_MET = {"left": "body.n", "op": "eq", "right": 2}
ERROR = {"left": "body.o", "op": "gt", "right": 1}
INPUTS = Inputs(body={"n": 1, "o": {}})


def met(when: Any) -> bool | None:
    """Whether ``when`` is met by INPUTS."""
    return evaluate(read_conditions(when), INPUTS.value).met


def results(when: Any) -> list[str]:
    """The results of the members of ``when``."""
    found = evaluate(read_conditions(when), INPUTS.value)
    return [str(member.result) for member in found.explanation.members]


def refused(when: Any, roots: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    """The pointers and codes with which ``when`` is refused."""
    with pytest.raises(Refused) as error:
        read_conditions(when, roots)
    return [(problem.pointer, problem.code) for problem in error.value.problems]


def one(**members: Any) -> dict[str, Any]:
    """A group of one condition, whole but for ``members``; those that are ... are left out."""
    whole = {"left": "body.a", "op": "eq", "right": 1} | members
    return {"all": [{name: value for name, value in whole.items() if value is not ...}]}


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (None, True),
        ({"all": []}, True),
        ({"any": []}, False),
        ({"all": [MET, MET]}, True),
        ({"all": [MET, NOT_MET]}, False),
        ({"any": [NOT_MET, MET]}, True),
        ({"any": [NOT_MET, NOT_MET]}, False),
        ({"all": [{"any": [NOT_MET, MET]}, {"all": []}]}, True),
        ({"any": [{"all": [MET, NOT_MET]}, {"any": []}]}, False),
    ],
)
def test_all_and_any_mean_what_they_say(when: Any, expected: bool) -> None:
    assert met(when) is expected


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ({"all": [MET, NOT_MET, ERROR]}, ["met", "not_met", "not_reached"]),
        ({"any": [NOT_MET, MET, ERROR]}, ["not_met", "met", "not_reached"]),
        ({"any": [ERROR, MET]}, ["error", "not_reached"]),
        ({"all": [NOT_MET, {"any": [MET]}]}, ["not_met", "not_reached"]),
    ],
)
def test_what_comes_after_the_decision_is_not_reached(when: Any, expected: list[str]) -> None:
    assert results(when) == expected


@pytest.mark.parametrize(
    "when",
    [
        {"all": [ERROR]},
        {"any": [ERROR, MET]},
        {"all": [MET, ERROR]},
        {"any": [{"all": [ERROR, NOT_MET]}, MET]},
        {"any": [NOT_MET, {"any": [{"all": [MET, ERROR]}]}]},
    ],
)
def test_an_error_that_is_reached_makes_the_whole_an_error(when: Any) -> None:
    found = evaluate(read_conditions(when), INPUTS.value)
    assert found.met is None
    assert found.error == "not_comparable"
    assert found.explained["result"] == "error"


def test_an_error_that_is_not_reached_is_none() -> None:
    found = evaluate(read_conditions({"any": [MET, ERROR]}), INPUTS.value)
    assert (found.met, found.error) == (True, None)


def test_the_explanation_is_a_tree_of_json() -> None:
    found = evaluate(read_conditions({"any": [{"all": [ERROR]}, MET]}), INPUTS.value)
    error = {
        "path": "body.o",
        "op": "gt",
        "left": {},
        "left_type": "object",
        "right": 1,
        "right_type": "number",
        "coercion": None,
        "result": "error",
        "code": "not_comparable",
    }
    unreached = {"path": "body.n", "op": "eq", "left": None, "left_type": None}
    unreached |= {"right": 1, "right_type": "number", "coercion": None}
    unreached |= {"result": "not_reached", "code": None}
    assert found.explained == {
        "result": "error",
        "any": [{"result": "error", "all": [error]}, unreached],
    }


def test_the_explanation_tells_missing_from_null_and_cuts_what_is_long() -> None:
    group = read_conditions(
        {"all": [{"left": f"body.{name}", "op": "ne", "right": 1} for name in ("a", "b", "c")]}
    )
    found = evaluate(group, Inputs(body={"b": None, "c": "x" * 5000}).value)
    types = [(seen.left, seen.left_type) for seen in found.explanation.members]
    assert types == [(None, "missing"), (None, "null"), ("x" * 119 + "…", "text")]


def test_what_was_not_reached_shows_its_configuration_all_the_same() -> None:
    found = evaluate(read_conditions({"all": [NOT_MET, {"any": [MET]}]}), INPUTS.value)
    unreached = found.explanation.members[1]
    assert unreached.result == "not_reached"
    assert unreached.members[0].path == "body.n"


@pytest.mark.parametrize(
    ("when", "problems"),
    [
        ([], [("", "not_an_object")]),
        ("x", [("", "not_an_object")]),
        ({}, [("", "not_a_group")]),
        (MET, [("", "not_a_group")]),
        ({"all": [], "any": []}, [("", "not_a_group")]),
        ({"none": []}, [("", "not_a_group")]),
        ({"all": {}}, [("/all", "not_a_list")]),
        ({"any": [1, None]}, [("/any/0", "not_an_object"), ("/any/1", "not_an_object")]),
        ({"all": [{"any": [{}], "op": "eq"}]}, [("/all/0", "not_a_group")]),
        (one(left=...), [("/all/0/left", "required")]),
        (one(left=1), [("/all/0/left", "not_a_text")]),
        (one(left="a..b"), [("/all/0/left", "path_malformed")]),
        (one(op=...), [("/all/0/op", "required")]),
        (one(op="equal"), [("/all/0/op", "unknown_choice")]),
        (one(op=[]), [("/all/0/op", "unknown_choice")]),
        (one(right=...), [("/all/0/right", "required")]),
        (one(value=1), [("/all/0/value", "unknown_member")]),
        (one(op="gt", right={}), [("/all/0/right", "not_comparable")]),
        (one(op="gt", right=None), [("/all/0/right", "not_comparable")]),
        (one(op="lt", right=True), [("/all/0/right", "not_comparable")]),
        (one(op="starts", right=[]), [("/all/0/right", "not_a_text")]),
        (one(op="in", right="a"), [("/all/0/right", "not_a_list")]),
        (one(op="in", right=[1] * 1001), [("/all/0/right", "too_many")]),
        (one(op="between", right=[1]), [("/all/0/right", "not_a_pair")]),
        (one(op="between", right=[1, 2, 3]), [("/all/0/right", "not_a_pair")]),
        (one(op="between", right=[1, "x"]), [("/all/0/right", "not_comparable")]),
        (one(op="between", right=[1, None]), [("/all/0/right", "not_comparable")]),
        (one(op="matches", right=1), [("/all/0/right", "not_a_text")]),
        (one(op="matches", right="("), [("/all/0/right", "bad_pattern")]),
        (one(op="matches", right="(?=a)"), [("/all/0/right", "bad_pattern")]),
        (one(op="matches", right=r"(a)\1"), [("/all/0/right", "bad_pattern")]),
        (one(op="matches", right="\ud800"), [("/all/0/right", "bad_pattern")]),
        (one(op="matches", right="((a{99}){99}){99}"), [("/all/0/right", "bad_pattern")]),
        (one(op="matches", right="a" * 1001), [("/all/0/right", "pattern_too_long")]),
        (one(op="before", right="tomorrow"), [("/all/0/right", "bad_moment")]),
        (one(op="before", right="P"), [("/all/0/right", "bad_moment")]),
        (one(op="before", right="PT"), [("/all/0/right", "bad_moment")]),
        (one(op="after", right="P1M"), [("/all/0/right", "bad_moment")]),
        (one(op="after", right=1772366400), [("/all/0/right", "bad_moment")]),
        (one(right="{{ a..b }}"), [("/all/0/right", "path_malformed")]),
        (one(op="in", right=[1, "{{ a"]), [("/all/0/right/1", "placeholder_not_closed")]),
        (
            {"all": [{"any": [{"op": "no"}]}]},
            [("/all/0/any/0/left", "required"), ("/all/0/any/0/op", "unknown_choice")],
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(
    when: Any, problems: list[tuple[str, str]]
) -> None:
    assert refused(when) == problems


def test_paths_may_be_held_to_the_parts_of_a_call() -> None:
    assert refused(one(left="boody.a"), PARTS) == [("/all/0/left", "unknown_part")]
    assert refused(one(right="{{ boody.a }}"), PARTS) == [("/all/0/right", "unknown_part")]
    assert read_conditions(one(), PARTS)


@pytest.mark.parametrize("op", ["exists", "missing", "empty", "not_empty"])
@pytest.mark.parametrize("right", [..., None, "", {}, "{{"])
def test_operators_without_a_right_side_leave_it_alone(op: str, right: Any) -> None:
    assert read_conditions(one(op=op, right=right))


def test_braces_in_a_pattern_are_part_of_the_pattern() -> None:
    assert read_conditions(one(op="matches", right=r"\{\{ a"))


def nested(depth: int) -> Any:
    """Groups in groups, ``depth`` deep."""
    return {"all": [nested(depth - 1)] if depth > 1 else [MET]}


def test_groups_may_lie_eight_deep() -> None:
    assert met(nested(8)) is True
    assert refused(nested(9)) == [("/all/0" * 8, "too_deep")]
    assert refused(nested(60)) == [("/all/0" * 8, "too_deep")]


def test_there_may_be_two_hundred_conditions_wherever_they_are() -> None:
    half = [MET] * 100
    assert met({"all": [{"all": half}, {"all": half}]}) is True
    problems = refused({"all": [{"all": half}, {"all": [*half, MET, MET]}]})
    assert problems == [("/all/1/all/100", "too_many")]
    assert refused({"all": [{"all": []}] * 300}) == [("/all/200", "too_many")]
