"""لماذا لم يصل؟: an event is found, and what became of it at every hook is told."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from portal.models import Event
from portal.queries.event_verdicts import verdicts_of
from portal.queries.events import find_event, latest_events, read_event
from portal.queries.hooks import event_labels
from portal.web import condition_words, verdict_words
from portal.web.access import actor, reach
from portal.web.htmx import go, page

bp = Blueprint("events", __name__, url_prefix="/events")

SHOWN = 50


@bp.get("")
def find() -> ResponseReturnValue:
    """The latest events, or the way to the one that ``q`` names."""
    q, cursor = request.args.get("q", "").strip(), request.args.get("cursor")
    found = find_event(actor().account_id, q) if q else None
    if found is not None:
        return go("events.show", event_id=found.id)
    latest = latest_events(actor().account_id, cursor, SHOWN)
    return page(
        "events/find.html",
        nav="deliveries",
        q=q,
        events=latest.items,
        older=latest.next,
        cursor=cursor,
        labels=event_labels(actor().account_id),
    )


@bp.get("/<event_id>")
def show(event_id: str) -> ResponseReturnValue:
    """What the event says, and why each hook got it or did not."""
    event = read_event(reach(Event, event_id).id)
    return page(
        "events/show.html",
        "event",
        nav="deliveries",
        event=event,
        label=event_labels(event.account_id).get(event.type, event.type),
        verdicts=verdicts_of(event),
        verdict_words=verdict_words,
        condition_words=condition_words,
    )
