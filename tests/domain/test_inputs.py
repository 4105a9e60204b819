"""Inputs: the first step names the part, and headers are found however they are spelled."""

from typing import Any

import pytest

from portal.domain.inputs import Inputs
from portal.domain.paths import MISSING, parse_path

INPUTS = Inputs(
    headers=[("X-Request-Id", "r1"), ("Accept", "a"), ("accept", "b"), ("X.Y", "dots")],
    query={"query": [{"a": "1"}]},
    body={"b": {"c": 2}, "X": 1, "x": 2, "n": None},
    call={"at": "2026-01-01T00:00:00Z", "peer": "192.0.2.1"},
    calls={"check": {"status": 200, "body": {"ok": True}}},
)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("headers.X-Request-Id", "r1"),
        ("headers.x-request-id", "r1"),
        ('headers["X-REQUEST-ID"]', "r1"),
        ('headers["x.y"]', "dots"),
        ("headers.Accept", "a, b"),
        ("query.query[0].a", "1"),
        ("body.b.c", 2),
        ("body.X", 1),
        ("body.x", 2),
        ("body.n", None),
        ("body", INPUTS.body),
        ("call.at", "2026-01-01T00:00:00Z"),
        ("call.peer", "192.0.2.1"),
        ("calls.check.status", 200),
        ("calls.check.body.ok", True),
        ("headers", {"x-request-id": "r1", "accept": "a, b", "x.y": "dots"}),
    ],
)
def test_a_path_leads_into_its_part(path: str, value: Any) -> None:
    assert INPUTS.value(parse_path(path)) == value


@pytest.mark.parametrize(
    "path",
    ["cookies.a", "Body.b", "[0]", "[].a", "headers.No", "headers.Accept.x", "headers[0]"]
    + ["headers[]", "body.no", "calls.other.status", "query[0]", "_by_name.accept", "value"],
)
def test_a_path_into_no_part_is_missing(path: str) -> None:
    assert INPUTS.value(parse_path(path)) is MISSING


@pytest.mark.parametrize("part", ["body", "body.a", "body[]", "query.a", "call.at", "calls.a"])
def test_a_call_without_anything_has_nothing(part: str) -> None:
    assert Inputs().value(parse_path(part)) is MISSING
