"""التنبيهات: what the portal has told an account of its hooks and endpoints."""

from flask import Blueprint, flash, request
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Permission
from portal.domain.storable import storable
from portal.models import Notice
from portal.pipeline import notices as verbs
from portal.queries.notices import list_notices, views_of
from portal.web.access import actor, allowed, may, reach
from portal.web.announcements import Notice as Said
from portal.web.htmx import go, page, part, wants_part

bp = Blueprint("notices", __name__, url_prefix="/notices")


@bp.get("")
def index() -> ResponseReturnValue:
    """Every notice, or those alone that nobody has seen."""
    unseen = request.args.get("state") == "unseen"
    cursor = storable(request.args.get("cursor", ""))
    found = list_notices(actor().account_id, unseen, cursor)
    return page(
        "notices/index.html",
        "notices",
        nav="notices",
        views=found.items,
        next=found.next,
        cursor=cursor,
        unseen=unseen,
        may_see=may(Permission.CHANGE_HOOKS),
    )


@bp.post("/<notice_id>/seen")
@allowed(Permission.CHANGE_HOOKS)
def see(notice_id: str) -> ResponseReturnValue:
    """Take a notice off everybody's list of what is new."""
    verbs.see(reach(Notice, notice_id), actor())
    if not wants_part():
        return go("notices.index")
    [view] = views_of([reach(Notice, notice_id)])
    return part("notices/_row.html", view=view, may_see=True, changed=True)


@bp.post("/seen")
@allowed(Permission.CHANGE_HOOKS)
def see_all() -> ResponseReturnValue:
    """Take everything that was shown, and is older, off the list of what is new."""
    verbs.see_all(actor(), storable(request.form.get("upto", "")))
    flash(Said.NOTICES_SEEN)
    return go("notices.index")
