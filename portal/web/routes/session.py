"""Signing in and out, the first sign-in, and how somebody likes to read."""

from flask import Blueprint, flash, request, session
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.domain.problems import Conflict, Refused
from portal.pipeline.invitations import accept_setup, find_invitation
from portal.pipeline.sign_in import open_session, sign_in
from portal.web.access import forget, is_own_path, peer, remember
from portal.web.announcements import Notice
from portal.web.forms.session import LoginForm, SetupForm
from portal.web.htmx import go, go_to, page
from portal.web.messages import message

bp = Blueprint("session", __name__)

THEMES = ("auto", "light", "dark")


@bp.route("/login", methods=["GET", "POST"])
def login() -> ResponseReturnValue:
    """Sign in with an e-mail address and a password."""
    form = LoginForm()
    target = request.values.get("next", "")
    if request.method == "GET" and current_user.is_authenticated:
        return go("overview.index")
    if not form.is_submitted():
        return page("session/login.html", form=form, problem=None, next=target)
    try:
        remember(sign_in(form.email.data or "", form.password.data or "", peer(), _user_agent()))
    except Conflict as conflict:
        problem = message(conflict.code, conflict.params)
        status = 429 if conflict.code == "throttled" else 422
        return page("session/login.html", status=status, form=form, problem=problem, next=target)
    return go_to(target) if is_own_path(target) else go("overview.index")


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
    remember(open_session(person.id, account_id, peer(), _user_agent()))
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
    target = request.form.get("next")
    return go_to(target) if is_own_path(target) else go("overview.index")


def _user_agent() -> str:
    return request.headers.get("User-Agent", "")
