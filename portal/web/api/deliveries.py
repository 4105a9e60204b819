"""The log through the API."""

from flask import Blueprint, Response

from portal.domain.scopes import Scope
from portal.models import Delivery
from portal.pipeline.redeliver import resend
from portal.queries.bodies import sent_body
from portal.queries.deliveries import attempts_of, list_deliveries, read_delivery
from portal.web.access import actor, reach
from portal.web.api.bodies import cursor, limit, log_filter
from portal.web.api.shapes import answer, attempt_json, delivery_json
from portal.web.programs import needs
from portal.web.seeing import masks, veil

bp = Blueprint("api_deliveries", __name__)


@bp.get("/deliveries")
@needs(Scope.READ)
def get_deliveries() -> Response:
    """The log, newest first."""
    account_id, wanted = actor().account_id, log_filter()
    found = list_deliveries(account_id, wanted, cursor(), limit(), masks=masks())
    items = [delivery_json(delivery) for delivery in found.items]
    return answer({"items": items, "next": found.next})


@bp.get("/deliveries/<delivery_id>")
@needs(Scope.READ)
def get_delivery(delivery_id: str) -> Response:
    """One delivery with all its attempts."""
    reach(Delivery, delivery_id)
    delivery = read_delivery(delivery_id)
    seen = veil(delivery.hook)
    sent = [(one, sent_body(one, delivery.event, seen)) for one in attempts_of(delivery_id)]
    attempts = [attempt_json(attempt, body, seen) for attempt, body in sent]
    return answer({**delivery_json(delivery), "attempts": attempts})


@bp.post("/deliveries/<delivery_id>/resend")
@needs(Scope.RESEND)
def post_resend(delivery_id: str) -> Response:
    """Send a delivery once more, at once."""
    delivery = resend(reach(Delivery, delivery_id).id, actor())
    return answer(delivery_json(delivery), 202)
