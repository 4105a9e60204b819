"""How calls that move away from what was mapped are told."""

from datetime import UTC, datetime, timedelta
from typing import Any

from portal.domain.inputs import Inputs
from portal.domain.triggers.drift import Drift, Seen, drifts

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
SAMPLE = {"query": [], "body": [{"path": "id", "type": "number"}]}
ITEMS = {"path": "items[].id", "type": "text"}


def told(variables: dict[str, Any], *bodies: Any) -> list[Drift]:
    """The drift of calls with ``bodies``, a minute apart."""
    calls = [
        Seen(NOON + timedelta(minutes=place), Inputs(body=body))
        for place, body in enumerate(bodies)
    ]
    return drifts({"headers": [], "query": [], "body": []} | variables, calls)


def test_without_calls_nothing_has_drifted() -> None:
    assert told({"body": [{"path": "id"}]}) == []


def test_a_mapped_path_that_is_missing_is_told_since_when_and_how_often() -> None:
    [drift] = told({"body": [{"path": "id"}]}, {"id": 1}, {}, {})
    assert drift == Drift("missing", "body.id", NOON + timedelta(minutes=1), 2, 3)


def test_a_changed_type_names_both_and_null_is_none() -> None:
    mapped = {"body": [{"path": "id"}], "sample": SAMPLE}
    [drift] = told(mapped, {"id": None}, {"id": "7"})
    assert (drift.kind, drift.before, drift.now, drift.count) == ("type", "number", "text", 1)


def test_a_path_that_no_sample_held_is_new() -> None:
    [drift] = told({"body": [{"path": "id"}], "sample": SAMPLE}, {"id": 1}, {"id": 1, "b": True})
    assert (drift.kind, drift.path) == ("new", "body.b")


def test_an_empty_list_changes_no_type_of_its_items() -> None:
    rows = [{"path": "items", "type": "list"}, ITEMS]
    mapped = {"body": [{"path": "items[].id"}], "sample": {"query": [], "body": rows}}
    assert told(mapped, {"items": [{"id": "a"}]}, {"items": []}) == []
