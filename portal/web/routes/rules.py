"""القواعد: the ordered rules of a trigger, of which the first that is met counts."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, flash, request
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Permission
from portal.domain.problems import Refused
from portal.domain.triggers.draft import TriggerDraft, read_trigger
from portal.domain.triggers.preview import Preview
from portal.models import Trigger
from portal.pipeline import preview
from portal.pipeline import triggers as verbs
from portal.queries.hooks import event_labels, event_types
from portal.queries.rows import NotFound
from portal.queries.triggers import last_calls
from portal.web import rule_changes as changes
from portal.web import rule_views as views
from portal.web.access import actor, allowed, may
from portal.web.forms.rule import RuleForm, says_all
from portal.web.forms.rule_buttons import redraw
from portal.web.forms.rule_variables import known_of
from portal.web.forms.trigger_rules import members_of
from portal.web.htmx import go, page, wants_part
from portal.web.messages import message
from portal.web.routes.triggers import living
from portal.web.rule_words import sentence
from portal.web.text import Notice

bp = Blueprint("rules", __name__, url_prefix="/triggers/<trigger_id>/rules")

SAVE, PREVIEW, NEW = "save", "preview", 0
# How many of the calls that would be answered otherwise a page lists.
SHOWN = 50
# What a button of the list does, and what is said of it.
CHANGES: Mapping[str, tuple[changes.Change, Notice]] = {
    "up": (changes.moved(-1), Notice.RULE_MOVED),
    "down": (changes.moved(1), Notice.RULE_MOVED),
    "on": (changes.switched(True), Notice.RULE_ON),
    "off": (changes.switched(False), Notice.RULE_OFF),
}


@bp.get("")
def index(trigger_id: str) -> ResponseReturnValue:
    """The rules of a trigger in the order in which they are tried."""
    return _list(living(trigger_id))


@bp.post("/<int:number>")
@allowed(Permission.CHANGE_TRIGGERS)
def change(trigger_id: str, number: int) -> ResponseReturnValue:
    """Move a rule up or down, or switch it on or off; in place where htmx asks."""
    trigger, pressed = living(trigger_id), request.form.get("action", "")
    if pressed not in CHANGES:
        abort(400)
    return _changed(trigger.id, number, *CHANGES[pressed])


@bp.get("/<int:number>/delete")
@allowed(Permission.CHANGE_TRIGGERS)
def confirm_delete(trigger_id: str, number: int) -> ResponseReturnValue:
    """Ask before a rule is deleted."""
    trigger, base = _base(trigger_id)
    row = _row(base, number)
    return page("rules/delete.html", "delete_rule", nav="triggers", trigger=trigger, row=row)


@bp.post("/<int:number>/delete")
@allowed(Permission.CHANGE_TRIGGERS)
def delete(trigger_id: str, number: int) -> ResponseReturnValue:
    """Delete a rule."""
    return _changed(living(trigger_id).id, number, changes.removed, Notice.RULE_DELETED)


@bp.route("/new", methods=["GET", "POST"])
@allowed(Permission.CHANGE_TRIGGERS)
def create(trigger_id: str) -> ResponseReturnValue:
    """Add a rule after all others."""
    trigger, base = _base(trigger_id)
    if request.method == "GET":
        return _form(RuleForm.blank(), trigger, base, NEW)
    return _sent(RuleForm(request.form.to_dict()), trigger, base, NEW)


@bp.route("/<int:number>/edit", methods=["GET", "POST"])
@allowed(Permission.CHANGE_TRIGGERS)
def edit(trigger_id: str, number: int) -> ResponseReturnValue:
    """Change a rule; one that the form cannot say exactly is only shown."""
    trigger, base = _base(trigger_id)
    if request.method == "POST":
        rules, mark = base.configuration["rules"], request.form.get("mark", "")
        at, form = changes.place_of(rules, number, mark), RuleForm(request.form.to_dict())
        if at is None:
            return _stale(form, trigger, base, number)
        number = at + 1
    row = _row(base, number)
    known = known_of(base.configuration, number).names
    if not says_all(row.rule, known):
        return page("rules/fixed.html", nav="triggers", trigger=trigger, row=row)
    if request.method == "GET":
        return _form(RuleForm.of(row.rule, known), trigger, base, number)
    return _sent(form, trigger, base, number)


def _sent(form: RuleForm, trigger: Trigger, base: TriggerDraft, number: int) -> ResponseReturnValue:
    """A form that came back: saved, or shown again after a button that saves nothing."""
    pressed, mark = request.form.get("action", SAVE), request.form.get("mark", "")
    if pressed not in (SAVE, PREVIEW):
        redraw(form, pressed, members_of(base.configuration["variables"]))
        return _form(form, trigger, base, number)
    try:
        if pressed == PREVIEW:
            draft = changes.with_rule(base, number, mark, form)
            seen = preview.differences(trigger, draft, actor())
            return _form(form, trigger, base, number, seen=seen)
        changes.save_rule(trigger.id, number, mark, form, actor())
    except changes.Stale:
        return _stale(form, trigger, base, number)
    except Refused as refused:
        form.attach(refused.problems)
        return _form(form, living(trigger.id), base, number, 422)
    flash(Notice.RULE_SAVED)
    return go("rules.index", trigger_id=trigger.id)


def _stale(
    form: RuleForm, trigger: Trigger, base: TriggerDraft, number: int
) -> ResponseReturnValue:
    form.general.append(Notice.RULE_STALE)
    return _form(form, trigger, base, number, 409)


def _changed(
    trigger_id: str, number: int, change: changes.Change, notice: Notice
) -> ResponseReturnValue:
    """Change the rule that was meant, if it is still what it was."""
    mark = request.form.get("mark", "")
    try:
        changes.change_rule(trigger_id, number, mark, change, actor())
    except changes.Stale:
        return _told(trigger_id, 409, Notice.RULE_STALE)
    except Refused as refused:
        [first, *_] = refused.problems
        return _told(trigger_id, 422, message(first.code, first.params))
    return _told(trigger_id, 200, notice, mark)


def _told(trigger_id: str, status: int, words: str, mark: str = "") -> ResponseReturnValue:
    """The list after a button, with what became of it."""
    if wants_part():
        return _list(living(trigger_id), status, words, mark)
    flash(words, "message" if status == 200 else "error")
    return go("rules.index", trigger_id=trigger_id)


def _list(
    trigger: Trigger, status: int = 200, words: str = "", mark: str = ""
) -> ResponseReturnValue:
    configuration = verbs.configuration_of(trigger)
    return page(
        "rules/index.html",
        "rules_list",
        status=status,
        nav="triggers",
        trigger=trigger,
        rows=views.rows_of(configuration, event_labels(trigger.account_id)),
        ends=views.ends_of(configuration),
        said=words,
        is_refused=status != 200,
        changed=mark,
        may_change=may(Permission.CHANGE_TRIGGERS),
    )


def _form(
    form: RuleForm,
    trigger: Trigger,
    base: TriggerDraft,
    number: int,
    status: int = 200,
    seen: Preview | None = None,
) -> ResponseReturnValue:
    account_id = trigger.account_id
    told = views.told_of(base.configuration, event_labels(account_id))
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
        preview=seen,
        preview_shown=SHOWN,
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


def _row(base: TriggerDraft, number: int) -> views.Row:
    rows = views.rows_of(base.configuration, event_labels(actor().account_id))
    if not 0 < number <= len(rows):
        raise NotFound(str(number))
    return rows[number - 1]


def _base(trigger_id: str) -> tuple[Trigger, TriggerDraft]:
    trigger = living(trigger_id)
    return trigger, verbs.draft_of(trigger)
