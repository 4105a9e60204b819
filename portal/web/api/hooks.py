"""Hooks through the API."""

from flask import Blueprint, Response, request

from portal.domain.examples import read_example
from portal.domain.fields import Fields
from portal.domain.hooks import HookDraft, read_hook
from portal.domain.problems import Problem, Refused
from portal.domain.scopes import Scope
from portal.models import Hook
from portal.pipeline.example import send_example
from portal.pipeline.hooks import create_hook, delete_hook, draft_of, edit_hook, secret_of
from portal.pipeline.secrets import MAX_OVERLAP_HOURS, OVERLAP_HOURS, rotate_secret
from portal.queries.bodies import sent_body
from portal.queries.deliveries import attempts_of, read_delivery
from portal.queries.hooks import list_hooks
from portal.queries.rows import NotFound
from portal.web.access import actor, reach
from portal.web.api.bodies import cursor, given_text, json_body, limit
from portal.web.api.reasons import reason_given
from portal.web.api.shapes import answer, attempt_json, hook_json
from portal.web.programs import needs
from portal.web.seeing import veil

bp = Blueprint("api_hooks", __name__)


@bp.get("/hooks")
@needs(Scope.READ)
def get_hooks() -> Response:
    """The living hooks, newest first."""
    found = list_hooks(actor().account_id, request.args.get("q", ""), cursor(), limit())
    return answer({"items": [hook_json(hook) for hook in found.items], "next": found.next})


@bp.post("/hooks")
@needs(Scope.HOOKS)
def post_hook() -> Response:
    """Make a hook; the answer alone holds its secret."""
    made = create_hook(read_hook(json_body(), HookDraft()), actor())
    return answer(hook_json(made.hook, made.secret), 201)


@bp.get("/hooks/<hook_id>")
@needs(Scope.READ)
def get_hook(hook_id: str) -> Response:
    """One hook."""
    return answer(hook_json(_living(hook_id)))


@bp.patch("/hooks/<hook_id>")
@needs(Scope.HOOKS)
def patch_hook(hook_id: str) -> Response:
    """Change what the body names and leave the rest."""
    hook = _living(hook_id)
    value = json_body()
    base = draft_of(hook)
    draft = read_hook(value, base)
    held = value.get("held", "send")
    if held not in ("send", "skip"):
        raise Refused(Problem("/held", "unknown_choice", {"choices": "send، skip"}))
    hook = edit_hook(hook.id, draft, actor(), held, reason=reason_given())
    # Another way of signing takes another secret, and this answer is the one that made it.
    is_new = draft.signature != base.signature and draft.secret is None
    return answer(hook_json(hook, secret_of(hook) if is_new else None))


@bp.delete("/hooks/<hook_id>")
@needs(Scope.HOOKS)
def remove_hook(hook_id: str) -> Response:
    """Delete a hook: its secrets go, what is unfinished is cancelled, its log stays."""
    delete_hook(_living(hook_id).id, actor(), reason_given())
    return Response(status=204)


@bp.post("/hooks/<hook_id>/secret/rotate")
@needs(Scope.HOOKS)
def rotate(hook_id: str) -> Response:
    """Give a hook a new secret; the old ones stay alive for some hours."""
    hook = _living(hook_id)
    fields = Fields(json_body() if request.mimetype else {})
    hours = fields.integer("overlap_hours", OVERLAP_HOURS, 0, MAX_OVERLAP_HOURS)
    fields.done()
    secret = rotate_secret(hook.id, hours, actor=actor())
    return answer(hook_json(_living(hook_id), secret))


@bp.post("/hooks/<hook_id>/test")
@needs(Scope.HOOKS)
def test(hook_id: str) -> Response:
    """Send an example event to a hook at once, and answer with the attempt."""
    delivery = read_delivery(send_example(_living(hook_id).id, actor(), read_example(given_text())))
    attempt, seen = attempts_of(delivery.id)[0], veil(delivery.hook)
    return answer(attempt_json(attempt, sent_body(attempt, delivery.event, seen), seen))


def _living(hook_id: str) -> Hook:
    hook = reach(Hook, hook_id)
    if hook.deleted_at is not None:
        raise NotFound(hook_id)
    return hook
