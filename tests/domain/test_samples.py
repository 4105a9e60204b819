"""Samples: every path that the documents promise, in order, and never too many."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.paths import MISSING, parse_path, value_at
from portal.domain.query_strings import read_query
from portal.domain.samples import MAX_ROWS, Row, excerpt, rows_of, type_of

leaves = st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4)
names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=3)
documents = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner),
    max_leaves=12,
)


def paths_of(value: Any, by_index: bool = False) -> list[str]:
    """The paths of the rows alone."""
    return [row.path for row in rows_of(value, by_index)]


def test_containers_have_rows_too_as_the_document_shows() -> None:
    assert paths_of({"a": 1, "b": {"c": 2}}) == ["a", "b", "b.c"]


def test_the_rows_of_a_query_go_by_index_as_the_document_shows() -> None:
    query = read_query("query[0][a]=1")
    assert paths_of(query, by_index=True) == ["query", "query[0]", "query[0].a"]


def test_a_row_says_type_and_sample() -> None:
    sample = {"o": {}, "l": [], "t": "نص", "n": 1.5, "b": False, "z": None}
    assert rows_of(sample) == [
        Row("o", "object", None),
        Row("l", "list", None),
        Row("t", "text", "نص"),
        Row("n", "number", 1.5),
        Row("b", "boolean", False),
        Row("z", "null", None),
    ]


def test_lists_collapse_to_the_union_of_their_items() -> None:
    sample = {"rows": [{"name": "a"}, {"name": "b", "score": 1}], "after": 1}
    assert paths_of(sample) == ["rows", "rows[].name", "rows[].score", "after"]


def test_by_index_every_item_has_rows() -> None:
    sample = {"rows": [{"name": "a"}, {"score": 1}]}
    assert paths_of(sample, by_index=True) == [
        "rows",
        "rows[0]",
        "rows[0].name",
        "rows[1]",
        "rows[1].score",
    ]


def test_a_list_of_plain_values_has_one_row_as_in_nocobase() -> None:
    assert rows_of({"tags": ["a", "b"]}) == [Row("tags", "list", None)]
    assert paths_of({"tags": ["a"]}, by_index=True) == ["tags", "tags[0]"]


def test_lists_in_lists_collapse_as_deep_as_they_go() -> None:
    assert paths_of({"rows": [[{"a": 1}], [{"b": 2}]]}) == ["rows", "rows[][].a", "rows[][].b"]


def test_paths_begin_with_a_bracket_where_the_root_is_a_list() -> None:
    assert paths_of([{"id": 1}]) == ["[].id"]
    assert paths_of([{"id": 1}], by_index=True) == ["[0]", "[0].id"]


def test_a_path_whose_items_differ_is_mixed_and_shows_the_first() -> None:
    assert rows_of({"l": [{"a": 1}, {"a": "x"}, {"a": None}]})[1] == Row("l[].a", "mixed", 1)


def test_items_that_are_sometimes_containers_keep_their_own_rows() -> None:
    sample = {"l": [{"a": 1}, {"a": {"b": 2}}]}
    assert [(row.path, row.type) for row in rows_of(sample)] == [
        ("l", "list"),
        ("l[].a", "mixed"),
        ("l[].a.b", "number"),
    ]


def test_unusual_names_are_quoted() -> None:
    sample = {"a.b": 1, "c[0]": 1, "d e": 1, 'f"g': 1, "": 1, "س": 1}
    expected = ['["a.b"]', '["c[0]"]', '["d e"]', r'["f\"g"]', '[""]', "س"]
    assert paths_of(sample) == expected


@pytest.mark.parametrize("value", [None, 1, "text", True, {}, []])
def test_what_has_no_members_has_no_rows(value: Any) -> None:
    assert rows_of(value) == []


@given(documents)
def test_every_row_leads_somewhere(document: Any) -> None:
    for by_index in (False, True):
        rows = rows_of(document, by_index)
        assert len({row.path for row in rows}) == len(rows)
        for row in rows:
            value = value_at(parse_path(row.path), document)
            assert value not in ([], MISSING) or row.type == "list"
            if by_index:
                assert row.type == type_of(value)


def test_a_huge_sample_has_the_first_rows_only() -> None:
    rows = rows_of({f"k{n}": {"v": n} for n in range(10_000)})
    assert len(rows) == MAX_ROWS
    assert rows[3].path == "k1.v"


def test_a_list_of_very_many_items_is_looked_at_in_part() -> None:
    assert paths_of({"l": [{"a": 1}] * 300_000}) == ["l", "l[].a"]


def test_a_deep_sample_gives_paths_that_can_be_used() -> None:
    deep: Any = 1
    for _ in range(5000):
        deep = {"a": deep}
    longest = paths_of(deep)[-1]
    assert parse_path(f"calls.check.body.{longest}")


def test_a_name_too_long_for_a_path_has_no_row() -> None:
    assert paths_of({"n" * 450: 1, "b": 2}) == ["b"]


def test_a_name_that_no_database_keeps_has_no_row() -> None:
    assert paths_of({"a\0": 1, "\ud800": {"c": 1}, "b": 2}) == ["b"]


def test_long_texts_are_cut_to_120_characters() -> None:
    sample = rows_of({"t": "س" * 5000})[0].sample
    assert sample == "س" * 119 + "…"
    assert excerpt("س" * 120) == "س" * 120


def test_an_excerpt_of_a_container_is_short_and_shallow() -> None:
    assert excerpt([[1, [2]], *range(50)]) == [[1, None], *range(9)]
    assert len(excerpt({str(n): n for n in range(50)})) == 10
    assert excerpt(MISSING) is None
