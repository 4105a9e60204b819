"""Bodies as they are, for whoever wants them whole or without our spaces: plain text alone."""

from flask import Blueprint, Response

from portal.models import Delivery, Event
from portal.queries.bodies import sent_body
from portal.queries.deliveries import attempt_of, read_delivery
from portal.queries.events import read_event
from portal.web.access import reach
from portal.web.seeing import veil

bp = Blueprint("raw", __name__)


@bp.get("/events/<event_id>/data")
def event_data(event_id: str) -> Response:
    """The data of an event, to the letter where nothing of it is masked."""
    return _plain(veil().data(read_event(reach(Event, event_id).id).data))


@bp.get("/deliveries/<delivery_id>/attempts/<attempt_id>/request")
def request_body(delivery_id: str, attempt_id: str) -> Response:
    """What an attempt of a delivery sent."""
    delivery = read_delivery(reach(Delivery, delivery_id).id)
    return _plain(sent_body(attempt_of(delivery_id, attempt_id), delivery.event, veil()))


@bp.get("/deliveries/<delivery_id>/attempts/<attempt_id>/response")
def response_body(delivery_id: str, attempt_id: str) -> Response:
    """What is kept of the answer to an attempt of a delivery."""
    delivery = read_delivery(reach(Delivery, delivery_id).id)
    seen = veil(delivery.hook)
    attempt = attempt_of(delivery_id, attempt_id)
    if seen:
        # An answer may echo what was sent.
        sent_body(attempt, delivery.event, seen)
    return _plain(seen.answer(attempt.response_body or ""))


def _plain(text: str) -> Response:
    # A stranger wrote it: whatever it looks like, a browser shows it and does nothing else.
    answer = Response(text, content_type="text/plain; charset=utf-8")
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer
