"""Examples: what may be sent to try a hook, and what stands in the way."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from portal.domain.examples import ExampleDraft, Way, obstacle, read_example, typed_data
from portal.domain.problems import Refused
from portal.domain.strict_json import JsonRefused

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
PATIENCE = timedelta(seconds=20)
CLEAR = Way(enabled=True, resting=False, is_blocked=False, ready_at=None)


def test_nothing_asked_for_is_the_catalogues_example() -> None:
    assert read_example("{}") == ExampleDraft()
    assert read_example('{"event_type": null, "data": null}') == ExampleDraft()


def test_data_is_taken_to_the_letter() -> None:
    draft = read_example('{"event_type":"order.status","data":{"total":  19.90}}')
    assert draft == ExampleDraft("order.status", '{"total":  19.90}')
    assert typed_data('\r\n{"a":\r\n1.50}\r\n') == '{"a":\n1.50}'


@pytest.mark.parametrize(
    ("text", "pointer", "code"),
    [
        ("[]", "", "not_an_object"),
        ('{"data": []}', "/data", "not_an_object"),
        ('{"event_type": 1}', "/event_type", "not_a_text"),
        ('{"type": "order.status"}', "/type", "unknown_member"),
    ],
)
def test_what_is_no_example_is_refused(text: str, pointer: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        read_example(text)
    (problem,) = refused.value.problems
    assert (problem.pointer, problem.code) == (pointer, code)


def test_what_is_no_json_is_refused_with_its_place() -> None:
    with pytest.raises(JsonRefused):
        read_example("{")
    with pytest.raises(Refused) as refused:
        typed_data('{"a": 1,\n "b": }')
    (problem,) = refused.value.problems
    assert (problem.code, problem.params) == ("malformed", {"line": 2, "column": 7})


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("  ", "required"),
        ("[1]", "not_an_object"),
        ('{"a":1,"a":2}', "duplicate_key"),
        ('{"a":"' + "x" * 256 * 1024 + '"}', "event_too_large"),
    ],
)
def test_typed_data_that_cannot_be_sent_is_refused(typed: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        typed_data(typed)
    assert [problem.code for problem in refused.value.problems] == [code]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, None),
        ({"enabled": False}, "hook_off"),
        ({"resting": True, "ready_at": NOW + timedelta(seconds=9)}, "hook_resting"),
        # Its rest is over: the example may be what probes it.
        ({"resting": True, "ready_at": NOW}, None),
        ({"is_blocked": True}, "line_blocked"),
        ({"ready_at": NOW + timedelta(seconds=9)}, None),
        ({"ready_at": NOW + timedelta(seconds=50)}, "pace_holds"),
    ],
)
def test_what_stands_in_the_way_is_told_at_once(
    changes: dict[str, object], code: str | None
) -> None:
    assert obstacle(replace(CLEAR, **changes), NOW, PATIENCE) == code
