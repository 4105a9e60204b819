"""A forgotten password: a link is asked for, and a password chosen through it."""

from flask import Blueprint, Response, flash, request
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Permission
from portal.domain.problems import Conflict, Refused
from portal.extensions import settings
from portal.pipeline.passwords import (
    ask_for_link,
    find_link,
    make_password_link,
    reset_password,
)
from portal.web.access import actor, allowed, confirmed, peer
from portal.web.door import turn_away
from portal.web.door_words import Said, turned_away
from portal.web.forms.session import AddressForm, NewPasswordForm
from portal.web.htmx import go, page
from portal.web.messages import message

bp = Blueprint("passwords", __name__)
# Refused here and to nobody who has the terminal.
_SHARED = "person_is_shared"
links = Blueprint("password_links", __name__, url_prefix="/settings/people")


@bp.route("/forgot", methods=["GET", "POST"])
def forgot() -> ResponseReturnValue:
    """Ask for a link by mail; the answer is the same whoever asks."""
    form, can_mail = AddressForm(), settings().smtp is not None
    context = {"form": form, "can_mail": can_mail}
    if not form.is_submitted() or not can_mail:
        return page("session/forgot.html", problem=None, is_asked=False, **context)
    try:
        ask_for_link(form.email.data or "", peer())
    except Conflict as conflict:
        return turn_away("session/forgot.html", conflict, is_asked=False, **context)
    return page("session/forgot.html", problem=None, is_asked=True, **context)


@bp.route("/password/<token>", methods=["GET", "POST"])
def choose(token: str) -> ResponseReturnValue:
    """Choose a password through a one-time link."""
    form = NewPasswordForm()
    if find_link(token) is None:
        return _spent()
    if not form.is_submitted():
        return _ask(form, token)
    try:
        reset_password(token, form.password.data or "", peer())
    except Refused as refused:
        form.attach(refused.problems)
        return _ask(form, token, status=422)
    except Conflict:
        return _spent()
    flash(Said.PASSWORD_RESET)
    return go("session.login")


@links.post("/<person_id>/password-link")
@allowed(Permission.MANAGE_PEOPLE)
@confirmed
def make(person_id: str) -> ResponseReturnValue:
    """Make a link for a person of the account; this one answer shows it."""
    try:
        link = make_password_link(person_id, actor())
    except Conflict as conflict:
        if conflict.code == "not_found":
            raise
        said = {"problem": turned_away(conflict), "may_command": conflict.code == _SHARED}
        return page("session/password_link.html", status=409, link=None, **said)
    return page("session/password_link.html", link=link, problem=None)


def _ask(form: NewPasswordForm, token: str, status: int = 200) -> Response:
    answer = page("session/choose_password.html", status=status, form=form, token=token)
    # The token stands in the address, which no other page is to be told.
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def _spent() -> ResponseReturnValue:
    flash(message("link_spent"), "error")
    return go("passwords.forgot" if request.method == "GET" else "session.login")
