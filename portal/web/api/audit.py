"""The audit log, for programs that keep one of their own."""

from flask import Blueprint, Response, request

from portal.domain.audit_filter import NAMES, read_audit_filter
from portal.domain.scopes import Scope
from portal.queries.audit import audit_page
from portal.web.access import actor
from portal.web.api.bodies import cursor, limit
from portal.web.api.shapes import answer
from portal.web.audit_export import entry_json
from portal.web.programs import needs

bp = Blueprint("api_audit", __name__)


@bp.get("/audit")
@needs(Scope.AUDIT)
def get_audit() -> Response:
    """What is on record in the account, the newest first."""
    wanted = read_audit_filter({name: request.args.get(name, "") for name in NAMES})
    page = audit_page(actor().account_id, wanted, cursor(), limit())
    return answer({"items": [entry_json(entry) for entry in page.items], "next": page.next})
