"""Query strings: nesting as the document shows it, and nothing a stranger sends does harm."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain import query_strings
from portal.domain.query_strings import MAX_PARAMETERS, BadQuery, query_part, read_query

hostile = st.text(alphabet="ab01[].=&%25D?+;#ف\0\ud800", max_size=60)


def is_plain(value: Any) -> bool:
    """Whether a value holds storable texts, lists and objects alone."""
    if isinstance(value, str):
        return "\0" not in value and value.encode() is not None
    if isinstance(value, list):
        return all(map(is_plain, value))
    return isinstance(value, dict) and all(map(is_plain, [*value, *value.values()]))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("a=1", {"a": "1"}),
        ("query[0][a]=1", {"query": [{"a": "1"}]}),
        ("query%5B0%5D%5Ba%5D=1", {"query": [{"a": "1"}]}),
        ("a.b=1", {"a": {"b": "1"}}),
        ("a[b]=1&a[c]=2", {"a": {"b": "1", "c": "2"}}),
        ("a[]=1&a[]=2", {"a": ["1", "2"]}),
        ("a=1&a=2", {"a": ["1", "2"]}),
        ("a", {"a": ""}),
        ("a=", {"a": ""}),
        ("a=b=c", {"a": "b=c"}),
        ("a=x+y%20z", {"a": "x y z"}),
        ("a=%5Bx%5D", {"a": "[x]"}),
        ("a=%D9%86%D8%B5", {"a": "نص"}),
        ("الاسم=نص", {"الاسم": "نص"}),
    ],
)
def test_parameters_nest_by_brackets_and_dots(text: str, expected: dict[str, Any]) -> None:
    assert read_query(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a=%zz", {"a": "%zz"}),
        ("a=%ff", {"a": "\N{REPLACEMENT CHARACTER}"}),
        ("a=%00", {"a": "\N{SYMBOL FOR NULL}"}),
        ("a=\ud800", {"a": "?"}),
        ("%00=1", {"\N{SYMBOL FOR NULL}": "1"}),
    ],
)
def test_what_no_database_keeps_is_replaced(text: str, expected: dict[str, Any]) -> None:
    assert read_query(text) == expected


@given(hostile)
def test_whatever_comes_is_read_and_can_be_stored(text: str) -> None:
    assert is_plain(read_query(text))


def test_a_repeated_name_stays_a_list_up_to_the_most_parameters() -> None:
    text = "&".join(["a=1"] * MAX_PARAMETERS)
    assert read_query(text) == {"a": ["1"] * MAX_PARAMETERS}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("&".join(["a=1"] * (MAX_PARAMETERS + 1)), "too_many_parameters"),
        ("a=" + "x" * 65_536, "query_too_long"),
    ],
)
def test_too_much_is_refused_rather_than_read_in_part(text: str, code: str) -> None:
    with pytest.raises(BadQuery) as refused:
        read_query(text)
    assert refused.value.code == code


def test_what_the_library_cannot_read_is_refused_like_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_arguments: Any) -> None:
        raise RecursionError

    monkeypatch.setattr(query_strings, "decode", fail)
    with pytest.raises(BadQuery) as refused:
        read_query("a=1")
    assert refused.value.code == "query_malformed"


def test_a_high_index_makes_an_object_and_no_huge_list() -> None:
    assert read_query("a[999999999]=1") == {"a": {"999999999": "1"}}


def test_a_list_with_holes_closes_up() -> None:
    assert read_query("a[2]=x&a[7]=y") == {"a": ["x", "y"]}


@pytest.mark.parametrize("text", ["a" + "[b]" * 20_000 + "=1", "[" * 60_000, "a" + ".b" * 30_000])
def test_deep_nesting_stops_and_loses_nothing(text: str) -> None:
    depth, value = 0, read_query(text)
    while isinstance(value, dict) and value:
        depth, value = depth + 1, next(iter(value.values()))
    assert depth <= 18
    assert value in ("1", "")


def test_an_object_beside_a_text_of_the_same_name_keeps_both() -> None:
    assert read_query("a[b]=c&a=d") == {"a": [{"b": "c"}, "d"]}


@pytest.mark.parametrize(
    ("pasted", "expected"),
    [
        ("https://u:p@host.example/hooks/in/x?query[0][a]=1#top", "query[0][a]=1"),
        ("http://localhost:13000/api/webhook:trigger/1hfmkioou0d?query=1", "query=1"),
        ("host.example/in?a=1", "a=1"),
        ("/hooks/in/x?a=1", "a=1"),
        ("/hooks/in/x", ""),
        ("https://host.example/a=b", ""),
        ("https://host.example/a=b?c=1", "c=1"),
        ("?a=1", "a=1"),
        ("  a=1&b=2 \n", "a=1&b=2"),
        ("a=1?b", "a=1?b"),
        ("back=https://host.example/?x=1", "back=https://host.example/?x=1"),
        ("a", "a"),
        ("", ""),
    ],
)
def test_the_query_is_found_in_what_people_paste(pasted: str, expected: str) -> None:
    assert query_part(pasted) == expected
