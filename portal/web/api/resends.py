"""Resending many deliveries through the API."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, Response

from portal.domain.envelope import moment_text
from portal.domain.resends import choice_members, read_choice, read_kept
from portal.domain.scopes import Scope
from portal.models import Resend
from portal.pipeline import resends as verbs
from portal.queries.sight import filter_seen
from portal.web.access import actor, reach
from portal.web.api.bodies import json_body
from portal.web.api.reasons import reason_given
from portal.web.api.shapes import answer
from portal.web.log_filters import choice_with_names
from portal.web.programs import needs
from portal.web.seeing import masks

bp = Blueprint("api_resends", __name__)


@bp.post("/deliveries/resend")
@needs(Scope.RESEND)
def post_resends() -> Response:
    """Send everything again that a filter, or a list of ids, means."""
    resend = verbs.start(
        choice_with_names(read_choice(json_body())), actor(), reason=reason_given()
    )
    return answer(resend_json(resend), 202)


@bp.get("/resends/<resend_id>")
@needs(Scope.READ)
def get_resend(resend_id: str) -> Response:
    """One resend: how far it is."""
    return answer(resend_json(reach(Resend, resend_id)))


@bp.post("/resends/<resend_id>/pause")
@needs(Scope.RESEND)
def post_pause(resend_id: str) -> Response:
    """Let nothing more go for now."""
    return answer(resend_json(verbs.pause(reach(Resend, resend_id).id, actor())))


@bp.post("/resends/<resend_id>/resume")
@needs(Scope.RESEND)
def post_resume(resend_id: str) -> Response:
    """Go on after a pause or a stop."""
    return answer(resend_json(verbs.resume(reach(Resend, resend_id).id, actor())))


@bp.post("/resends/<resend_id>/cancel")
@needs(Scope.RESEND)
def post_cancel(resend_id: str) -> Response:
    """Let nothing more go, for good."""
    return answer(resend_json(verbs.cancel(reach(Resend, resend_id).id, actor())))


def resend_json(resend: Resend) -> dict[str, Any]:
    """A resend; ``left`` counts those in the air too, ``off`` those of hooks that were off."""
    finished_at, choice = resend.finished_at, read_kept(resend.choice)
    seen = replace(choice, wanted=filter_seen(choice.wanted, masks()))
    return {
        "id": resend.id,
        "state": resend.state,
        "count": resend.count,
        "sent": resend.sent,
        "failed": resend.failed,
        "left": resend.left,
        "off": resend.off_count,
        "reason": resend.reason,
        "asked_by": resend.asked_by,
        **choice_members(seen),
        "created_at": moment_text(resend.created_at),
        "finished_at": moment_text(finished_at) if finished_at else None,
    }
