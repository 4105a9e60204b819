"""شروط الإرسال: which events a hook wants beyond their type, tried on what came lately."""

from typing import Any

from flask import Blueprint, flash, request
from flask.typing import ResponseReturnValue

from portal.domain.event_filter import filter_problems
from portal.domain.permissions import Permission
from portal.models import Hook
from portal.pipeline.hooks import filter_hook
from portal.queries.hooks import event_labels, event_types
from portal.queries.recent_events import recent_events
from portal.web import filter_views as views
from portal.web.access import actor, allowed
from portal.web.announcements import Notice
from portal.web.forms.hook_filter import FilterForm, says_all
from portal.web.forms.rule_buttons import redraw
from portal.web.htmx import go, page
from portal.web.routes.hooks import living
from portal.web.rule_views import labelled
from portal.web.seeing import veil

bp = Blueprint("hook_filters", __name__, url_prefix="/settings/webhooks/<hook_id>/filter")

SAVE, TRY, REMOVE = "save", "try", "clear"


@bp.route("", methods=["GET", "POST"])
@allowed(Permission.CHANGE_HOOKS)
def edit(hook_id: str) -> ResponseReturnValue:
    """Change a hook's filter, or see what it would make of the latest events."""
    hook = living(hook_id)
    seen = _Seen(hook)
    if not says_all(hook.filter, seen.known):
        return page("hook_filters/fixed.html", nav="hooks", hook=hook)
    if request.method == "GET":
        return seen.form(FilterForm.of(hook.filter, seen.known))
    form, pressed = FilterForm(request.form.to_dict()), request.form.get("action", SAVE)
    if pressed not in (SAVE, TRY, REMOVE):
        redraw(form, pressed, {})
        return seen.form(form)
    wanted = None if pressed == REMOVE else form.wanted()
    problems = form.problems or filter_problems(wanted)
    if problems:
        form.attach(problems)
        return seen.form(form, 422)
    if pressed == TRY:
        return seen.form(form, wanted=wanted, is_tried=True)
    filter_hook(hook.id, wanted, actor())
    flash(Notice.FILTER_SAVED if wanted else Notice.FILTER_REMOVED)
    return go("hooks.show", hook_id=hook.id)


class _Seen:
    """What the page of one hook's filter speaks of."""

    def __init__(self, hook: Hook) -> None:
        self.hook = hook
        self.events = views.late_of(recent_events(hook.account_id, hook.event_types), veil())
        self.choices = views.choices(hook, event_types(hook.account_id), self.events)
        self.known = views.paths_of(self.choices)

    def form(
        self, form: FilterForm, status: int = 200, wanted: Any = None, is_tried: bool = False
    ) -> ResponseReturnValue:
        """The page with ``form``, and with what ``wanted`` would do where that was asked."""
        return page(
            "hook_filters/form.html",
            "filter_form",
            status=status,
            nav="hooks",
            hook=self.hook,
            form=form,
            labelled=labelled(form),
            effect=views.effect_of(wanted, self.events) if is_tried else None,
            event_labels=event_labels(self.hook.account_id),
            **views.form_choices(self.choices),
        )
