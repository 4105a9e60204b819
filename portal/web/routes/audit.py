"""سجل التدقيق: who did what, when, from where, to what, and why."""

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from portal.domain.audit import Action
from portal.domain.audit_filter import NAMES, AuditFilter, audit_members, read_audit_filter
from portal.domain.permissions import Permission
from portal.domain.problems import Refused
from portal.pipeline.audit import note_alone
from portal.queries.audit import actors_of, audit_page, still_there
from portal.web import audit_export
from portal.web.access import actor, allowed
from portal.web.audit_terms import SUBJECTS
from portal.web.htmx import page
from portal.web.local_moments import with_offset

bp = Blueprint("audit", __name__, url_prefix="/settings/audit")


@bp.get("")
@allowed(Permission.SEE_AUDIT)
def index() -> ResponseReturnValue:
    """What is on record in the account, narrowed as the address says."""
    wanted, account_id = _wanted(), actor().account_id
    found = audit_page(account_id, wanted, request.args.get("cursor"))
    return page(
        "audit/index.html",
        "entries",
        nav="audit",
        entries=found.items,
        next=found.next,
        wanted=wanted,
        members=audit_members(wanted),
        living=still_there(entry.target_id for entry in found.items),
        actors=actors_of(account_id),
        subjects=SUBJECTS,
    )


@bp.get("/export.csv")
@allowed(Permission.SEE_AUDIT)
def export_csv() -> Response:
    """All that the filter means, as a table for a spreadsheet."""
    return audit_export.csv_file(actor().account_id, _noted())


@bp.get("/export.ndjson")
@allowed(Permission.SEE_AUDIT)
def export_ndjson() -> Response:
    """All that the filter means, one JSON object a line, for a program."""
    return audit_export.ndjson_file(actor().account_id, _noted())


def _noted() -> AuditFilter:
    wanted = _wanted()
    note_alone(actor(), Action.AUDIT_EXPORTED, after=audit_members(wanted))
    return wanted


def _wanted() -> AuditFilter:
    members = {name: request.args.get(name, "") for name in NAMES}
    members |= {name: with_offset(members[name]) for name in ("since", "until")}
    try:
        return read_audit_filter(members)
    except Refused as refused:
        wrong = {problem.field for problem in refused.problems}
        return read_audit_filter({k: v for k, v in members.items() if k not in wrong})
