"""Policies and event types through the API."""

from flask import Blueprint, Response

from portal.domain.event_types import EventTypeDraft, read_event_type
from portal.domain.policies import PolicyDraft, read_policy
from portal.domain.problems import Problem, Refused
from portal.domain.scopes import Scope
from portal.models import Policy
from portal.pipeline import catalogue as verbs
from portal.queries.hooks import event_types, find_event_type, policies
from portal.queries.rows import NotFound
from portal.web.access import actor
from portal.web.api.bodies import json_body
from portal.web.api.reasons import reason_given
from portal.web.api.shapes import answer, event_type_json, policy_json
from portal.web.programs import needs

bp = Blueprint("api_catalogue", __name__)


@bp.get("/policies")
@needs(Scope.READ)
def get_policies() -> Response:
    """Every policy that a hook may have."""
    shown = [policy_json(policy) for policy in policies(actor().account_id)]
    return answer({"items": shown, "next": None})


@bp.post("/policies")
@needs(Scope.CATALOGUE)
def post_policy() -> Response:
    """Add a policy; only its name is needed."""
    policy = verbs.create_policy(read_policy(json_body(), PolicyDraft()), actor())
    return answer(policy_json(policy), 201)


@bp.get("/policies/<slug>")
@needs(Scope.READ)
def get_policy(slug: str) -> Response:
    """One policy."""
    return answer(policy_json(_policy(slug)))


@bp.patch("/policies/<slug>")
@needs(Scope.CATALOGUE)
def patch_policy(slug: str) -> Response:
    """Change one of the account's own policies."""
    policy = _policy(slug)
    draft = read_policy(json_body(), verbs.policy_draft(policy))
    if draft.slug != slug:
        raise Refused(Problem("/slug", "cannot_change"))
    return answer(policy_json(verbs.edit_policy(slug, draft, actor())))


@bp.delete("/policies/<slug>")
@needs(Scope.CATALOGUE)
def remove_policy(slug: str) -> Response:
    """Delete one of the account's own policies; 409 while a hook has it."""
    verbs.delete_policy(slug, actor(), reason_given())
    return Response(status=204)


@bp.get("/event-types")
@needs(Scope.READ)
def get_event_types() -> Response:
    """Every event type that may be published."""
    shown = [event_type_json(kind) for kind in event_types(actor().account_id)]
    return answer({"items": shown, "next": None})


@bp.post("/event-types")
@needs(Scope.CATALOGUE)
def post_event_type() -> Response:
    """Add an event type."""
    draft = read_event_type(json_body(), EventTypeDraft())
    return answer(event_type_json(verbs.create_event_type(draft, actor())), 201)


@bp.get("/event-types/<key>")
@needs(Scope.READ)
def get_event_type(key: str) -> Response:
    """One event type."""
    return answer(event_type_json(find_event_type(actor().account_id, key)))


@bp.patch("/event-types/<key>")
@needs(Scope.CATALOGUE)
def patch_event_type(key: str) -> Response:
    """Change one of the account's own event types."""
    kind = find_event_type(actor().account_id, key)
    draft = read_event_type(json_body(), verbs.event_type_draft(kind))
    if draft.key != key:
        raise Refused(Problem("/key", "cannot_change"))
    return answer(event_type_json(verbs.edit_event_type(key, draft, actor())))


@bp.delete("/event-types/<key>")
@needs(Scope.CATALOGUE)
def remove_event_type(key: str) -> Response:
    """Delete one of the account's own event types; 409 while a hook subscribes to it."""
    verbs.delete_event_type(key, actor(), reason_given())
    return Response(status=204)


def _policy(slug: str) -> Policy:
    for policy in policies(actor().account_id):
        if policy.slug == slug:
            return policy
    raise NotFound(slug)
