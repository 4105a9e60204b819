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
from portal.web.seeing import masks, veil

bp = Blueprint("events", __name__, url_prefix="/events")

SHOWN = 50


@bp.get("")
def find() -> ResponseReturnValue:
    """The latest events, or the way to the one that ``q`` names."""
    q, cursor = request.args.get("q", "").strip(), request.args.get("cursor")
    found = find_event(actor().account_id, q, masks()) if q else None
    if found is not None:
        return go("events.show", event_id=found.id)
    hidden = veil()
    latest = latest_events(actor().account_id, cursor, SHOWN)
    return page(
        "events/find.html",
        nav="deliveries",
        q=q,
        events=latest.items,
        key_of=lambda event: hidden.unread(event.dedupe_key),
        older=latest.next,
        cursor=cursor,
        labels=event_labels(actor().account_id),
    )


@bp.get("/<event_id>")
def show(event_id: str) -> ResponseReturnValue:
    """What the event says, and why each hook got it or did not."""
    event, seen = read_event(reach(Event, event_id).id), veil()
    data = seen.data(event.data)
    return page(
        "events/show.html",
        "event",
        nav="deliveries",
        event=event,
        data=data,
        dedupe_key=seen.text(event.dedupe_key),
        label=event_labels(event.account_id).get(event.type, event.type),
        verdicts=verdicts_of(event, seen),
        verdict_words=verdict_words,
        condition_words=condition_words,
    )
