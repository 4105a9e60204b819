"""The first page: the last day at a glance."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal.models import now
from portal.queries.overview import look_around
from portal.web.access import actor
from portal.web.htmx import page

bp = Blueprint("overview", __name__)


@bp.get("/")
def index() -> ResponseReturnValue:
    """What reached the customer's systems in the last 24 hours, and what did not."""
    seen = look_around(actor().account_id, now())
    return page("overview/index.html", nav="overview", **seen.__dict__)
