"""What a rule does, as a form asks for it: events that are published, and a call to an address."""

from collections.abc import Mapping
from typing import Any

from portal.domain.hooks import headers_text, read_headers
from portal.domain.problems import Problem
from portal.domain.strict_json import JsonRefused
from portal.web.forms.rule_conditions import Fields, Reading
from portal.web.forms.rule_names import places
from portal.web.forms.rule_values import template_read, template_text

EVENTS = "p"


def publish_shown(publish: list[Mapping[str, Any]]) -> Fields:
    """The fields that show the events of a rule."""
    shown: Fields = {}
    for place, one in enumerate(publish):
        name = f"{EVENTS}-{place}"
        shown |= {f"{name}-type": one["type"], f"{name}-data": template_text(one["data"])}
    return shown


def publish_read(fields: Mapping[str, str], reading: Reading) -> list[dict[str, Any]]:
    """The events that ``fields`` ask for."""
    made = []
    reading.places["/publish"] = f"{EVENTS}-0-type"
    for place, name in enumerate(places(fields).get(EVENTS, ())):
        pointer = f"/publish/{place}"
        reading.places |= {
            pointer: f"{name}-type",
            f"{pointer}/type": f"{name}-type",
            f"{pointer}/data": f"{name}-data",
        }
        data = _template(fields.get(f"{name}-data", ""), f"{pointer}/data", reading)
        made.append({"type": fields.get(f"{name}-type", ""), "data": data})
    return made


def call_shown(call: Mapping[str, Any] | None) -> Fields:
    """The fields that show the call of a rule to an address."""
    if call is None:
        return {"as": "", "url": "", "sent": "", "with": ""}
    body = "" if call["body"] == {} else template_text(call["body"])
    return {
        "as": call["as"],
        "url": call["url"],
        "sent": headers_text(call["headers"]),
        "with": body,
    }


def call_read(fields: Mapping[str, str], reading: Reading) -> dict[str, Any] | None:
    """The call that ``fields`` ask for; None where nothing of one is typed."""
    typed = {name: fields.get(name, "").strip() for name in ("as", "url", "sent", "with")}
    if not any(typed.values()):
        return None
    reading.places |= {
        "/call": "url",
        "/call/as": "as",
        "/call/url": "url",
        "/call/headers": "sent",
        "/call/body": "with",
    }
    headers, faults = read_headers(typed["sent"])
    reading.problems += [Problem(f"/call{one.pointer}", one.code) for one in faults]
    body = _template(typed["with"], "/call/body", reading)
    return {"as": typed["as"], "url": typed["url"], "headers": headers, "body": body}


def _template(text: str, pointer: str, reading: Reading) -> Any:
    try:
        return template_read(text)
    except JsonRefused as refused:
        reading.refuse(pointer, refused)
        return {}
