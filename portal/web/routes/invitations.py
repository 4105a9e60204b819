"""/invitations/<token>: where somebody who was invited joins an account."""

from flask import Blueprint, flash, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.domain.permissions import Permission, may
from portal.domain.problems import Conflict, Problem, Refused
from portal.domain.states import Role
from portal.models import Account, Invitation
from portal.pipeline.invitations import accept_as_known, accept_as_newcomer, find_invitation
from portal.pipeline.sign_in import open_session
from portal.queries.accounts import find_account
from portal.web.access import go_into, peer, remember
from portal.web.announcements import Notice
from portal.web.forms.session import LoginForm
from portal.web.htmx import go, page
from portal.web.messages import message

bp = Blueprint("invitations", __name__, url_prefix="/invitations")


@bp.route("/<token>", methods=["GET", "POST"])
def accept(token: str) -> ResponseReturnValue:
    """Show who invites; let a newcomer in, or somebody who is signed in join."""
    invitation = find_invitation(token)
    if invitation is None:
        return page("invitations/spent.html", status=404)
    form = LoginForm()
    account = find_account(invitation.account_id)
    if not form.is_submitted():
        return _show(token, invitation, account, form)
    if current_user.is_authenticated:
        return _join(token)
    try:
        email = invitation.email or form.email.data or ""
        person = accept_as_newcomer(token, email, form.password.data or "", peer())
    except Refused as refused:
        form.attach(map(_of_invitation, refused.problems))
        return _show(token, invitation, account, form, 422)
    except Conflict:
        return page("invitations/spent.html", status=404)
    agent = request.headers.get("User-Agent", "")
    remember(open_session(person.id, account.id, peer(), agent))
    may_begin = may(Role(invitation.role), Permission.CHANGE_HOOKS)
    flash(Notice.WELCOME if may_begin else Notice.WELCOME_READER)
    return go("overview.index")


def _of_invitation(problem: Problem) -> Problem:
    # Another address would not help: the invitation is for whoever is known by this one.
    is_known = problem.code == "email_taken"
    return Problem("/email", "email_known") if is_known else problem


def _join(token: str) -> ResponseReturnValue:
    actor = current_user.actor
    try:
        account_id = accept_as_known(token, actor)
    except Conflict as conflict:
        flash(message(conflict.code), "error")
        return go("accounts.index")
    go_into(account_id, as_visitor=False)
    flash(Notice.JOINED)
    return go("overview.index")


def _show(
    token: str, invitation: Invitation, account: Account, form: LoginForm, status: int = 200
) -> ResponseReturnValue:
    return page(
        "invitations/show.html",
        status=status,
        token=token,
        invitation=invitation,
        account=account,
        form=form,
    )
