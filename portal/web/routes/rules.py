"""القواعد: the ordered rules of a trigger, of which the first that is met counts."""

from collections.abc import Mapping

from flask import Blueprint, abort, flash, request
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Permission
from portal.domain.problems import Refused
from portal.domain.triggers.draft import TriggerDraft
from portal.models import Trigger
from portal.pipeline import triggers as verbs
from portal.pipeline.preview import foreseen
from portal.queries.hooks import event_labels
from portal.queries.rows import NotFound
from portal.web import rule_changes as changes
from portal.web import rule_views as views
from portal.web import version_words
from portal.web.access import actor, allowed, may
from portal.web.announcements import Notice
from portal.web.htmx import go, page, wants_part
from portal.web.messages import message
from portal.web.routes.triggers import living

bp = Blueprint("rules", __name__, url_prefix="/triggers/<trigger_id>/rules")

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
    trigger, base = base_of(trigger_id)
    row = row_of(base, number)
    left = changes.removed(list(base.configuration["rules"]), number - 1)
    seen = foreseen(trigger, changes.with_rules(base, left), actor())
    context = {"trigger": trigger, "row": row, "effect": version_words.effect(seen)}
    return page("rules/delete.html", "delete_rule", nav="triggers", **context)


@bp.post("/<int:number>/delete")
@allowed(Permission.CHANGE_TRIGGERS)
def delete(trigger_id: str, number: int) -> ResponseReturnValue:
    """Delete a rule."""
    return _changed(living(trigger_id).id, number, changes.removed, Notice.RULE_DELETED)


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


def row_of(base: TriggerDraft, number: int) -> views.Row:
    """The rule ``number``, counted from 1; raises :class:`NotFound`."""
    rows = views.rows_of(base.configuration, event_labels(actor().account_id))
    if not 0 < number <= len(rows):
        raise NotFound(str(number))
    return rows[number - 1]


def base_of(trigger_id: str) -> tuple[Trigger, TriggerDraft]:
    """A living trigger, and what it says now."""
    trigger = living(trigger_id)
    return trigger, verbs.draft_of(trigger)
