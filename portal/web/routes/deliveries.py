"""One delivery: what was sent, what came of it, and sending it again."""

from flask import Blueprint, flash, request
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Permission
from portal.domain.problems import Conflict
from portal.models import Delivery, now
from portal.pipeline.redeliver import resend as send_again
from portal.queries.deliveries import attempts_of, read_delivery
from portal.queries.delivery_views import (
    AttemptView,
    DeliveryView,
    attempt_views,
    delivery_view,
)
from portal.queries.last_good import last_good
from portal.web.access import actor, allowed, may, reach
from portal.web.announcements import Notice
from portal.web.curl import curl_of
from portal.web.htmx import go, nothing, page, wants_part
from portal.web.messages import message
from portal.web.receiver_letter import letter_of
from portal.web.seeing import address, veil

bp = Blueprint("deliveries", __name__, url_prefix="/deliveries")


@bp.get("/<delivery_id>")
def show(delivery_id: str) -> ResponseReturnValue:
    """One delivery with all its attempts; nothing for a reader who has seen this very state."""
    reach(Delivery, delivery_id)
    delivery = read_delivery(delivery_id)
    seen = veil(delivery.hook)
    data = seen.data(delivery.event.data)
    view = delivery_view(delivery, now(), seen)
    if wants_part() and request.args.get("seen") == _seen(view):
        return nothing()
    rows = attempts_of(delivery_id)
    attempts = attempt_views(rows, delivery.event, seen)
    return page(
        "deliveries/show.html",
        "delivery",
        nav="deliveries",
        delivery=view,
        attempts=attempts,
        event_data=data,
        max_attempts=view.hook.max_attempts,
        good=last_good(rows, delivery.event, seen),
        letter=letter_of(view.event_type, attempts[0]) if attempts else None,
        curl_of=_curl_of,
        may_resend=view.may_resend and may(Permission.RESEND),
    )


@bp.post("/<delivery_id>/resend")
@allowed(Permission.RESEND)
def resend(delivery_id: str) -> ResponseReturnValue:
    """Send a delivery once more, at once."""
    try:
        send_again(reach(Delivery, delivery_id).id, actor())
        flash(Notice.RESENT)
    except Conflict as conflict:
        flash(message(conflict.code), "error")
    return go("deliveries.show", delivery_id=delivery_id)


def _curl_of(attempt: AttemptView) -> str:
    return curl_of(address(attempt.url), attempt.request_headers, attempt.request_body)


def _seen(view: DeliveryView) -> str:
    return f"{view.state}-{view.attempt_count}-{int(view.sending)}"
