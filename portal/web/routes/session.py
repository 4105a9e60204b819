"""Signing in and out, the first sign-in, and how somebody likes to read."""

from flask import Blueprint, flash, request, session
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.domain.problems import Conflict, Refused
from portal.pipeline.invitations import accept_setup, find_invitation
from portal.pipeline.second_step import find_half_sign_in, finish_sign_in
from portal.pipeline.sign_in import open_session, sign_in
from portal.web.access import forget, held, peer, remember
from portal.web.announcements import Notice
from portal.web.door import go_on, let_in, provider_name, turn_away, user_agent
from portal.web.door_words import Said
from portal.web.forms.session import CodeForm, LoginForm, SetupForm
from portal.web.htmx import go, page
from portal.web.messages import message
from portal.web.own_paths import is_own_path

bp = Blueprint("session", __name__)

THEMES = ("auto", "light", "dark")


@bp.route("/login", methods=["GET", "POST"])
def login() -> ResponseReturnValue:
    """Sign in with an e-mail address and a password."""
    form, target = LoginForm(), request.values.get("next", "")
    if request.method == "GET" and current_user.is_authenticated:
        return go("overview.index")
    context = {"form": form, "next": target, "provider": provider_name()}
    if not form.is_submitted():
        return page("session/login.html", problem=None, **context)
    try:
        entry = sign_in(form.email.data or "", form.password.data or "", peer(), user_agent())
    except Conflict as conflict:
        return turn_away("session/login.html", conflict, **context)
    return let_in(entry, target)


@bp.route("/login/code", methods=["GET", "POST"])
def code() -> ResponseReturnValue:
    """The second step: a code of the authenticator, or a recovery code."""
    form, target = CodeForm(), request.values.get("next", "")
    if find_half_sign_in(held()) is None:
        return _from_the_start(target)
    if not form.is_submitted():
        return page("session/code.html", form=form, problem=None, next=target)
    try:
        token = finish_sign_in(held(), form.code.data or "", peer(), user_agent())
    except Conflict as conflict:
        if conflict.code == "sign_in_expired":
            return _from_the_start(target)
        return turn_away("session/code.html", conflict, form=form, next=target)
    remember(token)
    return go_on(target)


def _from_the_start(target: str) -> ResponseReturnValue:
    if not current_user.is_authenticated:
        flash(Said.SIGN_IN_AGAIN, "error")
    return go("session.login", next=target if is_own_path(target) else None)


@bp.post("/logout")
def sign_out() -> ResponseReturnValue:
    """Sign this browser out, on the server too."""
    forget()
    flash(Notice.SIGNED_OUT)
    return go("session.login")


@bp.route("/setup/<token>", methods=["GET", "POST"])
def setup(token: str) -> ResponseReturnValue:
    """Make the first admin, with the one-time link that the terminal printed."""
    form = SetupForm()
    if find_invitation(token, for_setup=True) is None:
        flash(message("invitation_spent"), "error")
        return go("session.login")
    if not form.is_submitted():
        return page("session/setup.html", form=form, token=token)
    try:
        person = accept_setup(
            token,
            form.email.data or "",
            form.password.data or "",
            form.account.data or "",
            peer(),
        )
    except Refused as refused:
        form.attach(refused.problems)
        return page("session/setup.html", status=422, form=form, token=token)
    account_id = person.memberships[0].account_id
    remember(open_session(person.id, account_id, peer(), user_agent()))
    flash(Notice.WELCOME)
    return go("overview.index")


@bp.post("/theme")
def theme() -> ResponseReturnValue:
    """Remember how bright the pages are to be."""
    chosen = request.form.get("theme")
    session["theme"] = chosen if chosen in THEMES else "auto"
    return _back()


@bp.post("/calendar")
def calendar() -> ResponseReturnValue:
    """Remember whether the Hijri date is to stand beside the Gregorian one."""
    session["hijri"] = request.form.get("hijri") == "1"
    return _back()


def _back() -> ResponseReturnValue:
    return go_on(request.form.get("next", ""))
