"""«جرّب»: what a call would come to, with what is pasted or what once came, and no effect."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from portal.domain.call_filter import CallFilter
from portal.domain.calls import Verdict
from portal.domain.problems import Problem, Refused
from portal.domain.triggers.running import Decision
from portal.models import Call, Trigger
from portal.pipeline.replay import rehearse
from portal.pipeline.triggers import configuration_of
from portal.queries.calls import list_calls, read_call
from portal.queries.hooks import event_labels
from portal.queries.rows import NotFound
from portal.web.access import reach
from portal.web.forms.rehearsal import RehearsalForm
from portal.web.htmx import page
from portal.web.routes.triggers import living

bp = Blueprint("rehearsals", __name__)

# So many calls can be chosen from; others lead here from their own page.
OFFERED = 20
# What stands for the latest call in the list of them.
LATEST = "latest"
TAKE = "take"
_ACCEPTED = CallFilter(verdict=Verdict.ACCEPTED)

Read = TypeVar("Read")


@bp.get("/triggers/<trigger_id>/try")
def start(trigger_id: str) -> ResponseReturnValue:
    """What is to be tried: empty, or what the call ``call`` brought."""
    trigger, chosen = living(trigger_id), request.args.get("call", "")
    form = RehearsalForm.of(_call_of(trigger, chosen)) if chosen else RehearsalForm()
    return _page(form, trigger, chosen)


@bp.post("/triggers/<trigger_id>/try")
def attempt(trigger_id: str) -> ResponseReturnValue:
    """Try what was typed, or take what a call on record brought; nothing happens."""
    trigger, form = living(trigger_id), RehearsalForm()
    chosen = request.form.get("call", "").removeprefix(LATEST)
    if request.form.get("action") == TAKE:
        return _taken(form, trigger, chosen)
    try:
        return _page(form, trigger, chosen, outcome=_tried(form, trigger))
    except Refused as refused:
        form.attach(refused.problems)
        return _page(form, trigger, chosen, status=422)


def _taken(form: RehearsalForm, trigger: Trigger, chosen: str) -> ResponseReturnValue:
    offered = _offered(trigger)
    if not chosen:
        if not offered:
            form.attach([Problem("/body", "no_call_yet")])
            return _page(form, trigger, "", status=422)
        chosen = offered[0].id
    return _page(RehearsalForm.of(_call_of(trigger, chosen)), trigger, chosen)


def _tried(form: RehearsalForm, trigger: Trigger) -> Decision:
    """The decision on what was typed; raises :class:`Refused` with all that is wrong."""
    problems: list[Problem] = []
    pairs, value = _read(form.pairs, problems), _read(form.value, problems)
    if pairs is None or problems:
        raise Refused(*problems)
    return rehearse(trigger, pairs, form.query.data or "", value)


def _read(read: Callable[[], Read], problems: list[Problem]) -> Read | None:
    try:
        return read()
    except Refused as refused:
        problems += refused.problems
        return None


def _call_of(trigger: Trigger, call_id: str) -> Call:
    if reach(Call, call_id).trigger_id != trigger.id:
        raise NotFound(call_id)
    return read_call(call_id)


def _offered(trigger: Trigger) -> list[Call]:
    return list(list_calls(trigger.id, _ACCEPTED, None, OFFERED).items)


def _page(
    form: RehearsalForm,
    trigger: Trigger,
    chosen: str,
    status: int = 200,
    outcome: Decision | None = None,
) -> ResponseReturnValue:
    context: dict[str, Any] = {
        "form": form,
        "trigger": trigger,
        "chosen": chosen,
        "calls": _offered(trigger),
        "outcome": outcome,
        "configuration": configuration_of(trigger),
        "event_labels": event_labels(trigger.account_id),
    }
    return page("rehearsals/show.html", "rehearsal", status=status, nav="triggers", **context)
