"""Triggers through the API."""

from dataclasses import asdict

from flask import Blueprint, Response, request

from portal.domain.fields import Fields
from portal.domain.paths import MISSING
from portal.domain.scopes import Scope
from portal.domain.triggers.draft import TriggerDraft, read_trigger
from portal.domain.triggers.outside import said_by
from portal.domain.triggers.parsing import parsed
from portal.models import Trigger
from portal.pipeline.plans import current_plan
from portal.pipeline.preview import differences
from portal.pipeline.replay import rehearse
from portal.pipeline.triggers import (
    change_trigger,
    create_trigger,
    delete_trigger,
    draft_of,
    replace_token,
    restore_version,
)
from portal.pipeline.versions import changes_between
from portal.queries.rows import NotFound
from portal.queries.triggers import list_triggers
from portal.queries.versions import find_version, list_versions
from portal.web.access import actor, reach
from portal.web.api.bodies import cursor, json_body, limit
from portal.web.api.call_shapes import (
    preview_json,
    rehearsal_json,
    trigger_json,
    version_json,
    whole_version_json,
)
from portal.web.api.reasons import reason_given
from portal.web.api.shapes import answer
from portal.web.programs import needs
from portal.web.seeing import preview_seen

bp = Blueprint("api_triggers", __name__)


@bp.get("/triggers")
@needs(Scope.READ)
def get_triggers() -> Response:
    """The living triggers, newest first."""
    found = list_triggers(actor().account_id, request.args.get("q", ""), cursor(), limit())
    return answer({"items": [trigger_json(one) for one in found.items], "next": found.next})


@bp.post("/triggers")
@needs(Scope.TRIGGERS)
def post_trigger() -> Response:
    """Make a trigger; its address is in the answer."""
    draft = read_trigger(json_body(), TriggerDraft())
    return answer(trigger_json(create_trigger(draft, actor())), 201)


@bp.get("/triggers/<trigger_id>")
@needs(Scope.READ)
def get_trigger(trigger_id: str) -> Response:
    """One trigger."""
    return answer(trigger_json(living(trigger_id)))


@bp.patch("/triggers/<trigger_id>")
@needs(Scope.TRIGGERS)
def patch_trigger(trigger_id: str) -> Response:
    """Change what the body names and leave the rest; a change makes a new version."""
    trigger, value = living(trigger_id), json_body()
    changed = change_trigger(trigger.id, lambda base: read_trigger(value, base), actor())
    return answer(trigger_json(changed))


@bp.delete("/triggers/<trigger_id>")
@needs(Scope.TRIGGERS)
def remove_trigger(trigger_id: str) -> Response:
    """Delete a trigger: its address leads nowhere, its calls stay on record."""
    delete_trigger(living(trigger_id).id, actor(), reason_given())
    return Response(status=204)


@bp.post("/triggers/<trigger_id>/token/replace")
@needs(Scope.TRIGGERS)
def replace(trigger_id: str) -> Response:
    """Give a trigger a new address; the old one stops at once."""
    return answer(trigger_json(replace_token(living(trigger_id).id, actor())))


@bp.post("/triggers/<trigger_id>/parse")
@needs(Scope.READ)
def parse(trigger_id: str) -> Response:
    """What can be read from a sample of a query and of a body."""
    living(trigger_id)
    fields = Fields(json_body())
    fields.only("query", "body", "by_index")
    query, by_index = fields.optional_text("query"), fields.flag("by_index", False)
    body = fields.anything("body", MISSING)
    fields.done()
    rows = parsed(query or "", body, by_index)
    return answer({part: [asdict(row) for row in found] for part, found in rows.items()})


@bp.post("/triggers/<trigger_id>/try")
@needs(Scope.READ)
def attempt(trigger_id: str) -> Response:
    """What a call would be answered, and why; nothing happens."""
    trigger = living(trigger_id)
    fields = Fields(json_body())
    fields.only("headers", "query", "body", "calls")
    headers = fields.text_map("headers", {})
    query = fields.optional_text("query")
    body = fields.anything("body", MISSING)
    replies = said_by(fields.anything("calls", {}))
    fields.done()
    plan, pairs = current_plan(trigger.id), list(headers.items())
    return answer(rehearsal_json(rehearse(plan, pairs, query or "", body, replies)))


@bp.post("/triggers/<trigger_id>/preview")
@needs(Scope.READ)
def preview(trigger_id: str) -> Response:
    """What a change would decide otherwise over the latest calls; nothing is saved."""
    trigger = living(trigger_id)
    draft = read_trigger(json_body(), draft_of(trigger))
    return answer(preview_json(preview_seen(differences(trigger, draft, actor()))))


@bp.get("/triggers/<trigger_id>/versions")
@needs(Scope.READ)
def get_versions(trigger_id: str) -> Response:
    """Every saved change of a trigger, newest first, and what it changed."""
    trigger, text = living(trigger_id), cursor()
    before = find_version(trigger, text).number if text else None
    found = list_versions(trigger, before, limit())
    items = [
        version_json(version, trigger.version, changes_between(older, version) if older else ())
        for version, older in found.items
    ]
    return answer({"items": items, "next": found.next})


@bp.get("/triggers/<trigger_id>/versions/<number>")
@needs(Scope.READ)
def get_version(trigger_id: str, number: str) -> Response:
    """One version, with its whole configuration."""
    trigger = living(trigger_id)
    version = find_version(trigger, number)
    older = find_version(trigger, version.number - 1) if version.number > 1 else None
    changes = changes_between(older, version) if older else ()
    return answer(whole_version_json(version, trigger.version, changes))


@bp.post("/triggers/<trigger_id>/versions/<number>/restore")
@needs(Scope.TRIGGERS)
def restore(trigger_id: str, number: str) -> Response:
    """Go back to a version, which makes a new one with its configuration."""
    trigger = living(trigger_id)
    version = find_version(trigger, number)
    return answer(trigger_json(restore_version(trigger.id, version.number, actor())))


def living(trigger_id: str) -> Trigger:
    """The trigger of that id, if it is the account's and was not deleted; 404 otherwise."""
    trigger = reach(Trigger, trigger_id)
    if trigger.deleted_at is not None:
        raise NotFound(trigger_id)
    return trigger
