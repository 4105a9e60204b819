"""What is wrong, said by stable codes."""

import pytest

from portal.domain.problems import Conflict, Problem, Refused


@pytest.mark.parametrize(
    ("pointer", "field"),
    [("/name", "name"), ("/event_types/3", "event_types"), ("/headers/X-A", "headers"), ("", "")],
)
def test_a_problem_belongs_to_a_field_of_the_form(pointer: str, field: str) -> None:
    assert Problem(pointer, "required").field == field


def test_a_refusal_carries_every_problem() -> None:
    problems = (Problem("/a", "required"), Problem("/b", "bad_length", {"max": 3}))
    refused = Refused(*problems)
    assert refused.problems == problems
    assert str(refused) == "/a: required, /b: bad_length"


def test_a_conflict_says_how_things_stand() -> None:
    conflict = Conflict("throttled", minutes=15)
    assert (conflict.code, conflict.params, str(conflict)) == (
        "throttled",
        {"minutes": 15},
        "throttled",
    )
