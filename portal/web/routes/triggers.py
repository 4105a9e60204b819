"""المشغّلات: the triggers of the account."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, abort, flash, request
from flask.typing import ResponseReturnValue

from portal.domain.call_filter import CallFilter
from portal.domain.calls import Verdict
from portal.domain.permissions import Permission
from portal.domain.problems import Refused
from portal.domain.triggers.draft import TriggerDraft
from portal.models import Trigger
from portal.pipeline import preview
from portal.pipeline import triggers as verbs
from portal.queries.calls import list_calls, list_calls_in_full
from portal.queries.drift import drift_of
from portal.queries.hooks import event_labels, event_types
from portal.queries.rows import NotFound
from portal.queries.triggers import configurations_of, last_calls, list_triggers
from portal.web.access import actor, allowed, may, reach
from portal.web.announcements import Notice
from portal.web.curl import curl_example, with_credentials
from portal.web.forms.reason import ReasonForm
from portal.web.forms.trigger import TriggerForm
from portal.web.forms.trigger_rules import place_of_own
from portal.web.forms.trigger_samples import examples, redraw
from portal.web.htmx import block, go, in_place_of, nothing, page, part, wants_part
from portal.web.rule_views import rows_of
from portal.web.seeing import masks, preview_seen, veil
from portal.web.trigger_words import choices

bp = Blueprint("triggers", __name__, url_prefix="/triggers")

SHOWN, LATEST = 50, 10
SAVE, PREVIEW = "save", "preview"
_ACCEPTED = CallFilter(verdict=Verdict.ACCEPTED)


@bp.get("")
def index() -> ResponseReturnValue:
    """Every trigger of the account, newest first."""
    q = request.args.get("q", "")
    found = list_triggers(actor().account_id, q, request.args.get("cursor"), SHOWN)
    return page(
        "triggers/index.html",
        "triggers_list",
        nav="triggers",
        rows=_rows(found.items),
        next=found.next,
        q=q,
    )


@bp.route("/new", methods=["GET", "POST"])
@allowed(Permission.CHANGE_TRIGGERS)
def create() -> ResponseReturnValue:
    """Make a trigger; the page that follows shows its address."""
    form, base = TriggerForm(), TriggerDraft()
    if not form.is_submitted():
        return _form(form, None, base)
    if (pressed := request.form.get("action", SAVE)) != SAVE:
        return _redrawn(form, None, base, pressed)
    try:
        trigger = verbs.create_trigger(form.draft(base), actor())
    except Refused as refused:
        form.attach(refused.problems)
        return _form(form, None, base, 422)
    flash(Notice.TRIGGER_CREATED)
    return go("triggers.show", trigger_id=trigger.id)


@bp.get("/<trigger_id>")
def show(trigger_id: str) -> ResponseReturnValue:
    """One trigger: its address, its facts and its latest calls. A page that waits for the first
    call asks for the block of calls alone."""
    trigger, wanted = living(trigger_id), CallFilter()
    calls = list_calls(trigger_id, wanted, None, LATEST, masks())
    if wants_part() and not calls.items:
        return nothing()
    draft, url = verbs.draft_of(trigger), _url(trigger)
    return page(
        "triggers/show.html",
        "trigger_calls",
        nav="triggers",
        trigger=trigger,
        configuration=draft.configuration,
        secrets=draft.secrets,
        url=url,
        url_with_credentials=with_credentials(url) if url else None,
        curl=curl_example(url, draft.configuration) if url else None,
        drift=drift_of(trigger, masks()),
        calls=calls,
        wanted=wanted,
        rule_rows=rows_of(draft.configuration, event_labels(trigger.account_id)),
        may_change=may(Permission.CHANGE_TRIGGERS),
    )


@bp.route("/<trigger_id>/edit", methods=["GET", "POST"])
@allowed(Permission.CHANGE_TRIGGERS)
def edit(trigger_id: str) -> ResponseReturnValue:
    """Change a trigger."""
    trigger = living(trigger_id)
    base = verbs.draft_of(trigger)
    form = TriggerForm() if request.method == "POST" else TriggerForm.of(base)
    if not form.is_submitted():
        return _form(form, trigger, base)
    if (pressed := request.form.get("action", SAVE)) not in (SAVE, PREVIEW):
        return _redrawn(form, trigger, base, pressed)
    try:
        if pressed == PREVIEW:
            return _previewed(form, trigger, base)
        verbs.change_trigger(trigger_id, form.draft, actor())
    except Refused as refused:
        form.attach(refused.problems)
        return in_place_of("#trigger-form", _form(form, living(trigger_id), base, 422))
    flash(Notice.TRIGGER_SAVED)
    return go("triggers.show", trigger_id=trigger_id)


@bp.post("/<trigger_id>/switch")
@allowed(Permission.CHANGE_TRIGGERS)
def switch(trigger_id: str) -> ResponseReturnValue:
    """Switch a trigger on or off, in place where htmx asks."""
    trigger, enabled = living(trigger_id), request.form.get("enabled")
    if enabled not in ("0", "1"):
        abort(400)
    trigger = verbs.switch_trigger(trigger.id, enabled == "1", actor())
    if wants_part():
        [row] = _rows([trigger])
        return part("triggers/_row.html", row=row, changed=True)
    flash(Notice.TRIGGER_ON if trigger.enabled else Notice.TRIGGER_OFF)
    if request.form.get("from") == "show":
        return go("triggers.show", trigger_id=trigger_id)
    return go("triggers.index")


@bp.get("/<trigger_id>/address")
@allowed(Permission.CHANGE_TRIGGERS)
def confirm_address(trigger_id: str) -> ResponseReturnValue:
    """Ask before the address is replaced: the old one stops at once."""
    trigger = living(trigger_id)
    return page("triggers/address.html", "replace_address", nav="triggers", trigger=trigger)


@bp.post("/<trigger_id>/address")
@allowed(Permission.CHANGE_TRIGGERS)
def address(trigger_id: str) -> ResponseReturnValue:
    """Replace the address of a trigger."""
    verbs.replace_token(living(trigger_id).id, actor())
    flash(Notice.TRIGGER_ADDRESS_REPLACED)
    return go("triggers.show", trigger_id=trigger_id)


@bp.route("/<trigger_id>/delete", methods=["GET", "POST"])
@allowed(Permission.CHANGE_TRIGGERS)
def delete(trigger_id: str) -> ResponseReturnValue:
    """Ask why a trigger is to go, and say what stays; then delete it."""
    trigger, form = living(trigger_id), ReasonForm()
    if not form.is_submitted():
        return _ask_delete(trigger, form)
    try:
        verbs.delete_trigger(trigger.id, actor(), form.given())
    except Refused as refused:
        form.attach(refused.problems)
        return _ask_delete(trigger, form, 422)
    flash(Notice.TRIGGER_DELETED)
    return go("triggers.index")


def _ask_delete(trigger: Trigger, form: ReasonForm, status: int = 200) -> ResponseReturnValue:
    asked = {"trigger": trigger, "form": form, "nav": "triggers"}
    return page("triggers/delete.html", "delete_trigger", status=status, **asked)


def living(trigger_id: str) -> Trigger:
    """The trigger of that id, if it is the account's and was not deleted; 404 otherwise."""
    trigger = reach(Trigger, trigger_id)
    if trigger.deleted_at is not None:
        raise NotFound(trigger_id)
    return trigger


def _url(trigger: Trigger) -> str | None:  # whoever knows the address may call it
    return verbs.url_of(trigger) if may(Permission.SEE_SECRETS) else None


def _rows(triggers: Sequence[Trigger]) -> list[dict[str, Any]]:
    configurations, last = configurations_of(triggers), last_calls(triggers)
    return [
        {
            "trigger": one,
            "mode": configurations[one.id]["mode"],
            "auth": configurations[one.id]["auth"],
            "last": last.get(one.id),
            "url": _url(one),
        }
        for one in triggers
    ]


def _redrawn(
    form: TriggerForm, trigger: Trigger | None, base: TriggerDraft, pressed: str
) -> ResponseReturnValue:
    """The form after a button that saves nothing; its tables alone where htmx asks."""
    redraw(form, pressed, lambda: _latest(trigger), veil())
    if wants_part():
        return block("triggers/form.html", "variables", **_context(form, trigger, base))
    return _form(form, trigger, base, opened="variables")


def _previewed(form: TriggerForm, trigger: Trigger, base: TriggerDraft) -> ResponseReturnValue:
    """The form with what the change would do; that alone where htmx asks, so that passwords that
    were typed stay."""
    seen = preview_seen(preview.differences(trigger, form.draft(base), actor()))
    context = _context(form, trigger, base) | {"preview": seen, "preview_shown": SHOWN}
    return page("triggers/form.html", "preview", opened="", **context)


def _latest(trigger: Trigger | None) -> Any:
    return list_calls_in_full(trigger.id, None, 1).items if trigger else ()


def _form(
    form: TriggerForm,
    trigger: Trigger | None,
    base: TriggerDraft,
    status: int = 200,
    opened: str = "",
) -> ResponseReturnValue:
    context = _context(form, trigger, base)
    opened = opened or request.args.get("open", "")
    return page("triggers/form.html", "trigger_form", status=status, opened=opened, **context)


def _context(form: TriggerForm, trigger: Trigger | None, base: TriggerDraft) -> dict[str, Any]:
    rules = base.configuration["rules"]
    return {
        "nav": "triggers",
        "form": form,
        "trigger": trigger,
        "saved": base,
        "has_calls": bool(trigger and list_calls(trigger.id, _ACCEPTED, None, 1).items),
        "examples": examples(form),
        "event_types": event_types(actor().account_id),
        "other_rules": len(rules) - (place_of_own(base.configuration) is not None),
        **choices(),
    }
