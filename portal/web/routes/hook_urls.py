"""تغيير الرابط: another address is tried with real events first, then taken, and left again."""

from collections.abc import Callable

from flask import Blueprint, flash, request
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Permission
from portal.domain.problems import Conflict, Refused
from portal.domain.url_changes import MOST_TRIED, Comparison
from portal.models import Hook
from portal.pipeline.hook_urls import mark_of, switch_back, switch_url
from portal.pipeline.sandbox import open_sandbox, sandbox_url
from portal.pipeline.url_trials import try_url
from portal.queries.hook_views import view_of
from portal.queries.hooks import event_labels
from portal.web.access import actor, allowed
from portal.web.announcements import Notice
from portal.web.forms.hook_url import UrlForm
from portal.web.forms.reason import ReasonForm
from portal.web.htmx import go, page
from portal.web.messages import message
from portal.web.routes.hooks import living

# One click leads back, so the reason is known.
BACK = "الرجوع إلى الرابط السابق"

bp = Blueprint("hook_urls", __name__, url_prefix="/settings/webhooks/<hook_id>/url")


@bp.get("")
@allowed(Permission.CHANGE_HOOKS)
def show(hook_id: str) -> ResponseReturnValue:
    """Where the hook points, where it pointed before, and the form of another address."""
    return _page(living(hook_id), UrlForm(formdata=None, url=request.args.get("url", "")))


@bp.post("")
@allowed(Permission.CHANGE_HOOKS)
def attempt(hook_id: str) -> ResponseReturnValue:
    """Try another address with recent events, and show what both made of them."""
    hook, form = living(hook_id), UrlForm()
    try:
        comparison = try_url(hook.id, form.address, form.number)
    except Refused as refused:
        form.attach(refused.problems)
        return _page(hook, form, 422)
    return _page(living(hook_id), form, comparison=comparison)


@bp.post("/switch")
@allowed(Permission.CHANGE_HOOKS)
def switch(hook_id: str) -> ResponseReturnValue:
    """Let the hook point to the address that was tried."""
    hook, url, seen = living(hook_id), request.form.get("url", ""), request.form.get("seen", "")
    form = ReasonForm()
    try:
        reason = form.given()
    except Refused as refused:
        form.attach(refused.problems)
        return _page(hook, UrlForm(formdata=None, url=url), 422, switching=form, seen=seen)

    def change() -> Hook:
        return switch_url(hook.id, url, seen, actor(), reason)

    return _after(hook.id, change, Notice.URL_SWITCHED)


@bp.post("/back")
@allowed(Permission.CHANGE_HOOKS)
def back(hook_id: str) -> ResponseReturnValue:
    """Let the hook point where it did before the last change of its address."""
    hook, changed_at = living(hook_id), request.form.get("changed_at", "")

    def change() -> Hook:
        return switch_back(hook.id, changed_at, actor(), BACK)

    return _after(hook.id, change, Notice.URL_BACK)


@bp.post("/sandbox")
@allowed(Permission.CHANGE_HOOKS)
def to_sandbox(hook_id: str) -> ResponseReturnValue:
    """Make a sandbox and offer its address: it is tried and taken like any other."""
    living(hook_id)
    return go("hook_urls.show", hook_id=hook_id, url=sandbox_url(open_sandbox(actor().account_id)))


def _after(hook_id: str, change: Callable[[], Hook], done: Notice) -> ResponseReturnValue:
    try:
        change()
        flash(done)
    except Conflict as conflict:
        flash(message(conflict.code), "error")
    except Refused as refused:
        problem = refused.problems[0]
        flash(message(problem.code, problem.params), "error")
    return go("hook_urls.show", hook_id=hook_id)


def _page(
    hook: Hook,
    form: UrlForm,
    status: int = 200,
    comparison: Comparison | None = None,
    switching: ReasonForm | None = None,
    seen: str = "",
) -> ResponseReturnValue:
    return page(
        "hook_urls/show.html",
        "hook_url",
        status=status,
        nav="hooks",
        tab="url",
        hook=view_of(hook),
        change=hook if hook.previous_url else None,
        seen=seen or mark_of(hook),
        patience=hook.policy.timeout_seconds,
        form=form,
        switching=switching or ReasonForm(formdata=None),
        most=MOST_TRIED,
        comparison=comparison,
        event_labels=event_labels(hook.account_id),
    )
