"""الإعدادات ← Webhooks: the hooks of the account."""

from dataclasses import replace
from itertools import groupby
from typing import Any

from flask import Blueprint, Response, abort, flash, request
from flask.typing import ResponseReturnValue

from portal.domain.hooks import HookDraft, copies_of, tail_of
from portal.domain.log_filter import LogFilter
from portal.domain.periods import period_of
from portal.domain.permissions import Permission
from portal.domain.problems import Refused
from portal.models import Hook, now
from portal.pipeline import hooks as verbs
from portal.pipeline.holding import held_count
from portal.pipeline.postponing import postpone as put_off
from portal.queries.deliveries import list_deliveries
from portal.queries.delivery_views import delivery_views
from portal.queries.hook_blame import change_behind
from portal.queries.hook_figures import figures_of
from portal.queries.hook_views import view_of, views_of
from portal.queries.hooks import event_types, free_name, list_hooks, policies
from portal.queries.rollups import read_bars, read_causes
from portal.queries.rows import NotFound
from portal.queries.watch import endpoint_of
from portal.web.access import actor, allowed, may, reach
from portal.web.announcements import Notice
from portal.web.charts import draw
from portal.web.forms.hook import HookForm
from portal.web.forms.reason import ReasonForm
from portal.web.hook_words import COPY
from portal.web.htmx import go, in_dialog, page, part, wants_part
from portal.web.moments import zone
from portal.web.once import new_secret_of, will_show_secret
from portal.web.rule_words import filter_sentence
from portal.web.seeing import veil

bp = Blueprint("hooks", __name__, url_prefix="/settings/webhooks")

SHOWN, LATEST = 50, 10


@bp.get("")
def index() -> ResponseReturnValue:
    """Every hook of the account, newest first."""
    q = request.args.get("q", "")
    found = list_hooks(actor().account_id, q, request.args.get("cursor"), SHOWN)
    return page(
        "hooks/index.html",
        "hooks_list",
        nav="hooks",
        hooks=views_of(found.items, actor().account_id, counts_undelivered=False),
        next=found.next,
        q=q,
    )


@bp.route("/new", methods=["GET", "POST"])
@allowed(Permission.CHANGE_HOOKS)
def create() -> ResponseReturnValue:
    """Make a hook, from nothing or like the one that ``copy`` names; its secret is shown once, on
    the page that follows."""
    copied = living(request.args["copy"]) if request.args.get("copy") else None
    base = _copy_of(copied) if copied else HookDraft()
    form = HookForm() if request.method == "POST" else HookForm.of(base)
    if not form.is_submitted():
        form.url.data = request.args.get("url", form.url.data)
        return _new(form, copied)
    try:
        made = verbs.create_hook(form.draft(base), actor())
    except Refused as refused:
        form.attach(refused.problems)
        return _new(form, living(copied.id) if copied else None, 422)
    will_show_secret(made.hook.id)
    flash(Notice.HOOK_CREATED)
    return go("hooks.show", hook_id=made.hook.id)


@bp.get("/<hook_id>")
def show(hook_id: str) -> ResponseReturnValue:
    """One hook: how it is doing, its latest deliveries, its facts."""
    hook, period, moment = living(hook_id), period_of(request.args.get("period", "")), now()
    latest = list_deliveries(hook.account_id, LogFilter(hook=hook_id), None, LATEST)
    bars = read_bars(hook.account_id, period, moment, zone(), hook_id)
    return page(
        "hooks/show.html",
        "hook_chart",
        nav="hooks",
        tab="show",
        hook=view_of(hook),
        figures=figures_of(hook, moment),
        chart=draw(bars, period),
        causes=read_causes(hook.account_id, bars[0].at, moment, hook_id),
        endpoint=endpoint_of(hook, moment),
        change_blame=change_behind(hook),
        may_check=may(Permission.RESEND),
        filter_said=filter_sentence(hook.filter),
        has_filter=hook.filter is not None,
        header_names=list(verbs.headers_of(hook)),
        public_key=verbs.public_key_of(hook),
        secret_hint=tail_of(verbs.secret_of(hook)) if may(Permission.SEE_SECRETS) else None,
        new_secret=new_secret_of(hook),
        deliveries=delivery_views(latest.items, actor().account_id, veil()),
    )


@bp.route("/<hook_id>/edit", methods=["GET", "POST"])
@allowed(Permission.CHANGE_HOOKS)
def edit(hook_id: str) -> ResponseReturnValue:
    """Change a hook."""
    hook = living(hook_id)
    base = verbs.draft_of(hook)
    form = HookForm() if request.method == "POST" else HookForm.of(base)
    if not form.is_submitted():
        return _edit(form, hook)
    draft = form.draft(base)
    # All but the switch is saved: nothing that is held goes out unasked.
    asks = draft.enabled and _must_ask(hook)
    try:
        saved = replace(draft, enabled=False) if asks else draft
        verbs.edit_hook(hook_id, saved, actor(), reason=form.reason.data or "", must_say_why=True)
    except Refused as refused:
        form.attach(refused.problems)
        return _edit(form, living(hook_id), 422)
    is_resigned = draft.signature != base.signature
    if is_resigned:
        will_show_secret(hook_id)
    flash(Notice.HOOK_SAVED_OFF if asks else Notice.HOOK_SAVED)
    after = "hook_security.show" if is_resigned else "hooks.show"
    return go("hooks.confirm_switch" if asks else after, hook_id=hook_id)


@bp.get("/<hook_id>/switch")
@allowed(Permission.CHANGE_HOOKS)
def confirm_switch(hook_id: str) -> ResponseReturnValue:
    """Ask what becomes of the deliveries that were held, before a hook is switched on."""
    return _ask(living(hook_id))


@bp.post("/<hook_id>/switch")
@allowed(Permission.CHANGE_HOOKS)
def switch(hook_id: str) -> ResponseReturnValue:
    """Switch a hook on or off; where its page is older than what is held, ask first."""
    hook, enabled = living(hook_id), request.form.get("enabled")
    if enabled not in ("0", "1"):
        abort(400)
    held = request.form.get("held")
    held = held if held in ("send", "skip") else None
    if enabled == "1" and held is None and _must_ask(hook):
        return (
            in_dialog(_ask(hook)) if wants_part() else go("hooks.confirm_switch", hook_id=hook_id)
        )
    hook = verbs.switch_hook(hook.id, enabled == "1", held or "send", actor=actor())
    if wants_part():
        return part("hooks/_row.html", hook=view_of(hook), changed=True)
    flash(_switched(hook.enabled, held))
    if request.form.get("from") == "show":
        return go("hooks.show", hook_id=hook_id)
    return go("hooks.index")


@bp.post("/<hook_id>/postpone")
@allowed(Permission.CHANGE_HOOKS)
def postpone(hook_id: str) -> ResponseReturnValue:
    """Put off the automatic switch-off of a hook that keeps failing."""
    put_off(living(hook_id).id, actor())
    flash(Notice.HOOK_POSTPONED)
    return go("hooks.show", hook_id=hook_id)


@bp.route("/<hook_id>/delete", methods=["GET", "POST"])
@allowed(Permission.CHANGE_HOOKS)
def delete(hook_id: str) -> ResponseReturnValue:
    """Ask why a hook is to go, and say how many deliveries that cancels; then delete it."""
    hook, form = living(hook_id), ReasonForm()
    if not form.is_submitted():
        return _ask_delete(hook, form)
    try:
        verbs.delete_hook(hook.id, actor(), form.given())
    except Refused as refused:
        form.attach(refused.problems)
        return _ask_delete(hook, form, 422)
    flash(Notice.HOOK_DELETED)
    return go("hooks.index")


def living(hook_id: str) -> Hook:
    """The hook that a page is of; raises :class:`NotFound`, also for one that was deleted."""
    hook = reach(Hook, hook_id)
    if hook.deleted_at is not None:
        raise NotFound(hook_id)
    return hook


def _must_ask(hook: Hook) -> bool:
    return not hook.enabled and held_count(hook.id) > 0


def _ask_delete(hook: Hook, form: ReasonForm, status: int = 200) -> Response:
    unfinished = verbs.unfinished_count(hook.id)
    asked = {"hook": hook, "unfinished": unfinished, "form": form}
    return page("hooks/delete.html", "delete_hook", status=status, nav="hooks", **asked)


def _ask(hook: Hook) -> Response:
    return page(
        "hooks/switch_on.html", "switch_on", nav="hooks", hook=hook, held=held_count(hook.id)
    )


def _copy_of(hook: Hook) -> HookDraft:
    name = free_name(actor().account_id, copies_of(hook.name, COPY))
    return replace(verbs.draft_of(hook), name=name, enabled=False)


def _new(form: HookForm, copied: Hook | None, status: int = 200) -> ResponseReturnValue:
    said = filter_sentence(copied.filter) if copied and copied.filter else None
    return _form("hooks/new.html", form, status, hook=None, copied=copied, filter_said=said)


def _edit(form: HookForm, hook: Hook, status: int = 200) -> ResponseReturnValue:
    about = {"filter_said": filter_sentence(hook.filter), "has_filter": hook.filter is not None}
    return _form("hooks/edit.html", form, status, hook=view_of(hook), tab="settings", **about)


def _form(template: str, form: HookForm, status: int, **context: Any) -> ResponseReturnValue:
    kinds = sorted(event_types(actor().account_id), key=lambda kind: kind.account_id is not None)
    groups = [
        {"name": name or "أنواع أخرى", "types": list(types)}
        for name, types in groupby(kinds, key=lambda kind: kind.group)
    ]
    return page(
        template,
        "hook_form",
        status=status,
        nav="hooks",
        form=form,
        event_groups=groups,
        policies=policies(actor().account_id),
        **context,
    )


def _switched(enabled: bool, held: str | None) -> Notice:
    if not enabled:
        return Notice.HOOK_OFF
    notices = {"send": Notice.HOOK_ON_SENDING, "skip": Notice.HOOK_ON_SKIPPING}
    return notices.get(held or "", Notice.HOOK_ON)
