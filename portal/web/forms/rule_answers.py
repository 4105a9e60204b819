"""What a rule answers, chosen by its meaning: done, refused, busy, gone, or a status by number."""

from collections.abc import Mapping
from typing import Any

from portal.domain.hooks import headers_text, read_headers
from portal.domain.problems import Problem
from portal.domain.strict_json import JsonRefused
from portal.domain.triggers.answers import BODILESS
from portal.web.forms.numbers import whole
from portal.web.forms.rule_conditions import Fields, Reading
from portal.web.forms.trigger_answers import answer_shown, body_read

NOTHING, CUSTOM, BUSY = "", "custom", "busy"
# 422 and not 400 for what is refused: the call was read and understood (RFC 9110 §15.5.21), and a
# 400 is what a door says of broken JSON. No sender that is known tells the two apart.
MEANINGS = {"done": 200, "reject": 422, BUSY: 503, "gone": 410}
RETRY_AFTER = "Retry-After"
# What a sender is asked to wait where nothing else is said, in seconds.
LATER = "60"
# The longest wait that the form asks for: a day.
DAY = 24 * 3600


def response_shown(response: Mapping[str, Any] | None) -> Fields:
    """The fields that show ``response``: by its meaning where that says all of it."""
    if response is None:
        return {"respond": NOTHING, "retry": LATER, "json": "1", "headers": "", "body": ""}
    by_meaning = [name for name, status in MEANINGS.items() if status == response["status"]]
    shown = [_shown(response, name) for name in [*by_meaning, CUSTOM]]
    return next((one for one in shown if _says(one, response)), shown[-1])


def _says(shown: Fields, response: Mapping[str, Any]) -> bool:
    reading = Reading()
    return response_read(shown, reading) == response and not reading.problems


def _shown(response: Mapping[str, Any], meaning: str) -> Fields:
    answer = answer_shown(response)
    headers = dict(response["headers"])
    retry = headers.pop(RETRY_AFTER, "") if meaning == BUSY else LATER
    return {
        "respond": meaning,
        "status": answer["status"],
        "retry": retry,
        "headers": headers_text(headers),
        "body": answer["body"],
        "json": "1" if answer["json"] else "",
    }


def response_read(fields: Mapping[str, str], reading: Reading) -> dict[str, Any] | None:
    """The response that ``fields`` ask for; None where the rule has none of its own."""
    meaning = fields.get("respond", NOTHING)
    if meaning == NOTHING:
        return None
    reading.places |= {
        "/response": "respond",
        "/response/status": "status" if meaning == CUSTOM else "respond",
        "/response/headers": "headers",
        f"/response/headers/{RETRY_AFTER}": "retry" if meaning == BUSY else "headers",
        "/response/body": "body",
    }
    headers, faults = read_headers(fields.get("headers", ""))
    reading.problems += [Problem(f"/response{one.pointer}", one.code) for one in faults]
    status = MEANINGS.get(meaning) or whole(fields.get("status"))
    wait = whole(fields.get("retry")) if meaning == BUSY else None
    if wait is not None:
        headers = {RETRY_AFTER: str(wait), **headers}
        if not isinstance(wait, int) or not 1 <= wait <= DAY:
            params = {"min": 1, "max": DAY}
            reading.problems.append(
                Problem(f"/response/headers/{RETRY_AFTER}", "bad_number", params)
            )
    return {"status": status, "headers": headers, "body": _body(fields, status, reading)}


def _body(fields: Mapping[str, str], status: Any, reading: Reading) -> Any:
    text = fields.get("body", "").replace("\r\n", "\n")
    if not fields.get("json") or status in BODILESS:
        return text
    try:
        return body_read(text)
    except JsonRefused as refused:
        reading.refuse("/response/body", refused)
        return text
