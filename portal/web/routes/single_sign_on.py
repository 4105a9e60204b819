"""Single sign-on: to the provider and back."""

from flask import Blueprint, abort, flash, redirect, request, session
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.domain.problems import Conflict
from portal.extensions import settings
from portal.pipeline.single_sign_on import Return, come_back, depart, end_visit
from portal.web.access import need_person, peer
from portal.web.door import go_on, let_in, provider_name, turn_away, user_agent
from portal.web.door_words import Said
from portal.web.forms.session import ConfirmForm, LoginForm
from portal.web.htmx import go
from portal.web.routes.confirmation import question

bp = Blueprint("single_sign_on", __name__, url_prefix="/login/single-sign-on")

# The state stands in the cookie, so that nobody comes back in another's browser.
_STATE = "sso_state"


@bp.get("")
def leave() -> ResponseReturnValue:
    """Send this browser to the provider, to sign in."""
    _need_provider()
    if current_user.is_authenticated:
        return go("overview.index")
    return _send_off(None)


@bp.get("/again")
def leave_again() -> ResponseReturnValue:
    """Send somebody who is signed in to the provider, to prove once more who they are."""
    _need_provider()
    return need_person() or _send_off(current_user.token)


@bp.get("/back")
def back() -> ResponseReturnValue:
    """Let in whoever comes back from the provider."""
    _need_provider()
    state = request.args.get("state", "")
    is_ours, was_signed_in = _is_ours(state), current_user.is_authenticated
    try:
        if not is_ours:
            raise Conflict("sso_expired")
        done = _return(state)
    except Conflict as conflict:
        return _refuse(conflict, was_signed_in)
    if done.entry is not None:
        return let_in(done.entry, done.target)
    flash(Said.CONFIRMED)
    return go_on(done.target)


def _return(state: str) -> Return:
    if request.args.get("error"):
        end_visit(state)
        raise Conflict("sso_cancelled")
    return come_back(state, request.args.get("code", ""), peer(), user_agent())


def _is_ours(state: str) -> bool:
    """Whether ``state`` is the one this browser left with, and the answer the provider's."""
    expected = session.pop(_STATE, None)
    issuer = request.args.get("iss", settings().oidc.issuer)
    return bool(state) and state == expected and issuer == settings().oidc.issuer


def _send_off(session_token: str | None) -> ResponseReturnValue:
    try:
        departure = depart(request.args.get("next", ""), peer(), session_token)
    except Conflict as conflict:
        return _refuse(conflict, session_token is not None)
    session[_STATE] = departure.state
    return redirect(departure.address, 303)


def _refuse(conflict: Conflict, is_signed_in: bool) -> ResponseReturnValue:
    if is_signed_in:
        refused = need_person()
        if refused is None:
            return turn_away("session/confirm.html", conflict, **question(ConfirmForm(), ""))
    context = {"form": LoginForm(formdata=None), "next": "", "provider": provider_name()}
    return turn_away("session/login.html", conflict, **context)


def _need_provider() -> None:
    if settings().oidc is None:
        abort(404)
