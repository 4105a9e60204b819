"""What of a change stands on record."""

import pytest

from portal.domain.audit import difference

CASES = [
    ({}, {}, {}, {}),
    ({"a": 1}, {"a": 1}, {}, {}),
    ({"a": 1, "b": 2}, {"a": 1, "b": 3}, {"b": 2}, {"b": 3}),
    ({}, {"a": None}, {}, {"a": None}),
    ({"a": None}, {}, {"a": None}, {}),
    ({"a": [1]}, {"a": [1, 2]}, {"a": [1]}, {"a": [1, 2]}),
]


@pytest.mark.parametrize(("before", "after", "old", "new"), CASES)
def test_only_what_differs_is_kept(before: dict, after: dict, old: dict, new: dict) -> None:
    assert difference(before, after) == (old, new)
