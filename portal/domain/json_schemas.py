"""JSON Schema (draft 2020-12): whether one is sound, and whether an example keeps to it.

A schema is a stranger's. Nothing is fetched: one that refers to another document is refused.
Patterns are those of RE2, which take time linear to the text, and references are followed so often
and no more.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import Any

import re2
from jsonschema import Draft202012Validator, SchemaError, ValidationError
from jsonschema.validators import extend
from referencing import Registry
from referencing.exceptions import Unresolvable

from portal.domain.problems import Problem

MOST_REFERENCES = 10_000

Rule = Callable[[Any, Any, Any, Any], Iterator[ValidationError]]


def schema_problems(schema: Mapping[str, Any], example: Any) -> list[Problem]:
    """What is wrong with ``schema``, else with an ``example`` of it that is not empty: at most one
    problem, under ``/schema`` or ``/example``."""
    try:
        Draft202012Validator.check_schema(schema)
        _compile_patterns(schema)
        fault = next(_judge(schema).iter_errors(example), None) if example else None
    except SchemaError as error:
        return [Problem("/schema", "bad_schema", {"path": error.json_path})]
    except Unresolvable as error:
        return [Problem("/schema", "schema_elsewhere", {"ref": error.ref})]
    except re2.error:
        return [Problem("/schema", "bad_pattern")]
    except RecursionError:
        return [Problem("/schema", "schema_in_circles")]
    if fault is None:
        return []
    return [Problem("/example", "off_schema", {"path": fault.json_path, "rule": fault.validator})]


def _judge(schema: Mapping[str, Any]) -> Draft202012Validator:
    followed = count()

    def limited(real: Rule) -> Rule:
        def follow(*parts: Any) -> Iterator[ValidationError]:
            if next(followed) >= MOST_REFERENCES:
                raise RecursionError
            yield from real(*parts)

        return follow

    known = Draft202012Validator.VALIDATORS
    references = {name: limited(known[name]) for name in ("$ref", "$dynamicRef")}
    return extend(Draft202012Validator, _RULES | references)(schema, registry=Registry())


def _pattern(_: Any, pattern: str, instance: Any, __: Any) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not re2.search(pattern, instance):
        yield ValidationError(f"{pattern!r} is not found")


def _pattern_properties(
    validator: Any, patterns: Mapping[str, Any], instance: Any, _: Any
) -> Iterator[ValidationError]:
    for name, value in instance.items() if isinstance(instance, dict) else ():
        for pattern, schema in patterns.items():
            if re2.search(pattern, name):
                yield from validator.descend(value, schema, path=name, schema_path=pattern)


def _additional_properties(
    validator: Any, wanted: Any, instance: Any, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    known, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    for name, value in instance.items() if isinstance(instance, dict) else ():
        if name not in known and not any(re2.search(pattern, name) for pattern in patterns):
            yield from validator.descend(value, wanted, path=name)


def _not_judged(*_: Any) -> Iterator[ValidationError]:
    """What the library could only judge with patterns of its own."""
    yield from ()


_RULES: dict[str, Rule] = {
    "pattern": _pattern,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional_properties,
    "unevaluatedProperties": _not_judged,
}


def _compile_patterns(schema: Any) -> None:
    """Raise :class:`re2.error` where a pattern anywhere in ``schema`` is none of RE2's."""
    waiting = [schema]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            waiting += one
        elif isinstance(one, dict):
            waiting += one.values()
            named = one.get("patternProperties")
            for pattern in (one.get("pattern"), *(named if isinstance(named, dict) else ())):
                if isinstance(pattern, str):
                    re2.compile(pattern, _QUIET)


def _quiet() -> re2.Options:
    options = re2.Options()
    options.log_errors = False
    return options


_QUIET = _quiet()
