"""Conditions: what each operator says of each kind of value, and where NocoBase says otherwise."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from portal.domain.conditions import Outcome, evaluate, read_conditions
from portal.domain.inputs import Inputs
from portal.domain.paths import MISSING, Path

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def outcome(left: Any, op: str, right: Any = None) -> Outcome:
    """What one condition comes to with ``left`` as its left side."""
    group = read_conditions({"all": [{"left": "body", "op": op, "right": right}]})
    return evaluate(group, Inputs(body=left).value, NOW)


def says(left: Any, op: str, right: Any = None) -> bool | str | None:
    """Whether a condition is met, or the code of the error that it is."""
    found = outcome(left, op, right)
    return found.error if found.met is None else found.met


EQUAL = [
    (1, 1, True),
    (1, 2, False),
    (1, 1.0, True),
    (0.1, "0.1", True),
    ("0.10", 0.1, True),
    (10**20, "100000000000000000000", True),
    (10**20, 10**20 + 1, False),
    (9007199254740993, "9007199254740992", False),
    ("١٢٫٥", 12.5, True),
    ("١٬٢٣٤٬٥٦٧", 1234567, True),
    ("١٢٬٣٤", 1234, False),
    ("-5", -5, True),
    ("+5", 5, True),
    ("007", 7, True),
    ("1.0", "1", True),
    ("0e1", "0e2", False),
    ("1,000", 1000, False),
    (" 1", 1, False),
    ("1" * 65, "1" * 65, True),
    ("1" * 65, int("1" * 65), False),
    (True, "true", True),
    ("true", True, True),
    ("false", False, True),
    (True, "false", False),
    ("True", True, False),
    (True, True, True),
    (True, 1, False),
    (1, True, False),
    ("1", True, False),
    (True, "1", False),
    (None, None, True),
    (None, "", False),
    (None, 0, False),
    (None, False, False),
    ("null", None, False),
    ("paid", "paid", True),
    ("Paid", "paid", False),
    ("paid ", "paid", False),
    ("مدفوع", "مدفوع", True),
    ("أ", "ا", False),
    ([1, {"a": None}], [1.0, {"a": None}], True),
    ([1], ["1"], False),
    ([True], [1], False),
    ([1, 2], [2, 1], False),
    ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
    ({}, [], False),
    ([], "", False),
]


@pytest.mark.parametrize(("left", "right", "expected"), EQUAL)
def test_equality_reads_numbers_and_flags_and_nothing_else(
    left: Any, right: Any, expected: bool
) -> None:
    assert says(left, "eq", right) is expected
    assert says(left, "ne", right) is not expected
    assert says(left, "in", ["no such", right]) is expected
    assert says(left, "not_in", [right]) is not expected


ORDERED = [
    (5, 5, 0),
    (4, 5, -1),
    ("10", "9", 1),
    ("١٠", 9, 1),
    (0.3, "0.1", 1),
    (10**20 + 1, 10**20, 1),
    ("b", "a", 1),
    ("2026-01-02", "2026-01-10", -1),
    ("ب", "أ", 1),
]


@pytest.mark.parametrize(("left", "right", "sign"), ORDERED)
def test_numbers_are_ordered_as_numbers_and_other_texts_as_texts(
    left: Any, right: Any, sign: int
) -> None:
    assert says(left, "gt", right) is (sign > 0)
    assert says(left, "gte", right) is (sign >= 0)
    assert says(left, "lt", right) is (sign < 0)
    assert says(left, "lte", right) is (sign <= 0)


@pytest.mark.parametrize("op", ["gt", "gte", "lt", "lte"])
@pytest.mark.parametrize("left", [{}, {"a": 1}, [], [5], True, None, "abc", "", "5x", "1e3"])
def test_what_has_no_place_in_the_order_is_an_error_unlike_in_nocobase(left: Any, op: str) -> None:
    assert says(left, op, 1) == "not_comparable"


def test_a_number_has_no_place_among_texts() -> None:
    assert says(5, "gt", "abc") == "not_comparable"
    assert says("5", "gt", "abc") == "not_comparable"


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (1, [1, 3], True),
        (3, [1, 3], True),
        ("٢", ["1", 3], True),
        (3.01, [1, 3], False),
        (2, [3, 1], False),
        ("b", ["a", "c"], True),
        ("d", ["a", "c"], False),
        ("x", [1, 3], "not_comparable"),
        (None, [1, 3], "not_comparable"),
    ],
)
def test_between_includes_both_ends(left: Any, right: Any, expected: bool | str) -> None:
    assert says(left, "between", right) == expected


TEXTS = [
    ("contains", "order paid", "paid", True),
    ("contains", "order paid", "Paid", False),
    ("contains", "any", "", True),
    ("contains", "order 12", 12, True),
    ("contains", "is true", True, True),
    ("starts", "order paid", "order", True),
    ("starts", "order paid", "paid", False),
    ("ends", "order paid", "paid", True),
    ("ends", "order paid", "order", False),
    ("starts", "966501234567", 966, True),
    ("contains", "السلام عليكم", "سلام", True),
    ("contains", ["a", 2], "a", True),
    ("contains", ["a", 2], "2", True),
    ("contains", ["true"], True, True),
    ("contains", ["ab"], "a", False),
    ("contains", [{"a": 1}], {"a": 1}, True),
    ("contains", [None], None, True),
    ("contains", [], None, False),
]


@pytest.mark.parametrize(("op", "left", "right", "expected"), TEXTS)
def test_texts_are_compared_letter_for_letter_and_lists_by_their_items(
    op: str, left: Any, right: Any, expected: bool
) -> None:
    assert says(left, op, right) is expected
    assert says(left, f"not_{op}", right) is not expected


@pytest.mark.parametrize("op", ["contains", "starts", "ends"])
def test_null_has_no_text_in_it_where_nocobase_fails(op: str) -> None:
    assert says(None, op, "x") is False
    assert says(None, f"not_{op}", "x") is True
    assert says(None, "matches", "") is False


@pytest.mark.parametrize("left", [12, True, {"a": 1}])
def test_what_is_no_text_cannot_be_looked_into(left: Any) -> None:
    for op in ("contains", "not_contains"):
        assert says(left, op, "a") == "not_a_text_or_list"
    for op in ("starts", "not_starts", "ends", "not_ends", "matches"):
        assert says(left, op, "1") == "not_a_text"


def test_a_text_contains_neither_lists_nor_null() -> None:
    assert says("null", "contains", None) == "not_a_text_or_list"
    assert says("[]", "contains", []) == "not_a_text_or_list"


def test_a_very_long_list_is_not_searched() -> None:
    assert says(["a"] * 10_000, "contains", "a") is True
    assert says(["a"] * 10_001, "contains", "a") == "list_too_long"


EMPTY = [None, "", [], {}]


@pytest.mark.parametrize("left", [*EMPTY, 0, False, " ", [None], {"": None}])
def test_empty_is_null_or_nothing_inside_and_null_exists(left: Any) -> None:
    assert says(left, "exists") is True
    assert says(left, "missing") is False
    is_empty = any(left is one or (left == one and type(left) is type(one)) for one in EMPTY)
    assert says(left, "empty") is is_empty
    assert says(left, "not_empty") is not is_empty


RIGHTS = {"in": ["a"], "not_in": ["a"], "between": [1, 2], "before": "now", "after": "now"}
MET_WHEN_MISSING = {"missing", "empty", "ne", "not_contains", "not_starts", "not_ends", "not_in"}
ALL = "eq ne gt gte lt lte contains not_contains starts not_starts ends not_ends in not_in between"
ALL += " exists missing empty not_empty matches before after"


@pytest.mark.parametrize("op", ALL.split())
def test_a_missing_left_side_is_false_save_for_the_seven_that_ask_for_absence(op: str) -> None:
    assert says(MISSING, op, RIGHTS.get(op, "a")) is (op in MET_WHEN_MISSING)


@pytest.mark.parametrize(
    ("left", "pattern", "expected"),
    [
        ("order-12", r"\d+", True),
        ("order-12", r"^\d+", False),
        ("ORDER", "(?i)order", True),
        ("السلام", r"\p{Arabic}+", True),
        ("", "", True),
        ("a\ud800", "^a", True),
        ("a" * 65_537, "a", "text_too_long"),
    ],
)
def test_patterns_are_searched_for(left: str, pattern: str, expected: bool | str) -> None:
    assert says(left, "matches", pattern) == expected


def test_a_pattern_that_ruins_backtracking_engines_costs_little() -> None:
    began = time.process_time()
    assert says("a" * 60_000 + "!", "matches", "^(a+)+$") is False
    assert time.process_time() - began < 1


MOMENTS = [
    ("2026-03-01T11:59:59Z", "2026-03-01T12:00:00Z", -1),
    ("2026-03-01T15:00:00+03:00", "2026-03-01T12:00:00Z", 0),
    ("2026-03-01", "2026-03-02", -1),
    ("2026-03-01", "2026-03-01T00:00:00Z", 0),
    ("2026-03-01T12:00:01Z", "now", 1),
    ("2026-03-01T12:00:00Z", "now", 0),
    ("2026-03-01T09:59:59Z", "-PT2H", -1),
    ("2026-03-01T10:00:01Z", "-PT2H", 1),
    ("2026-03-10", "P1WT1H", 1),
    ("2026-02-28T12:00:00Z", "-P1D", 0),
]


@pytest.mark.parametrize(("left", "right", "sign"), MOMENTS)
def test_moments_and_dates_are_before_or_after(left: str, right: str, sign: int) -> None:
    assert says(left, "before", right) is (sign < 0)
    assert says(left, "after", right) is (sign > 0)


@pytest.mark.parametrize(
    "left",
    [1772366400, "1772366400", "yesterday", "", None, True, {}, "2026-02-30"]
    + ["2026-03-01T12:00:00", "01/03/2026", "٢٠٢٦-٠٣-٠١"],
)
def test_what_names_no_moment_beyond_doubt_is_an_error(left: Any) -> None:
    assert says(left, "before", "now") == "not_a_moment"


@pytest.mark.parametrize("right", ["-P9999W", "P9999WT999999H", "P99999D", "-PT999999999S"])
def test_durations_reach_as_far_as_they_may_be_written(right: str) -> None:
    assert says("2026-03-01", "before", right) is (not right.startswith("-"))


def test_without_a_clock_nothing_is_before_now() -> None:
    group = read_conditions({"all": [{"left": "body", "op": "before", "right": "now"}]})
    found = evaluate(group, Inputs(body="2026-01-01").value)
    assert (found.met, found.error) == (None, "now_unknown")


@pytest.mark.parametrize(
    ("left", "op", "right", "coercion"),
    [
        (5, "eq", 5, None),
        ("5", "eq", 5, "number"),
        ("5", "eq", "6", "number"),
        ("٥", "gt", 4, "number"),
        (5, "between", ["1", 9], "number"),
        ("b", "gt", "a", None),
        (True, "eq", "true", "boolean"),
        ("true", "eq", "true", None),
        ("a1", "contains", 1, "text"),
        (["1"], "contains", 1, "number"),
        ("7", "in", ["x", 7], "number"),
        ("2026-01-01", "before", "now", "date"),
        ("5", "ne", 6, "number"),
    ],
)
def test_the_explanation_says_how_values_were_read(
    left: Any, op: str, right: Any, coercion: str | None
) -> None:
    assert outcome(left, op, right).explanation.members[0].coercion == coercion


def test_a_placeholder_on_the_right_stands_for_a_value_of_the_call() -> None:
    body = {"paid": "10.0", "due": 10, "list": [1, 10], "name": "ع"}

    def with_right(op: str, right: Any) -> Outcome:
        group = read_conditions({"all": [{"left": "body.due", "op": op, "right": right}]})
        return evaluate(group, Inputs(body=body).value, NOW)

    assert with_right("eq", "{{ body.paid }}").met is True
    assert with_right("in", "{{ body.list }}").met is True
    assert with_right("between", ["{{ body.paid }}", 11]).met is True
    assert with_right("gt", "{{ body.name }}").error == "not_comparable"
    assert with_right("in", "{{ body.name }}").error == "not_a_list"
    assert with_right("eq", "{{ body.no }}").error == "right_missing"
    seen = with_right("eq", "{{ body.paid }}").explanation.members[0]
    assert (seen.right, seen.right_type) == ("10.0", "text")


def test_what_a_placeholder_brings_has_a_bound() -> None:
    group = read_conditions({"all": [{"left": "body", "op": "eq", "right": "{{ body }}"}]})
    assert evaluate(group, Inputs(body="x" * 65_537).value).error == "right_too_long"


def test_a_thousand_rules_take_little_time() -> None:
    each = [("status", "eq", "paid"), ("total", "gt", "100"), ("status", "matches", "^p.*d$")]
    groups = [
        read_conditions({"all": [{"left": f"body.{left}", "op": op, "right": right}]})
        for left, op, right in each * 334
    ]
    inputs = Inputs(body={"status": "paid", "total": "١٬٢٣٤٫٥"})
    spent = []
    for _ in range(5):
        began = time.process_time()
        assert all(evaluate(group, inputs.value).met for group in groups)
        spent.append(time.process_time() - began)
    # About 7 ms; the best of five is what nothing else disturbed.
    assert min(spent) < 0.05


def test_paths_are_looked_up_no_more_often_than_they_are_reached() -> None:
    looked: list[Path] = []

    def look(path: Path) -> Any:
        looked.append(path)
        return 1

    member = {"left": "a", "op": "eq", "right": 1}
    evaluate(read_conditions({"any": [member, member]}), look)
    assert len(looked) == 1
