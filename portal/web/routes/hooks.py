"""الإعدادات ← Webhooks: the hooks of the account."""

from dataclasses import replace
from itertools import groupby
from typing import Any

from flask import Blueprint, Response, abort, flash, request, session
from flask.typing import ResponseReturnValue

from portal.domain.hooks import HookDraft
from portal.domain.log_filter import LogFilter
from portal.domain.permissions import Permission
from portal.domain.problems import Refused
from portal.models import Hook
from portal.pipeline import hooks as verbs
from portal.pipeline.holding import held_count
from portal.pipeline.postponing import postpone as put_off
from portal.queries.deliveries import list_deliveries
from portal.queries.delivery_views import delivery_views
from portal.queries.hook_views import view_of, views_of
from portal.queries.hooks import event_types, list_hooks, policies
from portal.queries.rows import NotFound
from portal.web.access import actor, allowed, may, reach
from portal.web.forms.hook import HookForm
from portal.web.htmx import go, in_dialog, page, part, wants_part
from portal.web.rule_words import filter_sentence
from portal.web.text import Notice

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
        hooks=views_of(found.items, actor().account_id),
        next=found.next,
        q=q,
    )


@bp.route("/new", methods=["GET", "POST"])
@allowed(Permission.CHANGE_HOOKS)
def create() -> ResponseReturnValue:
    """Make a hook; its secret is shown once, on the page that follows."""
    form = HookForm()
    if not form.is_submitted():
        return _form(form, None)
    try:
        made = verbs.create_hook(form.draft(HookDraft()), actor())
    except Refused as refused:
        form.attach(refused.problems)
        return _form(form, None, 422)
    # Only its id: a cookie is no place for a secret.
    session["just_made"] = made.hook.id
    flash(Notice.HOOK_CREATED)
    return go("hooks.show", hook_id=made.hook.id)


@bp.get("/<hook_id>")
def show(hook_id: str) -> ResponseReturnValue:
    """One hook: its facts and its latest deliveries."""
    hook = living(hook_id)
    shows_secret = session.pop("just_made", None) == hook_id and may(Permission.SEE_SECRETS)
    latest = list_deliveries(actor().account_id, LogFilter(hook=hook_id), None, LATEST)
    return page(
        "hooks/show.html",
        nav="hooks",
        tab="show",
        hook=view_of(hook),
        filter_said=filter_sentence(hook.filter),
        has_filter=hook.filter is not None,
        header_names=list(verbs.headers_of(hook)),
        public_key=verbs.public_key_of(hook),
        secret_hint=verbs.secret_of(hook)[-4:] if may(Permission.SEE_SECRETS) else None,
        new_secret=verbs.secret_of(hook) if shows_secret else None,
        deliveries=delivery_views(latest.items, actor().account_id),
    )


@bp.route("/<hook_id>/edit", methods=["GET", "POST"])
@allowed(Permission.CHANGE_HOOKS)
def edit(hook_id: str) -> ResponseReturnValue:
    """Change a hook."""
    hook = living(hook_id)
    base = verbs.draft_of(hook)
    form = HookForm() if request.method == "POST" else HookForm.of(base)
    if not form.is_submitted():
        return _form(form, view_of(hook))
    draft = form.draft(base)
    # All but the switch is saved: nothing that is held goes out unasked.
    asks = draft.enabled and _must_ask(hook)
    try:
        verbs.edit_hook(hook_id, replace(draft, enabled=False) if asks else draft, actor())
    except Refused as refused:
        form.attach(refused.problems)
        return _form(form, view_of(living(hook_id)), 422)
    flash(Notice.HOOK_SAVED_OFF if asks else Notice.HOOK_SAVED)
    return go("hooks.confirm_switch" if asks else "hooks.show", hook_id=hook_id)


@bp.get("/<hook_id>/switch")
@allowed(Permission.CHANGE_HOOKS)
def confirm_switch(hook_id: str) -> ResponseReturnValue:
    """Ask what becomes of the deliveries that were held, before a hook is switched on."""
    return _ask(living(hook_id))


@bp.post("/<hook_id>/switch")
@allowed(Permission.CHANGE_HOOKS)
def switch(hook_id: str) -> ResponseReturnValue:
    """Switch a hook on or off, in place where htmx asks.

    A page may be older than what is held by now: without a choice the question comes first.
    """
    hook, enabled = living(hook_id), request.form.get("enabled")
    if enabled not in ("0", "1"):
        abort(400)
    held = request.form.get("held")
    held = held if held in ("send", "skip") else None
    if enabled == "1" and held is None and _must_ask(hook):
        return (
            in_dialog(_ask(hook)) if wants_part() else go("hooks.confirm_switch", hook_id=hook_id)
        )
    hook = verbs.switch_hook(hook.id, enabled == "1", held or "send")
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
    put_off(living(hook_id).id)
    flash(Notice.HOOK_POSTPONED)
    return go("hooks.show", hook_id=hook_id)


@bp.get("/<hook_id>/delete")
@allowed(Permission.CHANGE_HOOKS)
def confirm_delete(hook_id: str) -> ResponseReturnValue:
    """Ask before a hook is deleted, and say how many deliveries that cancels."""
    hook = living(hook_id)
    unfinished = verbs.unfinished_count(hook_id)
    return page("hooks/delete.html", "delete_hook", nav="hooks", hook=hook, unfinished=unfinished)


@bp.post("/<hook_id>/delete")
@allowed(Permission.CHANGE_HOOKS)
def delete(hook_id: str) -> ResponseReturnValue:
    """Delete a hook."""
    verbs.delete_hook(living(hook_id).id)
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


def _ask(hook: Hook) -> Response:
    view = view_of(hook)
    return page("hooks/switch_on.html", "switch_on", nav="hooks", hook=view, held=view.held)


def _form(form: HookForm, hook: Any, status: int = 200) -> ResponseReturnValue:
    kinds = sorted(event_types(actor().account_id), key=lambda kind: kind.account_id is not None)
    groups = [
        {"name": name or "أنواع أخرى", "types": list(types)}
        for name, types in groupby(kinds, key=lambda kind: kind.group)
    ]
    return page(
        "hooks/form.html",
        "hook_form",
        status=status,
        nav="hooks",
        hook=hook,
        form=form,
        event_groups=groups,
        policies=policies(actor().account_id),
    )


def _switched(enabled: bool, held: str | None) -> Notice:
    if not enabled:
        return Notice.HOOK_OFF
    notices = {"send": Notice.HOOK_ON_SENDING, "skip": Notice.HOOK_ON_SKIPPING}
    return notices.get(held or "", Notice.HOOK_ON)
