"""Paths: every text means one path, every path has one text, and where it leads is certain."""

import copy
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.paths import (
    EACH,
    MAX_LENGTH,
    MISSING,
    BadPath,
    Path,
    parse_path,
    path_text,
    value_at,
)

WRITTEN = {
    "body": ("body",),
    "body.items[0].id": ("body", "items", 0, "id"),
    "body.items[].id": ("body", "items", EACH, "id"),
    'body["a.b"]': ("body", "a.b"),
    'body["a.b"].c': ("body", "a.b", "c"),
    r'body["say \"]\" "]': ("body", 'say "]" '),
    'body[""]': ("body", ""),
    "headers.X-Request-Id": ("headers", "X-Request-Id"),
    "query.query[0].a": ("query", "query", 0, "a"),
    "calls.check.body.x": ("calls", "check", "body", "x"),
    "call.at": ("call", "at"),
    "body.الطلب.رقم_الطلب": ("body", "الطلب", "رقم_الطلب"),
    "body.0": ("body", "0"),
    "body.matrix[][]": ("body", "matrix", EACH, EACH),
    "[].id": (EACH, "id"),
    "[0].id": (0, "id"),
    '["a b"]': ("a b",),
}
MALFORMED = [".", ".a", "a.", "a..b", "a[", "a]", "a[x]", "a[-1]", "a[01]", "a[٠]", "a[0]b"]
MALFORMED += ["a b", " a", "a ", "a{b", "a'b", 'a"b', 'a["b]', "a['b']", r'a["\x"]', "a[0", "a\n"]
MALFORMED += ['a["\n"]', "a.[0]", "a[1234567890]"]

BODY = {
    "items": [{"id": 1, "tags": ["a", "b"]}, {"tags": []}, {"id": None, "tags": ["c"]}, 7],
    "a.b": {"c": ""},
    "nothing": None,
    "matrix": [[1, 2], [3]],
    "empty": [],
    "0": "zero",
}

names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
steps = st.one_of(names, st.integers(0, 10**9 - 1), st.just(EACH))
paths = st.lists(steps, min_size=1, max_size=6).map(lambda made: Path(tuple(made)))


@pytest.mark.parametrize(("text", "expected"), WRITTEN.items())
def test_a_path_is_read_as_people_write_it(text: str, expected: tuple[Any, ...]) -> None:
    assert parse_path(text) == Path(expected)
    assert path_text(Path(expected)) == text


def test_a_name_in_needless_quotes_is_the_same_path() -> None:
    assert parse_path('body["order"]["id"]') == parse_path("body.order.id")
    assert path_text(parse_path(r'["b\u006fdy"]')) == "body"


@given(paths)
def test_the_text_of_a_path_reads_back_as_the_path(path: Path) -> None:
    assert parse_path(path_text(path)) == path


@given(st.text(alphabet='ab.[]0"\\ س', max_size=12))
def test_a_text_that_is_a_path_has_a_canonical_text_that_is_no_longer(text: str) -> None:
    try:
        path = parse_path(text)
    except BadPath:
        return
    assert parse_path(path_text(path)) == path
    assert len(path_text(path)) <= len(text)


@pytest.mark.parametrize("text", MALFORMED)
def test_what_is_not_a_path_is_refused(text: str) -> None:
    with pytest.raises(BadPath) as refused:
        parse_path(text)
    assert refused.value.code == "path_malformed"


def test_a_refusal_says_where() -> None:
    with pytest.raises(BadPath) as refused:
        parse_path("body.items[x].id")
    assert refused.value.at == 10


@pytest.mark.parametrize("text", ["a\0", r'a["\u0000"]', r'a["\ud800"]', "a\ud800"])
def test_what_no_database_keeps_is_no_part_of_a_path(text: str) -> None:
    with pytest.raises(BadPath) as refused:
        parse_path(text)
    assert refused.value.code == "bad_character"


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "path_empty"), ("a" * 501, "path_too_long"), ("a" + "[0]" * 64, "path_too_deep")],
)
def test_a_path_has_bounds(text: str, code: str) -> None:
    with pytest.raises(BadPath) as refused:
        parse_path(text)
    assert refused.value.code == code


def test_a_path_may_fill_its_bounds() -> None:
    assert parse_path("a" * MAX_LENGTH) == Path(("a" * MAX_LENGTH,))
    assert len(parse_path("a" + "[0]" * 63).steps) == 64


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("items[0].id", 1),
        ('["a.b"].c', ""),
        ("nothing", None),
        ("items[].id", [1, None]),
        ("matrix[]", [[1, 2], [3]]),
        ("matrix[][]", [1, 2, 3]),
        ("matrix[][0]", [1, 3]),
        ("items[].tags[]", ["a", "b", "c"]),
        ("empty[]", []),
        ("empty[].id", []),
        ("items[].no_such", []),
        ('["0"]', "zero"),
    ],
)
def test_a_path_leads_to_its_value(text: str, value: Any) -> None:
    assert value_at(parse_path(text), BODY) == value


@pytest.mark.parametrize(
    "text",
    ["no_such", "items[9]", "items.id", "nothing.x", "a.b", "nothing[]", "items[0][0]", "[0]"]
    + ["items.length", '["a.b"].c[0]', "items[0].id[]"],
)
def test_a_path_that_leads_nowhere_gives_missing(text: str) -> None:
    assert value_at(parse_path(text), BODY) is MISSING


def test_nothing_lies_beneath_missing() -> None:
    assert value_at(parse_path("a"), MISSING) is MISSING


def test_lists_that_are_values_stay_as_they_are_unlike_in_nocobase() -> None:
    # NocoBase would flatten this whole; here every [] that is written flattens once.
    assert value_at(parse_path("items[].tags"), BODY) == [["a", "b"], [], ["c"]]


def test_missing_is_neither_true_nor_null_and_survives_copies() -> None:
    assert not MISSING
    assert MISSING is not None
    assert repr(MISSING) == "MISSING"
    assert copy.deepcopy(MISSING) is MISSING
    assert pickle.loads(pickle.dumps(MISSING)) is MISSING
