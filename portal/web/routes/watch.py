"""المراقبة: the endpoints of an account, and what was last seen of each."""

from flask import Blueprint, flash, request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Permission
from portal.domain.storable import storable
from portal.models import now
from portal.pipeline.watch import look_now
from portal.queries.watch import list_endpoints
from portal.web.access import actor, allowed, may
from portal.web.announcements import Notice
from portal.web.htmx import go, go_to, page
from portal.web.routes.hooks import living

bp = Blueprint("watch", __name__, url_prefix="/watch")


@bp.get("")
def index() -> ResponseReturnValue:
    """Every endpoint that is watched, or those alone that need somebody."""
    in_need = request.args.get("state") == "attention"
    cursor = storable(request.args.get("cursor", ""))
    found = list_endpoints(actor().account_id, now(), in_need, cursor)
    return page(
        "watch/index.html",
        "endpoints",
        nav="notices",
        endpoints=found.items,
        next=found.next,
        cursor=cursor,
        in_need=in_need,
        may_check=may(Permission.RESEND),
    )


@bp.post("/<hook_id>/check")
@allowed(Permission.RESEND)
def check(hook_id: str) -> ResponseReturnValue:
    """Look at the endpoint of a hook now; its owner is not sent anything."""
    looked = look_now(living(hook_id))
    flash(Notice.ENDPOINT_CHECKED if looked else Notice.ENDPOINT_CHECKED_BEFORE)
    if request.form.get("from") == "hook":
        return go_to(url_for("hooks.show", hook_id=hook_id, _anchor="watch"))
    return go("watch.index", state=request.form.get("state") or None)
