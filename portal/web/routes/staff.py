"""فريق المنصة: who runs the portal, who helps in every account, and who is off everywhere."""

from flask import Blueprint, flash, request
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Permission
from portal.domain.problems import Conflict, Refused
from portal.pipeline.staff import appoint, dismiss, switch_person
from portal.queries.people import StaffView, find_anybody, find_people, staff
from portal.web.access import actor, allowed, confirmed
from portal.web.announcements import Notice
from portal.web.forms.account import StaffForm
from portal.web.forms.reason import ReasonForm
from portal.web.htmx import go, page
from portal.web.messages import message

bp = Blueprint("staff", __name__, url_prefix="/accounts/staff")

MOST_FOUND = 20


@bp.get("")
@allowed(Permission.MANAGE_PORTAL)
def index() -> ResponseReturnValue:
    """The portal's own people, and whoever of any account is looked for."""
    return _list(StaffForm(formdata=None))


@bp.post("")
@allowed(Permission.MANAGE_PORTAL)
@confirmed
def add() -> ResponseReturnValue:
    """Make somebody one of the portal's own people."""
    form = StaffForm()
    try:
        appoint(form.email.data, form.wanted(), actor())
    except Refused as refused:
        form.attach(refused.problems)
        return _list(form, 422)
    except Conflict as conflict:
        return _refuse(conflict)
    flash(Notice.STAFF_ADDED)
    return go("staff.index")


@bp.post("/<person_id>/dismiss")
@allowed(Permission.MANAGE_PORTAL)
@confirmed
def let_go(person_id: str) -> ResponseReturnValue:
    """Let somebody be none of the portal's own people."""
    try:
        dismiss(find_anybody(person_id).person_id, actor())
    except Conflict as conflict:
        return _refuse(conflict)
    flash(Notice.STAFF_DISMISSED)
    return go("staff.index")


@bp.route("/<person_id>/off", methods=["GET", "POST"])
@allowed(Permission.MANAGE_PORTAL)
@confirmed
def switch_off(person_id: str) -> ResponseReturnValue:
    """Ask why, and then let somebody sign in nowhere; they are out at once."""
    person, form = find_anybody(person_id), ReasonForm()
    if not form.is_submitted():
        return _ask(person, form)
    try:
        switch_person(person.person_id, False, form.given(), actor())
    except Refused as refused:
        form.attach(refused.problems)
        return _ask(person, form, 422)
    except Conflict as conflict:
        return _refuse(conflict)
    flash(Notice.PERSON_OFF)
    return go("staff.index")


@bp.post("/<person_id>/on")
@allowed(Permission.MANAGE_PORTAL)
@confirmed
def switch_on(person_id: str) -> ResponseReturnValue:
    """Let somebody sign in again."""
    switch_person(find_anybody(person_id).person_id, True, "", actor())
    flash(Notice.PERSON_ON)
    return go("staff.index")


def _refuse(conflict: Conflict) -> ResponseReturnValue:
    flash(message(conflict.code), "error")
    return go("staff.index")


def _ask(person: StaffView, form: ReasonForm, status: int = 200) -> ResponseReturnValue:
    return page("accounts/off.html", "ask", status=status, nav="accounts", person=person, form=form)


def _list(form: StaffForm, status: int = 200) -> ResponseReturnValue:
    text = request.args.get("q", "")[:254]
    return page(
        "accounts/staff.html",
        "staff_form",
        status=status,
        nav="accounts",
        staff=staff(),
        found=find_people(text, MOST_FOUND) if text.strip() else None,
        q=text,
        form=form,
        own_id=actor().person_id,
    )
