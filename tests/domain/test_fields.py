"""Reading the members of a JSON object one by one."""

from collections.abc import Callable
from typing import Any

import pytest

from portal.domain.fields import Fields
from portal.domain.problems import Refused

READERS: dict[str, Callable[[Fields], Any]] = {
    "text": lambda fields: fields.text("x", "default"),
    "optional_text": lambda fields: fields.optional_text("x"),
    "flag": lambda fields: fields.flag("x", True),
    "integer": lambda fields: fields.integer("x", 5, 1, 9),
    "optional_integer": lambda fields: fields.optional_integer("x", 5, 1, 9),
    "texts": lambda fields: fields.texts("x", ("default",)),
    "integers": lambda fields: fields.integers("x", [5], 1, 9, most=3),
    "text_map": lambda fields: fields.text_map("x", {"default": "1"}),
    "anything": lambda fields: fields.anything("x", "default"),
}

READ = [
    ("text", "نص", "نص"),
    ("text", "", ""),
    ("optional_text", "a", "a"),
    ("optional_text", None, None),
    ("flag", False, False),
    ("integer", 1, 1),
    ("integer", 9, 9),
    ("optional_integer", 9, 9),
    ("optional_integer", None, None),
    ("texts", ["a", "b"], ("a", "b")),
    ("texts", [], ()),
    ("integers", [1, 9, 9], [1, 9, 9]),
    ("text_map", {"a": "b"}, {"a": "b"}),
    ("text_map", {}, {}),
    ("anything", None, None),
    ("anything", {"a": [1]}, {"a": [1]}),
]

ABSENT = {
    "text": "default",
    "optional_text": None,
    "flag": True,
    "integer": 5,
    "optional_integer": 5,
    "texts": ("default",),
    "integers": [5],
    "text_map": {"default": "1"},
    "anything": "default",
}

WRONG = [
    *(("text", value, "not_a_text") for value in (None, 1, True, [], {})),
    *(("optional_text", value, "not_a_text") for value in (1, False, [])),
    *(("flag", value, "not_a_flag") for value in (None, 0, 1, "true")),
    *(("integer", value, "bad_number") for value in (None, 0, 10, 1.0, "1", True, 10**40)),
    *(("optional_integer", value, "bad_number") for value in (0, 10, 2.5, "1", False)),
    *(("texts", value, "not_texts") for value in (None, "a", {"a": 1}, ["a", 1], [None])),
    *(("integers", v, "bad_numbers") for v in (None, [], [0], [10], [1] * 4, [True], [1.0], 1)),
    *(("text_map", value, "not_a_text_map") for value in (None, [], "a", {"a": 1}, {"a": None})),
]


@pytest.mark.parametrize(("reader", "given", "expected"), READ)
def test_a_member_of_the_right_type_is_read(reader: str, given: Any, expected: Any) -> None:
    fields = Fields({"x": given})
    assert READERS[reader](fields) == expected
    assert fields.has("x")
    fields.done()


@pytest.mark.parametrize("reader", READERS)
def test_the_default_stands_in_for_what_is_absent(reader: str) -> None:
    fields = Fields({})
    assert READERS[reader](fields) == ABSENT[reader]
    assert not fields.has("x")
    fields.done()


@pytest.mark.parametrize(("reader", "given", "code"), WRONG)
def test_a_member_of_a_wrong_type_is_a_problem_with_its_place(
    reader: str, given: Any, code: str
) -> None:
    fields = Fields({"x": given})
    READERS[reader](fields)
    with pytest.raises(Refused) as refused:
        fields.done()
    assert [(p.pointer, p.code) for p in refused.value.problems] == [("/x", code)]


def test_an_optional_number_without_a_default_may_be_absent() -> None:
    assert Fields({}).optional_integer("x", None, 1, 9) is None


def test_all_problems_are_said_at_once() -> None:
    fields = Fields({"a": 1, "b": "2"})
    fields.text("a", "")
    fields.flag("b", False)
    with pytest.raises(Refused) as refused:
        fields.done()
    assert [problem.pointer for problem in refused.value.problems] == ["/a", "/b"]


@pytest.mark.parametrize("value", [None, [], "a", 1, True])
def test_anything_but_an_object_is_refused_at_the_door(value: Any) -> None:
    with pytest.raises(Refused) as refused:
        Fields(value)
    assert [(p.pointer, p.code) for p in refused.value.problems] == [("", "not_an_object")]
