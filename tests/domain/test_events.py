"""What the platform may publish."""

from datetime import UTC, datetime
from typing import Any

import pytest

from portal.domain.events import (
    MAX_DEDUPE_LENGTH,
    EventDraft,
    is_event_type,
    parse_event,
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
