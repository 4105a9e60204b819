"""What is said of a schema, and of an example that does not keep to it."""

from typing import Any

import pytest

from portal.domain.json_schemas import schema_problems

STRICT = {"additionalProperties": False, "properties": {"id": {}}, "patternProperties": {"^x_": {}}}
# Each of thirty refers twice to the next: a billion ways.
FORKED = {
    "$defs": {
        str(n): {"allOf": [{"$ref": f"#/$defs/{n + 1}"}] * 2} if n < 30 else {} for n in range(31)
    },
    "$ref": "#/$defs/0",
}
RULE = {"rule": "required"}


@pytest.mark.parametrize(
    ("schema", "example"),
    [
        ({}, {"a": 1}),
        ({"type": "object", "required": ["a"]}, {"a": 1}),
        # Without an example there is nothing to judge.
        ({"type": "object", "required": ["a"]}, {}),
        ({"$schema": "http://json-schema.org/draft-07/schema#"}, {"a": 1}),
        ({"$defs": {"n": {}}, "properties": {"a": {"$ref": "#/$defs/n"}}}, {"a": 1}),
        ({"properties": {"pattern": {"type": "string"}}}, {"pattern": "("}),
        ({"properties": {"a": {"pattern": "^م"}}}, {"a": "مرحبا"}),
        (STRICT, {"id": 1, "x_note": 2}),
    ],
)  # fmt: skip
def test_a_sound_schema_and_an_example_that_keeps_to_it_pass(
    schema: dict[str, Any], example: Any
) -> None:
    assert schema_problems(schema, example) == []


@pytest.mark.parametrize(
    ("schema", "example", "pointer", "code", "params"),
    [
        ({"type": "objct"}, {}, "/schema", "bad_schema", {"path": "$.type"}),
        ({"$ref": "https://x.example/s"}, {"a": 1}, "/schema", "schema_elsewhere", None),
        ({"$ref": "#/$defs/none"}, {"a": 1}, "/schema", "schema_elsewhere", None),
        ({"$ref": "#"}, {"a": 1}, "/schema", "schema_in_circles", {}),
        (FORKED, {"a": 1}, "/schema", "schema_in_circles", {}),
        ({"properties": {"a": {"pattern": "(?=x)"}}}, {}, "/schema", "bad_pattern", {}),
        ({"patternProperties": {"(?=x)": {}}}, {}, "/schema", "bad_pattern", {}),
        ({"required": ["b"]}, {"a": 1}, "/example", "off_schema", {"path": "$"} | RULE),
        (
            {"properties": {"a": {"type": "number"}}},
            {"a": "x"},
            "/example",
            "off_schema",
            {"path": "$.a", "rule": "type"},
        ),
        ({"properties": {"a": {"pattern": "^x"}}}, {"a": "y"}, "/example", "off_schema", None),
        (STRICT, {"id": 1, "note": 2}, "/example", "off_schema", None),
        ({"patternProperties": {"^x": {"type": "null"}}}, {"x": 1}, "/example", "off_schema", None),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(
    schema: dict[str, Any], example: Any, pointer: str, code: str, params: dict[str, Any] | None
) -> None:
    (problem,) = schema_problems(schema, example)
    assert (problem.pointer, problem.code) == (pointer, code)
    assert params is None or problem.params == params


def test_no_pattern_takes_long() -> None:
    slow = "(a+)+$"
    text = "a" * 5000 + "!"
    shapes = ({"patternProperties": {slow: {}}}, {"properties": {text: {"pattern": slow}}})
    for shape in shapes:
        for more in ({}, {"additionalProperties": False}, {"unevaluatedProperties": False}):
            schema_problems(shape | more, {text: text})
