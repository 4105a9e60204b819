"""The first page: how things stand at a glance."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from portal.domain.periods import period_of
from portal.models import now
from portal.queries.overview import look_around
from portal.web.access import actor
from portal.web.charts import draw
from portal.web.htmx import page
from portal.web.moments import zone

bp = Blueprint("overview", __name__)


@bp.get("/")
def index() -> ResponseReturnValue:
    """What reached the customer's systems in a day or a week, what did not and why, what waits."""
    period = period_of(request.args.get("period", ""))
    seen = look_around(actor().account_id, period, now(), zone())
    chart = draw(seen.bars, period)
    return page("overview/index.html", "overview", nav="overview", seen=seen, chart=chart)
