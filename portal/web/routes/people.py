"""المستخدمون والأدوار: who belongs to the account, and who is invited."""

from flask import Blueprint, flash
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Permission
from portal.domain.problems import Conflict, Refused
from portal.models import Invitation
from portal.pipeline import members as verbs
from portal.pipeline.invitations import invite, withdraw
from portal.queries.people import Member, find_member, members, open_invitations
from portal.web.access import actor, allowed, confirmed, reach
from portal.web.announcements import Notice
from portal.web.forms.people import ROLES, InvitationForm, RoleForm
from portal.web.forms.reason import ReasonForm
from portal.web.htmx import go, page
from portal.web.messages import message

bp = Blueprint("people", __name__, url_prefix="/settings/people")


@bp.get("")
@allowed(Permission.MANAGE_PEOPLE)
def index() -> ResponseReturnValue:
    """Everybody of the account, and the invitations that are still open."""
    return _list(InvitationForm(formdata=None))


@bp.post("")
@allowed(Permission.MANAGE_PEOPLE)
@confirmed
def create() -> ResponseReturnValue:
    """Make an invitation; this one answer shows its link."""
    form = InvitationForm()
    try:
        _, link = invite(form.email.data or None, form.wanted(), actor())
    except Refused as refused:
        form.attach(refused.problems)
        return _list(form, status=422)
    flash(Notice.INVITED)
    return _list(InvitationForm(formdata=None), link=link)


@bp.post("/invitations/<invitation_id>/withdraw")
@allowed(Permission.MANAGE_PEOPLE)
@confirmed
def withdraw_invitation(invitation_id: str) -> ResponseReturnValue:
    """Let an invitation open nothing any more."""
    withdraw(reach(Invitation, invitation_id).id, actor())
    flash(Notice.INVITATION_WITHDRAWN)
    return go("people.index")


@bp.post("/<person_id>/role")
@allowed(Permission.MANAGE_PEOPLE)
@confirmed
def change_role(person_id: str) -> ResponseReturnValue:
    """Give a member another role."""
    member, form = _member(person_id), RoleForm()
    try:
        verbs.change_role(member.person_id, form.wanted(), actor())
        flash(Notice.ROLE_CHANGED)
    except Refused:
        flash(message("unknown_choice", {"choices": "، ".join(ROLES)}), "error")
    except Conflict as conflict:
        flash(message(conflict.code), "error")
    return go("people.index")


@bp.route("/<person_id>/off", methods=["GET", "POST"])
@allowed(Permission.MANAGE_PEOPLE)
@confirmed
def switch_off(person_id: str) -> ResponseReturnValue:
    """Ask why, and then let a member do nothing in the account; they are out at once."""
    member, form = _member(person_id), ReasonForm()
    if not form.is_submitted():
        return _ask("off", member, form)
    try:
        verbs.switch_off(member.person_id, form.given(), actor())
    except Refused as refused:
        form.attach(refused.problems)
        return _ask("off", member, form, 422)
    except Conflict as conflict:
        return _refuse(conflict)
    flash(Notice.PERSON_OFF)
    return go("people.index")


@bp.post("/<person_id>/on")
@allowed(Permission.MANAGE_PEOPLE)
@confirmed
def switch_on(person_id: str) -> ResponseReturnValue:
    """Let a member who was switched off back in."""
    verbs.switch_on(_member(person_id).person_id, actor())
    flash(Notice.PERSON_ON)
    return go("people.index")


@bp.route("/<person_id>/remove", methods=["GET", "POST"])
@allowed(Permission.MANAGE_PEOPLE)
@confirmed
def remove(person_id: str) -> ResponseReturnValue:
    """Ask why, and then let somebody belong to the account no more."""
    member, form = _member(person_id), ReasonForm()
    if not form.is_submitted():
        return _ask("remove", member, form)
    try:
        verbs.remove(member.person_id, form.given(), actor())
    except Refused as refused:
        form.attach(refused.problems)
        return _ask("remove", member, form, 422)
    except Conflict as conflict:
        return _refuse(conflict)
    flash(Notice.PERSON_REMOVED)
    return go("people.index")


def _member(person_id: str) -> Member:
    return find_member(person_id, actor().account_id)


def _refuse(conflict: Conflict) -> ResponseReturnValue:
    flash(message(conflict.code), "error")
    return go("people.index")


def _ask(act: str, member: Member, form: ReasonForm, status: int = 200) -> ResponseReturnValue:
    return page(
        "people/ask.html", "ask", status=status, nav="people", act=act, member=member, form=form
    )


def _list(form: InvitationForm, status: int = 200, link: str | None = None) -> ResponseReturnValue:
    account_id = actor().account_id
    return page(
        "people/index.html",
        "invitation_form",
        status=status,
        nav="people",
        members=members(account_id),
        invitations=open_invitations(account_id),
        form=form,
        link=link,
        own_id=actor().person_id,
    )
