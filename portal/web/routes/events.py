"""لماذا لم يصل؟: one event, and what became of it at every hook."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal.models import Event
from portal.queries.event_verdicts import verdicts_of
from portal.queries.events import read_event
from portal.queries.hooks import event_labels
from portal.web import condition_words, verdict_words
from portal.web.access import reach
from portal.web.htmx import page

bp = Blueprint("events", __name__, url_prefix="/events")


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
