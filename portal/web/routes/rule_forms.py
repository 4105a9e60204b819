"""The form of one rule: it is made, changed, read back, tried and previewed before it is saved."""

from typing import Any

from flask import Blueprint, flash, request
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Permission
from portal.domain.problems import Refused
from portal.domain.triggers.draft import TriggerDraft, read_trigger
from portal.models import Trigger
from portal.pipeline import preview
from portal.queries.hooks import event_labels, event_types
from portal.queries.triggers import last_calls
from portal.queries.versions import find_version
from portal.web import rule_changes as changes
from portal.web import rule_views as views
from portal.web.access import actor, allowed
from portal.web.announcements import Notice
from portal.web.forms.rehearsal import SampleForm
from portal.web.forms.rule import RuleForm, says_all
from portal.web.forms.rule_buttons import redraw
from portal.web.forms.rule_variables import known_of
from portal.web.forms.trigger_rules import members_of
from portal.web.htmx import go, page
from portal.web.rehearsing import filled_by_latest, tried
from portal.web.routes.rules import base_of, row_of
from portal.web.routes.triggers import living
from portal.web.rule_words import sentence
from portal.web.seeing import preview_seen

bp = Blueprint("rule_forms", __name__, url_prefix="/triggers/<trigger_id>/rules")

SAVE, PREVIEW, TRY, TAKE, NEW = "save", "preview", "try", "take", 0
# How many of the calls that would be answered otherwise a page lists.
SHOWN = 50


@bp.route("/new", methods=["GET", "POST"])
@allowed(Permission.CHANGE_TRIGGERS)
def create(trigger_id: str) -> ResponseReturnValue:
    """Add a rule after all others."""
    trigger, base = base_of(trigger_id)
    if request.method == "GET":
        return _form(RuleForm.blank(), trigger, base, NEW)
    return _sent(RuleForm(request.form.to_dict()), trigger, base, NEW)


@bp.route("/<int:number>/edit", methods=["GET", "POST"])
@allowed(Permission.CHANGE_TRIGGERS)
def edit(trigger_id: str, number: int) -> ResponseReturnValue:
    """Change a rule; one that the form cannot say exactly is only shown."""
    trigger, base = base_of(trigger_id)
    if request.method == "POST":
        rules, mark = base.configuration["rules"], request.form.get("mark", "")
        at, form = changes.place_of(rules, number, mark), RuleForm(request.form.to_dict())
        if at is None:
            return _stale(form, trigger, base, number)
        number = at + 1
    row = row_of(base, number)
    known = known_of(base.configuration, number).names
    if not says_all(row.rule, known):
        return page("rules/fixed.html", nav="triggers", trigger=trigger, row=row)
    if request.method == "GET":
        return _form(RuleForm.of(row.rule, known), trigger, base, number)
    return _sent(form, trigger, base, number)


def _sent(form: RuleForm, trigger: Trigger, base: TriggerDraft, number: int) -> ResponseReturnValue:
    """A form that came back: saved, or shown again after a button that saves nothing."""
    pressed, mark = request.form.get("action", SAVE), request.form.get("mark", "")
    if pressed == TAKE:
        sample = filled_by_latest(SampleForm, trigger)
        return _form(form, trigger, base, number, 422 if sample.errors else 200, sample=sample)
    if pressed not in (SAVE, PREVIEW, TRY):
        redraw(form, pressed, members_of(base.configuration["variables"]))
        return _form(form, trigger, base, number)
    try:
        if pressed != SAVE:
            draft = changes.with_rule(base, number, mark, form)
            look = _previewed if pressed == PREVIEW else _tried
            return look(form, trigger, base, number, draft)
        changes.save_rule(trigger.id, number, mark, form, actor())
    except changes.Stale:
        return _stale(form, trigger, base, number)
    except Refused as refused:
        form.attach(refused.problems)
        return _form(form, living(trigger.id), base, number, 422)
    flash(Notice.RULE_SAVED)
    return go("rules.index", trigger_id=trigger.id)


def _previewed(
    form: RuleForm, trigger: Trigger, base: TriggerDraft, number: int, draft: TriggerDraft
) -> ResponseReturnValue:
    seen = preview_seen(preview.differences(trigger, draft, actor()))
    return _form(form, trigger, base, number, preview=seen)


def _tried(
    form: RuleForm, trigger: Trigger, base: TriggerDraft, number: int, draft: TriggerDraft
) -> ResponseReturnValue:
    """The form with what the trigger would decide on the sample, were the rule saved."""
    plan, sample = preview.plan_of_draft(draft, actor()), SampleForm()
    try:
        outcome = tried(sample, plan)
    except Refused as refused:
        sample.attach(refused.problems)
        return _form(form, trigger, base, number, 422, sample=sample)
    shown = {"outcome": outcome, "configuration": draft.configuration}
    return _form(form, trigger, base, number, sample=sample, **shown)


def _stale(
    form: RuleForm, trigger: Trigger, base: TriggerDraft, number: int
) -> ResponseReturnValue:
    latest = find_version(trigger, trigger.version)
    return _form(form, trigger, base, number, 409, is_stale=True, latest=latest)


def _form(
    form: RuleForm,
    trigger: Trigger,
    base: TriggerDraft,
    number: int,
    status: int = 200,
    **shown: Any,
) -> ResponseReturnValue:
    account_id = trigger.account_id
    labels = event_labels(account_id)
    told = views.told_of(base.configuration, labels)
    rules = base.configuration["rules"]
    return page(
        "rules/form.html",
        "rule_form",
        status=status,
        nav="triggers",
        trigger=trigger,
        number=number,
        mark=form.fields.get("mark") or (changes.mark_of(rules[number - 1]) if number else ""),
        form=form,
        labelled=views.labelled(form),
        reads=_reads(form, told) if status == 200 else None,
        event_types=event_types(account_id),
        has_calls=trigger.id in last_calls([trigger]),
        event_labels=labels,
        preview_shown=SHOWN,
        **{"sample": SampleForm(), **shown},
        **views.choices(base.configuration, number or None),
    )


def _reads(form: RuleForm, told: Any) -> Any:
    """The rule that stands in the form as a sentence; None while something of it is missing."""
    made, reading = form.read()
    draft = TriggerDraft("—")
    try:
        rules = read_trigger({"rules": [made]}, draft).configuration["rules"]
    except Refused:
        return None
    return None if reading.problems else sentence(rules[0], told)
