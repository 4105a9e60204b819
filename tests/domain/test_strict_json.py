"""The parser of both doors: what two readers could understand differently is refused."""

import json
from collections.abc import Callable
from functools import partial

import pytest

from portal.domain import strict_json
from portal.domain.strict_json import (
    MAX_DEPTH,
    JsonRefused,
    Member,
    decode,
    parse,
    parse_elements,
    parse_members,
)

TAKEN = [
    "null",
    "true",
    ' {"a" : [ 1 , -2.5e3 , "نص" , null ] }\n',
    '{"a":{"a":1},"b":{"a":1}}',
    '"\\ud83d\\ude00"',
    '"\\u0645\\u0631"',
    '"[[[{{{"',
    "[]",
    "{}",
    "[{},[]]",
    "1E-400",
    "-0.0",
    "9" * 64,
    "[" * MAX_DEPTH + "]" * MAX_DEPTH,
    '{"a":' * MAX_DEPTH + "1" + "}" * MAX_DEPTH,
    json.dumps([{}] * 1000),
    json.dumps(["[" * 100] * 10),
]

REFUSED = [
    ("", "malformed", 1, 1),
    ("  ", "malformed", 1, 3),
    ("{", "malformed", 1, 2),
    ("{'a':1}", "malformed", 1, 2),
    ('{"a":1,}', "malformed", 1, 8),
    ("[1,]", "malformed", 1, 4),
    ('{"a" 1}', "malformed", 1, 6),
    ('{\n "a": tru\n}', "malformed", 2, 7),
    ("{} {}", "malformed", 1, 4),
    ("[1] // a remark", "malformed", 1, 5),
    ("\ufeff\ufeff{}", "malformed", 1, 1),
    ('"\t"', "malformed", 1, 2),
    ('"\x00"', "malformed", 1, 2),
    ("01", "malformed", 1, 2),
    ("NaN", "not_finite", 1, 1),
    ("[Infinity]", "not_finite", 1, 1),
    ('{"a":-Infinity}', "not_finite", 1, 1),
    ("1e400", "number_too_large", 1, 1),
    ("-1e400", "number_too_large", 1, 1),
    ("9" * 65, "number_too_large", 1, 1),
    ("9" * 5000, "number_too_large", 1, 1),
    ("0." + "1" * 63, "number_too_large", 1, 1),
    ('{"a":1,"a":2}', "duplicate_key", 1, 1),
    ('{"a":1,"\\u0061":2}', "duplicate_key", 1, 1),
    ('[{"b":{"a":1,"a":1}}]', "duplicate_key", 1, 1),
    ('"\\u0000"', "bad_character", 1, 1),
    ('{"\\u0000":1}', "bad_character", 1, 1),
    ('["\\ud800"]', "bad_character", 1, 1),
    ('{"a":["\\udc00\\ud800"]}', "bad_character", 1, 1),
    ("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), "too_deep", 1, 1),
    ('{"a":' * (MAX_DEPTH + 1) + "1" + "}" * (MAX_DEPTH + 1), "too_deep", 1, 1),
    ("[" * 100_000, "too_deep", 1, 1),
    ('{"a":' * 100_000, "too_deep", 1, 1),
]


@pytest.mark.parametrize("text", TAKEN, ids=lambda text: text[:30])
def test_what_every_reader_reads_alike_is_taken(text: str) -> None:
    assert parse(text.encode()) == json.loads(text)


@pytest.mark.parametrize(
    ("text", "code", "line", "column"), REFUSED, ids=[f"{r[0][:24]!r}: {r[1]}" for r in REFUSED]
)
def test_everything_else_is_refused_with_its_place(
    text: str, code: str, line: int, column: int
) -> None:
    with pytest.raises(JsonRefused) as refused:
        parse(text.encode())
    assert (refused.value.code, refused.value.line, refused.value.column) == (code, line, column)


@pytest.mark.parametrize(
    ("raw", "line", "column"),
    [
        (b"\xff", 1, 1),
        ('{"a":\n "نص'.encode() + b"\xd9", 2, 5),
        (b'\xef\xbb\xbf{"a":"\xff"}', 1, 7),
        ("{}".encode("utf-16-le") + b"\x00\xd8", 1, 6),
        ('"\ud800"'.encode("utf-8", "surrogatepass"), 1, 2),
    ],
)
def test_what_is_not_utf_8_is_refused_where_it_stands(raw: bytes, line: int, column: int) -> None:
    with pytest.raises(JsonRefused) as refused:
        parse(raw)
    assert refused.value.code == "not_utf8"
    assert (refused.value.line, refused.value.column) == (line, column)


def test_a_byte_order_mark_is_tolerated() -> None:
    assert decode(b"\xef\xbb\xbf[1]") == "[1]"
    assert parse(b"\xef\xbb\xbf[1]") == [1]


@pytest.mark.parametrize(
    ("text", "members"),
    [
        ("{}", {}),
        (" { } ", {}),
        (
            ' { "b" : {"z":1, "a" : 1.50} , "a":"\\u0645" } ',
            {"b": Member({"z": 1, "a": 1.5}, '{"z":1, "a" : 1.50}'), "a": Member("م", '"\\u0645"')},
        ),
        ("[1]", None),
        ('"{"', None),
        ("null", None),
    ],
)
def test_members_come_with_the_very_text_they_were_read_from(
    text: str, members: dict[str, Member] | None
) -> None:
    assert parse_members(text) == members


@pytest.mark.parametrize(
    ("text", "elements"),
    [
        ("[]", []),
        ("[ ]", []),
        ('[ {"b": 1 , "a":2} ,[ ], "،" ]', ['{"b": 1 , "a":2}', "[ ]", '"،"']),
        ("{}", None),
        ("1", None),
    ],
)
def test_elements_come_as_the_very_text_they_were_read_from(
    text: str, elements: list[str] | None
) -> None:
    assert parse_elements(text, 1000) == elements


BROKEN = ["", "{", "[", "{} x", "[] x", "[1", "[1,", "[,1]", "[1 2]", "nope", '{"a"', '{"a":1']


@pytest.mark.parametrize("text", [*BROKEN, "{,}", '{"a":1,}', "[1,]", "{1:2}", '{"a":1]', "[1}"])
@pytest.mark.parametrize("reader", [parse_members, partial(parse_elements, most=1000)])
def test_broken_text_is_refused_by_every_reader(reader: object, text: str) -> None:
    with pytest.raises(JsonRefused, match="malformed"):
        reader(text)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"a":1,"a":1}', "duplicate_key"),
        ('{"a":1,"\\u0061":1}', "duplicate_key"),
        ('{"a":{"b":1,"b":1}}', "duplicate_key"),
        ('{"\\u0000":1}', "bad_character"),
        ('{"a":NaN}', "not_finite"),
    ],
)
def test_members_are_as_strict_as_the_whole(text: str, code: str) -> None:
    with pytest.raises(JsonRefused, match=code):
        parse_members(text)


def test_an_array_with_too_many_elements_is_not_read_to_its_end() -> None:
    assert parse_elements("[" + "1," * 4_000_000 + "1]", 1000) == ["1"] * 1001


@pytest.mark.parametrize("deep", ["[" * 9000, '{"a":' * 9000, '[{"a":"]"},' * 9000])
@pytest.mark.parametrize("read", [lambda text: parse(text.encode()), parse_members])
def test_what_is_too_deep_is_refused_without_being_read(
    read: Callable[[str], object], deep: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(strict_json, "_decoder", None)
    with pytest.raises(JsonRefused) as refused:
        read(deep)
    assert refused.value.code == "too_deep"


def test_brackets_in_texts_are_no_depth() -> None:
    texts = ["[" * 500, "{[" * 500, '\\"[' * 500]
    assert parse(json.dumps({"texts": texts, "rows": [[1]] * 500}).encode())["texts"] == texts
