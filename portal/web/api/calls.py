"""The log of calls through the API."""

from typing import Any

from flask import Blueprint, Response, request

from portal.domain.call_filter import CALL_FILTER_NAMES, CallFilter, read_call_filter
from portal.domain.fields import Fields
from portal.domain.scopes import Scope
from portal.models import Call, Trigger
from portal.pipeline.replay import (
    CURRENT,
    MOST_AT_ONCE,
    VERSIONS,
    rehearse_call,
    replay,
    replay_all,
)
from portal.queries.call_views import veil_over
from portal.queries.calls import list_calls, matching_ids, read_call, with_variables
from portal.web.access import actor, reach
from portal.web.api.bodies import cursor, json_body, limit
from portal.web.api.call_shapes import call_json, rehearsal_json, whole_call_json
from portal.web.api.reasons import reason_given
from portal.web.api.shapes import answer
from portal.web.programs import needs
from portal.web.seeing import decision_seen, masks, veil

bp = Blueprint("api_calls", __name__)


@bp.get("/triggers/<trigger_id>/calls")
@needs(Scope.READ)
def get_calls(trigger_id: str) -> Response:
    """The calls of a trigger, newest first; those of a deleted one too."""
    trigger = reach(Trigger, trigger_id)
    wanted = read_call_filter(request.args)
    found = list_calls(trigger.id, wanted, cursor(), limit(), masks())
    variables = with_variables(found.items)
    items = [call_json(call, variables[call.id], veil()) for call in found.items]
    return answer({"items": items, "next": found.next})


@bp.get("/calls/<call_id>")
@needs(Scope.READ)
def get_call(call_id: str) -> Response:
    """One call: what came, what was answered, and why."""
    reach(Call, call_id)
    return answer(_whole(read_call(call_id)))


@bp.post("/calls/<call_id>/replay")
@needs(Scope.RESEND)
def post_replay(call_id: str) -> Response:
    """Run a call once more: rehearsed, 200 and what it would come to; for real, 202 and the call
    that stands for it."""
    reach(Call, call_id)
    fields = Fields(json_body() if request.mimetype else {})
    fields.only("rehearse", "version")
    only_rehearse = fields.flag("rehearse", False)
    version = fields.one_of("version", CURRENT, VERSIONS)
    fields.done()
    call = read_call(call_id)
    if only_rehearse:
        return answer(_rehearsed(call, version))
    made = read_call(replay(call, actor(), version))
    return answer(_whole(made), 202)


@bp.post("/triggers/<trigger_id>/replay")
@needs(Scope.RESEND)
def post_replays(trigger_id: str) -> Response:
    """Run the accepted calls that a filter means once more, up to 1000, oldest first."""
    trigger = reach(Trigger, trigger_id)
    fields = Fields(json_body())
    fields.only("filter", "rehearse", "version")
    wanted = fields.inner("filter", CallFilter(), _filter)
    only_rehearse = fields.flag("rehearse", False)
    version = fields.one_of("version", CURRENT, VERSIONS)
    fields.done()
    ids = matching_ids(trigger.id, wanted, MOST_AT_ONCE, masks())
    if not only_rehearse:
        return answer({"count": replay_all(ids, actor(), version, reason_given())}, 202)
    items = [{"call": call_id, **_rehearsed(read_call(call_id), version)} for call_id in ids]
    return answer({"items": items, "count": len(items)})


def _whole(call: Call) -> dict[str, Any]:
    return whole_call_json(call, veil_over(call, masks()))


def _rehearsed(call: Call, version: str) -> dict[str, Any]:
    return rehearsal_json(decision_seen(rehearse_call(call, version), call))


def _filter(value: Any) -> CallFilter:
    # A name that is misspelt would widen what is run.
    fields = Fields(value)
    fields.only(*CALL_FILTER_NAMES)
    fields.done()
    return read_call_filter(value)
