"""How the shape of one event's data differs from another's."""

from typing import Any

import pytest

from portal.domain.shapes import ShapeChange, shape_changes


@pytest.mark.parametrize(
    ("before", "now", "changes"),
    [
        ({"a": 1}, {"a": 2}, []),
        ({}, {}, []),
        ({"a": 1}, {}, [("a", "number", None)]),
        ({}, {"a": "x"}, [("a", None, "text")]),
        ({"a": 1}, {"a": "1"}, [("a", "number", "text")]),
        ({"a": "x"}, {"a": None}, [("a", "text", "null")]),
        (
            {"o": {"id": 1, "b": 2}},
            {"o": {"b": 2, "c": []}},
            [("o.id", "number", None), ("o.c", None, "list")],
        ),
        ({"i": [{"id": 1}]}, {"i": [{"id": 1}, {"no": 2}]}, [("i[].no", None, "number")]),
        (
            {"a.b": 1},
            {"a": {"b": 1}},
            [('["a.b"]', "number", None), ("a", None, "object"), ("a.b", None, "number")],
        ),
    ],
)
def test_what_is_gone_new_or_of_another_type_is_told(
    before: Any, now: Any, changes: list[tuple[str, str | None, str | None]]
) -> None:
    assert shape_changes(before, now) == [ShapeChange(*change) for change in changes]
