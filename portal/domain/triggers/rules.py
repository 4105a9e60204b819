"""Rules as they may be saved: conditions, then what is done and answered; the first match wins."""

import json
from typing import Any

from portal.domain import placeholders
from portal.domain.conditions import read_conditions
from portal.domain.events import MAX_EVENT_BYTES, is_event_type
from portal.domain.fields import Fields, under
from portal.domain.inputs import PARTS
from portal.domain.problems import Problem
from portal.domain.storable import storable
from portal.domain.triggers.answers import read_answer
from portal.domain.triggers.outside import read_call

MAX_RULES, MAX_PUBLISHED, MAX_RULE_NAME = 1000, 20, 200


def read_rule(value: Any) -> dict[str, Any]:
    """The rule that ``value`` describes, in full; raises :class:`Refused`."""
    fields = Fields(value)
    fields.only("name", "enabled", "when", "call", "publish", "response")
    name = fields.text("name", "").strip()
    fields.problems += _name_problems(name)
    rule: dict[str, Any] = {
        "name": name,
        "enabled": fields.flag("enabled", True),
        "when": fields.inner("when", None, _read_when),
        "publish": fields.each("publish", [], _read_publish, MAX_PUBLISHED),
    }
    if fields.anything("call", None) is not None:
        rule["call"] = fields.inner("call", None, read_call)
    if fields.anything("response", None) is not None:
        rule["response"] = fields.inner("response", None, read_answer)
    fields.done()
    return rule


def _name_problems(name: str) -> list[Problem]:
    if len(name) > MAX_RULE_NAME:
        return [Problem("/name", "bad_length", {"min": 0, "max": MAX_RULE_NAME})]
    return [] if storable(name) == name else [Problem("/name", "bad_character")]


def _read_when(value: Any) -> Any:
    if value is not None:
        read_conditions(value, PARTS)
    return value


def _read_publish(value: Any) -> dict[str, Any]:
    fields = Fields(value)
    fields.only("type", "data")
    kind, data = fields.text("type", ""), fields.anything("data", {})
    if not is_event_type(kind):
        fields.problems.append(Problem("/type", "bad_event_type" if kind else "required"))
    # A placeholder that is the whole value may turn out to be an object.
    if not isinstance(data, dict) and not _is_placeholder(data):
        fields.problems.append(Problem("/data", "not_an_object"))
    fields.problems += under(
        "/data", [Problem(*found) for found in placeholders.problems_of(data, PARTS)]
    )
    if len(json.dumps(data)) > MAX_EVENT_BYTES:
        fields.problems.append(Problem("/data", "too_long", {"max": MAX_EVENT_BYTES}))
    fields.done()
    return {"type": kind, "data": data}


def _is_placeholder(data: Any) -> bool:
    return isinstance(data, str) and data.startswith("{{") and data.endswith("}}")
