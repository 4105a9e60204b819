"""إعادة الإرسال المجمّعة: asked about with its count first, then followed on a page of its own."""

from typing import Any

from flask import Blueprint, flash, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from portal.domain.log_filter import filter_members, read_filter
from portal.domain.permissions import Permission
from portal.domain.problems import Conflict, Refused
from portal.domain.reasons import MANY
from portal.domain.resends import MOST_CHOSEN, Choice
from portal.domain.storable import storable
from portal.models import Resend
from portal.pipeline import resends as verbs
from portal.queries.hooks import event_labels, hook_names
from portal.queries.resends import resend_view
from portal.web.access import actor, allowed, may, reach
from portal.web.announcements import Notice
from portal.web.forms.reason import ReasonForm
from portal.web.htmx import go, nothing, page, wants_part
from portal.web.log_filters import choice_with_names
from portal.web.messages import message
from portal.web.seeing import masks
from portal.web.text import RESEND_STATES

bp = Blueprint("resends", __name__, url_prefix="/resends")

TURNS = {
    "pause": (verbs.pause, Notice.RESEND_PAUSED),
    "resume": (verbs.resume, Notice.RESEND_RESUMED),
    "cancel": (verbs.cancel, Notice.RESEND_CANCELLED),
}


@bp.get("/new")
@allowed(Permission.RESEND)
def new() -> ResponseReturnValue:
    """Say how many deliveries a filter or a selection comes to, and ask."""
    try:
        choice = _choice(request.args)
    except Refused as refused:
        return _not_by_text(refused)
    return _new(choice, ReasonForm(formdata=None))


def _new(choice: Choice, form: ReasonForm, status: int = 200) -> ResponseReturnValue:
    return page(
        "resends/new.html",
        status=status,
        nav="deliveries",
        form=form,
        many=MANY,
        scope=verbs.size_up(actor().account_id, choice),
        most=verbs.MOST_COUNTED,
        ids=choice.ids,
        members=filter_members(choice.wanted),
        **_labels(),
    )


@bp.post("")
@allowed(Permission.RESEND)
def start() -> ResponseReturnValue:
    """Begin; what is newer than what was agreed to is left alone."""
    try:
        choice = _choice(request.form)
    except Refused as refused:
        return _not_by_text(refused)
    if choice.ids == ():
        return go("resends.new", selection=1)
    upto, form = storable(request.form.get("upto", "")), ReasonForm()
    reason = form.reason.data or ""
    try:
        resend = verbs.start(choice, actor(), upto, reason, must_say_why=True)
    except Refused as refused:
        form.attach(refused.problems)
        return _new(choice, form, 422)
    return go("resends.show", resend_id=resend.id)


@bp.get("/<resend_id>")
def show(resend_id: str) -> ResponseReturnValue:
    """How far it is; nothing for a reader who has seen this very state."""
    resend = resend_view(reach(Resend, resend_id), masks())
    if wants_part() and request.args.get("seen") == resend.seen:
        return nothing()
    return page(
        "resends/show.html",
        "resend",
        nav="deliveries",
        resend=resend,
        word=RESEND_STATES[resend.state],
        may_act=may(Permission.RESEND),
        **_labels(),
    )


@bp.post("/<resend_id>/<any(pause, resume, cancel):turn>")
@allowed(Permission.RESEND)
def turn(resend_id: str, turn: str) -> ResponseReturnValue:
    """Pause it, go on with it, or end it."""
    verb, notice = TURNS[turn]
    try:
        verb(reach(Resend, resend_id).id, actor())
        flash(notice)
    except Conflict as conflict:
        flash(message(conflict.code), "error")
    return go("resends.show", resend_id=resend_id)


def _not_by_text(refused: Refused) -> ResponseReturnValue:
    """Back to the log, where whoever may not see all that is searched chooses one by one."""
    problem = refused.problems[0]
    if problem.code != "masked_search":
        raise refused
    flash(message(problem.code), "error")
    return go("deliveries.index")


def _choice(given: MultiDict[str, str]) -> Choice:
    if "selection" not in given:
        return choice_with_names(Choice(read_filter(given)))
    ids = [storable(one) for one in given.getlist("delivery")]
    return Choice(ids=tuple(ids[:MOST_CHOSEN]))


def _labels() -> dict[str, Any]:
    """What hooks and event types are called, by id and by key."""
    account_id = actor().account_id
    hooks = {hook.id: hook.name for hook in hook_names(account_id)}
    return {"hook_names": hooks, "event_labels": event_labels(account_id)}
