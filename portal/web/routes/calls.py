"""سجل الاستدعاءات: what came to a trigger, what became of it and why, and running it again."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, flash, request
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Permission
from portal.domain.problems import Conflict, Refused
from portal.domain.reasons import MANY
from portal.extensions import settings
from portal.models import Call, Trigger
from portal.pipeline.replay import (
    CURRENT,
    MOST_AT_ONCE,
    VERSIONS,
    rehearse_call,
    replay,
    replay_all,
)
from portal.pipeline.triggers import draft_of
from portal.queries.call_views import CallView, call_view
from portal.queries.calls import count_newer_calls, list_calls, matching_ids, read_call
from portal.queries.hooks import event_labels
from portal.web import call_filters, call_words, condition_words
from portal.web.access import actor, allowed, may, reach
from portal.web.call_rehearsals import rehearsed
from portal.web.call_steps import steps_of
from portal.web.forms.reason import ReasonForm
from portal.web.htmx import block, go, nothing, page, wants_part
from portal.web.local_moments import local_text
from portal.web.messages import message
from portal.web.seeing import decision_seen, masks
from portal.web.text import count

bp = Blueprint("calls", __name__)

SHOWN = 50
# Calls are narrowed by a reason as well: the one why they were turned away.
WHY = "why-"
# A table of more rows would not be read; those whose answer would change stand first.
SHOWN_REHEARSALS = 100

for _name in ("tone", "reason_line", "explain_reason", "causes", "run_error", "summary"):
    bp.add_app_template_filter(getattr(call_words, _name), f"call_{_name}")
bp.add_app_template_filter(call_words.json_text, "json_text")
bp.add_app_template_filter(call_words.body_text, "body_text")
bp.add_app_template_filter(call_filters.members_of, "call_members")
bp.add_app_template_filter(local_text, "local_text")


@bp.app_context_processor
def _words() -> dict[str, Any]:
    # The list stands in pages of others too.
    return {"call_words": call_words, "condition_words": condition_words}


@bp.get("/triggers/<trigger_id>/calls")
def index(trigger_id: str) -> ResponseReturnValue:
    """The calls of a trigger, newest first; those of a deleted one too."""
    trigger = reach(Trigger, trigger_id)
    wanted, before = call_filters.wanted_in(request.args), request.args.get("before")
    return page(
        "calls/index.html",
        "calls_list",
        nav="triggers",
        trigger=trigger,
        calls=list_calls(trigger.id, wanted, before, SHOWN, masks()),
        wanted=wanted,
        before=before,
        retention_days=settings().keep_calls_days,
    )


@bp.get("/triggers/<trigger_id>/calls/fresh")
def fresh(trigger_id: str) -> ResponseReturnValue:
    """How many calls came since the list was shown; nothing while there are none."""
    trigger, after = reach(Trigger, trigger_id), request.args.get("after", "")
    wanted = call_filters.wanted_in(request.args)
    number = count_newer_calls(trigger.id, wanted, after, masks())
    if not number:
        return nothing()
    return block(
        "calls/index.html", "fresh", trigger=trigger, fresh=number, newest=after, wanted=wanted
    )


@bp.get("/calls/<call_id>")
def show(call_id: str) -> ResponseReturnValue:
    """One call and why it went as it did; nothing for a reader who has seen this very state."""
    reach(Call, call_id)
    call = read_call(call_id)
    if wants_part() and request.args.get("seen") == seen(call):
        return nothing()
    return page("calls/show.html", "call_part", **_shown(call_view(call, masks())))


@bp.get("/calls/<call_id>/rehearsal")
def rehearsal(call_id: str) -> ResponseReturnValue:
    """What the call would come to now, with no effect."""
    reach(Call, call_id)
    call = read_call(call_id)
    try:
        came_to = decision_seen(rehearse_call(call, _version(request.args)), call)
        refusal = ""
    except Conflict as conflict:
        came_to, refusal = None, message(conflict.code)
    return page(
        "calls/show.html",
        "rehearsal",
        rehearsal=came_to,
        refusal=refusal,
        rehearsed_under=_version(request.args),
        **_shown(call_view(call, masks())),
    )


@bp.post("/calls/<call_id>/replay")
@allowed(Permission.RESEND)
def run_again(call_id: str) -> ResponseReturnValue:
    """Run a call once more, for real; then the page of the call that stands for it."""
    reach(Call, call_id)
    try:
        made = replay(read_call(call_id), actor(), _version(request.form))
    except Conflict as conflict:
        flash(message(conflict.code), "error")
        return go("calls.show", call_id=call_id)
    flash(call_words.REPLAYED)
    return go("calls.show", call_id=made)


@bp.get("/triggers/<trigger_id>/calls/replay")
@allowed(Permission.RESEND)
def ask(trigger_id: str) -> ResponseReturnValue:
    """Say how many calls a filter comes to, and ask; with ``rehearse``, what they would come to."""
    form = ReasonForm(formdata=None, prefix=WHY)
    return _ask(reach(Trigger, trigger_id), request.args, form)


def _ask(
    trigger: Trigger, fields: Mapping[str, str], form: ReasonForm, status: int = 200
) -> ResponseReturnValue:
    wanted, chosen = call_filters.wanted_in(fields), _version(fields)
    ids = matching_ids(trigger.id, wanted, MOST_AT_ONCE, masks())
    return page(
        "calls/replay.html",
        status=status,
        nav="triggers",
        trigger=trigger,
        form=form,
        wanted=wanted,
        total=len(ids),
        upto=ids[-1] if ids else "",
        most=MOST_AT_ONCE,
        many=MANY,
        shown=SHOWN_REHEARSALS,
        is_sync=draft_of(trigger).configuration["mode"] == "sync",
        chosen=chosen,
        rehearsals=rehearsed(ids, chosen) if "rehearse" in fields else None,
    )


@bp.post("/triggers/<trigger_id>/calls/replay")
@allowed(Permission.RESEND)
def run_all_again(trigger_id: str) -> ResponseReturnValue:
    """Run the calls that were agreed to once more; what came later is left alone."""
    trigger = reach(Trigger, trigger_id)
    wanted = call_filters.wanted_in(request.form)
    upto = request.form.get("upto", "")
    found = matching_ids(trigger.id, wanted, MOST_AT_ONCE, masks())
    ids = [one for one in found if one <= upto]
    version, form = _version(request.form), ReasonForm(prefix=WHY)
    reason = form.reason.data or ""
    try:
        number = replay_all(ids, actor(), version, reason, must_say_why=True)
        flash(call_words.ALL_REPLAYED.format(count(number, "call")))
    except Refused as refused:
        form.attach(refused.problems)
        return _ask(trigger, request.form, form, 422)
    except Conflict as conflict:
        flash(message(conflict.code), "error")
    return go("calls.index", trigger_id=trigger.id)


def _version(fields: Mapping[str, str]) -> str:
    """Under which version calls are run again, as a form or an address says."""
    chosen = fields.get("version", CURRENT)
    if chosen not in VERSIONS:
        abort(400)
    return chosen


def seen(call: Call) -> str:
    """What tells one state of a call's page from the next."""
    return f"{call.run_state}-{call.attempt_count}"


def _shown(view: CallView) -> dict[str, Any]:
    return {
        "nav": "triggers",
        "view": view,
        "call": view.call,
        "steps": steps_of(view),
        "seen": seen(view.call),
        "event_labels": event_labels(view.call.account_id) if view.published else {},
        "may_replay": view.may_replay and may(Permission.RESEND),
    }
