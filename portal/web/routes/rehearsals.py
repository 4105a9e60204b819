"""«جرّب»: what a call would come to, with what is pasted or what once came, and no effect."""

from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from portal.domain.problems import Refused
from portal.domain.triggers.running import Decision
from portal.models import Trigger
from portal.pipeline.plans import current_plan
from portal.pipeline.triggers import configuration_of
from portal.queries.hooks import event_labels
from portal.web.forms.rehearsal import RehearsalForm
from portal.web.htmx import page
from portal.web.rehearsing import filled, filled_by_latest, offered, tried
from portal.web.routes.triggers import living

bp = Blueprint("rehearsals", __name__)

# What stands for the latest call in the list of them.
LATEST = "latest"
TAKE = "take"


@bp.get("/triggers/<trigger_id>/try")
def start(trigger_id: str) -> ResponseReturnValue:
    """What is to be tried: empty, or what the call ``call`` brought."""
    trigger, chosen = living(trigger_id), request.args.get("call", "")
    form = filled(RehearsalForm, trigger, chosen) if chosen else RehearsalForm()
    return _page(form, trigger, chosen)


@bp.post("/triggers/<trigger_id>/try")
def attempt(trigger_id: str) -> ResponseReturnValue:
    """Try what was typed, or take what a call on record brought; nothing happens."""
    trigger = living(trigger_id)
    chosen = request.form.get("call", "").removeprefix(LATEST)
    if request.form.get("action") == TAKE:
        return _taken(trigger, chosen)
    form = RehearsalForm()
    try:
        return _page(form, trigger, chosen, outcome=tried(form, current_plan(trigger.id)))
    except Refused as refused:
        form.attach(refused.problems)
        return _page(form, trigger, chosen, status=422)


def _taken(trigger: Trigger, chosen: str) -> ResponseReturnValue:
    if chosen:
        return _page(filled(RehearsalForm, trigger, chosen), trigger, chosen)
    form = filled_by_latest(RehearsalForm, trigger)
    return _page(form, trigger, "", status=422 if form.errors else 200)


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
        "calls": offered(trigger),
        "outcome": outcome,
        "configuration": configuration_of(trigger),
        "event_labels": event_labels(trigger.account_id),
    }
    return page("rehearsals/show.html", "rehearsal", status=status, nav="triggers", **context)
