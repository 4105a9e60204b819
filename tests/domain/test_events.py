"""What the platform may publish."""

from datetime import UTC, datetime
from typing import Any

import pytest

from portal.domain.events import (
    MAX_DEDUPE_LENGTH,
    MAX_EVENT_BYTES,
    EventDraft,
    is_event_type,
    parse_event,
    parse_events,
    parse_moment,
)
from portal.domain.problems import Refused
from portal.domain.strict_json import JsonRefused

DATA = '{"b": 1.50, "a":"\\u0645رحبا"}'

MOMENTS = [
    ("2026-11-23T14:05:09Z", datetime(2026, 11, 23, 14, 5, 9, tzinfo=UTC)),
    ("2026-11-23t14:05:09z", datetime(2026, 11, 23, 14, 5, 9, tzinfo=UTC)),
    ("2026-11-23 14:05:09Z", datetime(2026, 11, 23, 14, 5, 9, tzinfo=UTC)),
    ("2026-11-23T14:05:09+03:00", datetime(2026, 11, 23, 11, 5, 9, tzinfo=UTC)),
    ("2026-11-23T14:05:09-00:00", datetime(2026, 11, 23, 14, 5, 9, tzinfo=UTC)),
    ("2026-11-23T14:05:09.5Z", datetime(2026, 11, 23, 14, 5, 9, 500_000, tzinfo=UTC)),
    ("2026-11-23T14:05:09.1234567899Z", datetime(2026, 11, 23, 14, 5, 9, 123_456, tzinfo=UTC)),
    ("2028-02-29T00:00:00Z", datetime(2028, 2, 29, tzinfo=UTC)),
    ("2026-11-23T14:05:09", None),
    ("2026-11-23", None),
    ("2026-11-23T14:05Z", None),
    ("2026-11-23T14:05:09+03", None),
    ("2026-11-23T14:05:09+0300", None),
    ("2026-11-23T14:05:09+25:00", None),
    ("2026-11-23T14:05:09.Z", None),
    ("2026-02-29T00:00:00Z", None),
    ("2026-13-01T00:00:00Z", None),
    ("2026-11-23T24:00:01Z", None),
    ("0000-01-01T00:00:00Z", None),
    ("0001-01-01T00:00:00+01:00", None),
    ("9999-12-31T23:59:59-01:00", None),
    ("٢٠٢٦-11-23T14:05:09Z", None),
    ("2026-11-23T14:05:09Z\n", None),
    ("", None),
]


@pytest.mark.parametrize(("text", "moment"), MOMENTS)
def test_a_moment_is_what_rfc_3339_says(text: str, moment: datetime | None) -> None:
    assert parse_moment(text) == moment


@pytest.mark.parametrize("key", ["a", "message.received", "a_1.b2.c_", "1", "_", "a" * 128])
def test_an_event_type_is_small_latin_words_with_dots(key: str) -> None:
    assert is_event_type(key)


@pytest.mark.parametrize(
    "key",
    ["", ".", "a.", ".a", "a..b", "A", "a-b", "a b", "رسالة", "a\n", "a" * 129, None, 1, ["a"]],
)
def test_anything_else_is_no_event_type(key: Any) -> None:
    assert not is_event_type(key)


def test_the_data_is_kept_to_the_letter() -> None:
    draft = parse_event(f'{{"data" : {DATA} ,"type":"message.received"}}')
    assert draft == EventDraft("message.received", DATA)


def test_all_members_are_read_and_strange_ones_are_passed_over() -> None:
    draft = parse_event(
        '{"type":"a.b","data":{},"id":"رقم 1","occurred_at":"2026-11-23T14:05:09Z","more":[1]}'
    )
    assert draft == EventDraft("a.b", "{}", "رقم 1", datetime(2026, 11, 23, 14, 5, 9, tzinfo=UTC))


@pytest.mark.parametrize("member", ['"id":null', '"occurred_at":null'])
def test_null_is_as_good_as_absent(member: str) -> None:
    assert parse_event(f'{{"type":"a","data":{{}},{member}}}') == EventDraft("a", "{}")


@pytest.mark.parametrize("size", [1, MAX_DEDUPE_LENGTH])
def test_an_id_may_be_so_long(size: int) -> None:
    assert parse_event(f'{{"type":"a","data":{{}},"id":"{"م" * size}"}}').dedupe_key == "م" * size


FAULTS = [
    ("{}", [("/type", "required"), ("/data", "required")]),
    ("[]", [("", "not_an_object")]),
    ('"a"', [("", "not_an_object")]),
    ('{"type":"A","data":{}}', [("/type", "bad_event_type")]),
    ('{"type":null,"data":{}}', [("/type", "bad_event_type")]),
    ('{"type":"a","data":null}', [("/data", "not_an_object")]),
    ('{"type":"a","data":[]}', [("/data", "not_an_object")]),
    ('{"type":"a","data":"{}"}', [("/data", "not_an_object")]),
    ('{"type":"a","data":{},"id":1}', [("/id", "not_a_text")]),
    ('{"type":"a","data":{},"id":""}', [("/id", "bad_length")]),
    (f'{{"type":"a","data":{{}},"id":"{"x" * 129}"}}', [("/id", "bad_length")]),
    ('{"type":"a","data":{},"occurred_at":1}', [("/occurred_at", "bad_moment")]),
    ('{"type":"a","data":{},"occurred_at":"اليوم"}', [("/occurred_at", "bad_moment")]),
    (
        '{"type":1,"data":1,"id":[],"occurred_at":{}}',
        [
            ("/type", "bad_event_type"),
            ("/data", "not_an_object"),
            ("/id", "not_a_text"),
            ("/occurred_at", "bad_moment"),
        ],
    ),
]


@pytest.mark.parametrize(("text", "faults"), FAULTS)
def test_everything_wrong_is_said_at_once(text: str, faults: list[tuple[str, str]]) -> None:
    with pytest.raises(Refused) as refused:
        parse_event(text)
    assert [(p.pointer, p.code) for p in refused.value.problems] == faults


@pytest.mark.parametrize("text", ["", "{", '{"type":"a","type":"a","data":{}}'])
def test_no_json_is_another_matter(text: str) -> None:
    with pytest.raises(JsonRefused):
        parse_event(text)


# The same event in the plainest writing and in others; each reader of JSON reads them alike.
PLAIN = '{"type":"a.b","data":{"x":[1,{"y":"م"}]},"id":"k","occurred_at":"2026-11-22T14:05:09Z"}'
WRITINGS = [
    PLAIN,
    PLAIN.replace('"type"', '"t\\u0079pe"'),
    PLAIN.replace('"a.b"', '"\\u0061.b"'),
    PLAIN.replace('"k"', '"\\u006b"'),
    PLAIN.replace('"id"', '"more":{"data":1},"id"'),
    '\n {"data" : {"x":[1,{"y":"م"}]} ,"id":"k",\t"type" :\n"a.b",'
    ' "occurred_at":"2026-11-22T14:05:09Z"} ',
]


@pytest.mark.parametrize("text", WRITINGS)
def test_an_event_is_the_same_however_it_is_written(text: str) -> None:
    assert parse_event(text) == parse_event(PLAIN)
    assert parse_event(text).data == '{"x":[1,{"y":"م"}]}'


def test_a_list_is_read_element_by_element_and_what_is_unusual_stays_a_text() -> None:
    elements = [PLAIN, "7", '{"type":"A","data":{}}', '{"data":{},"type":"a"}', "[ ]", PLAIN]
    events = parse_events(f" [ {' , '.join(elements)} ] ")
    assert events == [
        parse_event(PLAIN),
        *elements[1:3],
        EventDraft("a", "{}"),
        "[ ]",
        parse_event(PLAIN),
    ]
    assert parse_events("[]") == []
    assert parse_events("{}") is None


# Of data that is to be refused, none is let through for being in a plainly written event.
NOT_STRICT = [
    '{"a":1,"a":2}',
    '{"a":NaN}',
    '{"a":1e999}',
    '{"a":"\\ud800"}',
    '{"a":"\\u0000"}',
    '{"a":' * 65 + "1" + "}" * 65,
    '{"a":1,}',
    '{"a":"\t"}',
]


@pytest.mark.parametrize("data", NOT_STRICT)
def test_strictness_does_not_depend_on_the_writing(data: str) -> None:
    faults = []
    for text in (f'{{"type":"a","data":{data}}}', f'{{"t\\u0079pe":"a","data":{data}}}'):
        with pytest.raises(JsonRefused) as refused:
            parse_event(text)
        faults.append((refused.value.code, refused.value.line))
        with pytest.raises(JsonRefused, match=refused.value.code):
            parse_events(f"[{text}]")
    assert faults[0] == faults[1]


@pytest.mark.parametrize(
    "text",
    [
        '{"type":"a","type":"a","data":{}}',
        '{"type":"a","data":{},"data":{}}',
        '{"type":"a","data":{}',
        '{"type":"a","data":{},}',
        '{"type":"a","data":{}}}',
        '{"type":"a" "data":{}}',
        '{"type":"a","data":{} "id":"x"}',
    ],
)
def test_a_broken_event_in_plain_writing_is_refused(text: str) -> None:
    with pytest.raises(JsonRefused):
        parse_event(text)
    with pytest.raises(JsonRefused):
        parse_events(f"[{text}]")


def test_data_may_be_as_deep_as_before_in_any_writing() -> None:
    for depth in (62, 63, 64):
        data = '{"a":' * depth + "1" + "}" * depth
        assert parse_event(f'{{"type":"a","data":{data}}}').data == data


def test_a_large_element_is_left_to_its_readers_limits() -> None:
    large = f'{{"type":"a","data":{{"x":"{"x" * MAX_EVENT_BYTES}"}}}}'
    assert parse_events(f"[{large}]") == [large]
