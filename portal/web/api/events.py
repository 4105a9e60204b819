"""Publishing events and reading them."""

from collections.abc import Sequence
from typing import Any

import orjson
from flask import Blueprint, Response

from portal.domain.events import (
    MAX_BATCH_BYTES,
    MAX_BATCH_EVENTS,
    MAX_EVENT_BYTES,
    EventDraft,
    parse_event,
    parse_events,
)
from portal.domain.problems import Problem, Refused
from portal.domain.scopes import Scope
from portal.domain.strict_json import JsonRefused, decode
from portal.models import Event
from portal.pipeline.publish import Published, publish
from portal.pipeline.together import publish_one
from portal.queries.events import read_event, routing_of
from portal.web.access import actor, reach
from portal.web.api import problems
from portal.web.api.shapes import answer, event_json
from portal.web.bodies import BodyRefused, need_json, read_body
from portal.web.programs import needs
from portal.web.seeing import veil

bp = Blueprint("api_events", __name__)

LINES = ("application/x-ndjson", "application/ndjson", "application/jsonl")

Entry = EventDraft | dict[str, Any]


@bp.post("/events")
@needs(Scope.PUBLISH)
def post_event() -> Response:
    """Publish one event."""
    need_json("application/json")
    draft = parse_event(decode(read_body(MAX_EVENT_BYTES)))
    result = publish_one(actor().account_id, draft)
    if isinstance(result, Problem):
        raise Refused(result)
    return answer(_shown(result), 200 if result.duplicate else 202)


@bp.post("/events/batch")
@needs(Scope.PUBLISH)
def post_events() -> Response:
    """Publish up to 1000 events; each gets its own answer or problem, in order."""
    kind = need_json("application/json", *LINES)
    text = decode(read_body(MAX_BATCH_BYTES))
    elements = _lines(text) if kind in LINES else parse_events(text)
    if elements is None:
        raise Refused(Problem("", "not_a_list"))
    if len(elements) > MAX_BATCH_EVENTS:
        raise BodyRefused(413, "too_many_events")
    entries = [one if isinstance(one, EventDraft) else _entry(one) for one in elements]
    published = iter(
        publish(actor().account_id, [one for one in entries if isinstance(one, EventDraft)])
    )
    items = [
        _item(next(published)) if isinstance(entry, EventDraft) else entry for entry in entries
    ]
    # A thousand answers take the standard library as long as storing a hundred events.
    return Response(orjson.dumps({"items": items}) + b"\n", 202, mimetype="application/json")


@bp.get("/events/<event_id>")
@needs(Scope.READ)
def get_event(event_id: str) -> Response:
    """One event, and what became of it at every hook."""
    reach(Event, event_id)
    event = read_event(event_id)
    return answer(event_json(event, list(routing_of(event)), veil()))


# What a whole request is told, that nothing of it was stored, would not be true of a batch.
DETAILS = {
    400: "تعذّرت قراءة هذا الحدث، فلم نحفظه. راجعه ثم أرسله من جديد.",
    413: "حجم هذا الحدث أكبر من المسموح، فلم نحفظه. قلّل بياناته ثم أرسله من جديد.",
    422: "لم نحفظ هذا الحدث. صحّح الحقول المذكورة ثم أرسله من جديد.",
}


def _lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip()]


def _entry(text: str) -> Entry:
    """The event that a batch's element describes, or the problem document it gets."""
    if len(text.encode("utf-8", "surrogatepass")) > MAX_EVENT_BYTES:
        return _problem(413, "too_large")
    try:
        return parse_event(text)
    except JsonRefused as refused:
        return _problem(400, refused.code) | problems.place(refused)
    except Refused as refused:
        return _invalid(refused.problems)


def _invalid(found: Sequence[Problem]) -> dict[str, Any]:
    return _problem(422, errors=problems.errors_of(found))


def _problem(status: int, code: str | None = None, **members: Any) -> dict[str, Any]:
    """A problem document for one event of a batch, whose others are not concerned."""
    return problems.body(status, code, **members) | {"detail": DETAILS[status]}


def _item(result: Published | Problem) -> dict[str, Any]:
    if isinstance(result, Problem):
        return _invalid([result])
    return _shown(result)


def _shown(result: Published) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": result.id, "deliveries": result.deliveries}
    return {**shown, "duplicate": True} if result.duplicate else shown
