"""A hook's filter: conditions over the data of an event."""

from datetime import UTC, datetime
from typing import Any

import pytest

from portal.domain.event_filter import filter_of, filter_problems, judged

NOW = datetime(2026, 11, 27, tzinfo=UTC)
BIG = {"left": "data.total", "op": "gt", "right": 100}


def lets_through(wanted: dict[str, Any], data: Any) -> bool | None:
    return judged(filter_of(wanted), data, NOW).met


@pytest.mark.parametrize(
    ("wanted", "data", "met"),
    [
        ({"all": []}, {}, True),
        ({"any": []}, {}, False),
        ({"all": [BIG]}, {"total": "١٠١"}, True),
        ({"all": [BIG]}, {"total": 100}, False),
        ({"all": [BIG]}, {}, False),
        ({"all": [BIG]}, {"total": {}}, None),
        ({"all": [{"left": "data.items[].sku", "op": "contains", "right": "A"}]},
         {"items": [{"sku": "B"}, {"sku": "A"}]}, True),
        ({"all": [{"left": "data", "op": "not_empty"}]}, {"a": 1}, True),
        ({"any": [BIG, {"left": 'data["a.b"]', "op": "missing"}]}, {"a.b": None}, False),
        ({"all": [{"left": "data.at", "op": "before", "right": "now"}]},
         {"at": "2026-11-26T00:00:00Z"}, True),
        ({"all": [{"left": "data.a", "op": "eq", "right": "{{ data.b }}"}]},
         {"a": 1, "b": 1}, True),
    ],
)  # fmt: skip
def test_conditions_are_judged_by_the_data(
    wanted: dict[str, Any], data: Any, met: bool | None
) -> None:
    assert filter_problems(wanted) == []
    assert lets_through(wanted, data) is met


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ("x", "/filter"),
        ({"all": 1}, "/filter/all"),
        ({"all": [{"left": "headers.A", "op": "exists"}]}, "/filter/all/0/left"),
        ({"all": [{"left": "data.a", "op": "matches", "right": "("}]}, "/filter/all/0/right"),
        ({"all": [{"left": "data.a", "op": "eq", "right": "{{ call.at }}"}]},
         "/filter/all/0/right"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_pointed_at(wrong: Any, pointer: str) -> None:
    assert [problem.pointer for problem in filter_problems(wrong)] == [pointer]


def test_no_filter_is_right() -> None:
    assert filter_problems(None) == []
