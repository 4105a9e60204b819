"""سجل التسليم of one hook, inside its own pages."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from portal.domain.log_filter import LogFilter
from portal.domain.states import DeliveryState
from portal.queries.deliveries import list_deliveries
from portal.queries.delivery_views import delivery_views
from portal.queries.hook_views import view_of
from portal.web.access import actor
from portal.web.htmx import page
from portal.web.routes.hooks import living
from portal.web.seeing import veil

bp = Blueprint("hook_deliveries", __name__, url_prefix="/settings/webhooks/<hook_id>/deliveries")

SHOWN = 50


@bp.get("")
def index(hook_id: str) -> ResponseReturnValue:
    """What was sent to a hook, newest first, of one state where that is asked for."""
    hook, before = living(hook_id), request.args.get("before")
    state = request.args.get("state", "")
    state = state if state in set(DeliveryState) else ""
    wanted = LogFilter(hook=hook.id, state=state)
    found = list_deliveries(actor().account_id, wanted, before, SHOWN)
    return page(
        "hooks/deliveries.html",
        nav="hooks",
        tab="deliveries",
        hook=view_of(hook),
        deliveries=delivery_views(found.items, actor().account_id, veil()),
        state=state,
        older=found.next,
        before=before,
    )
