"""حسابي الشخصي: where somebody is signed in, and with what."""

from flask import Blueprint, flash
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.domain.problems import Conflict, Refused
from portal.extensions import settings
from portal.pipeline.passwords import change_password
from portal.pipeline.sessions import end_one, end_others
from portal.queries.sessions import find_own_session, list_sessions, proofs_of
from portal.web.access import actor
from portal.web.door import turn_away
from portal.web.door_words import Said
from portal.web.forms.session import ChangePasswordForm
from portal.web.htmx import go, page

bp = Blueprint("profile", __name__, url_prefix="/profile")


@bp.get("")
def show() -> ResponseReturnValue:
    """Who somebody is here: their browsers, password and second step."""
    return page("profile/show.html", problem=None, **_profile(ChangePasswordForm()))


@bp.post("/password")
def new_password() -> ResponseReturnValue:
    """Take another password from who has the old one; all other browsers are signed out."""
    form = ChangePasswordForm()
    try:
        change_password(actor(), form.old.data or "", form.new.data or "", current_user.token)
    except Refused as refused:
        form.attach(refused.problems)
        return page("profile/show.html", status=422, problem=None, **_profile(form))
    except Conflict as conflict:
        return turn_away("profile/show.html", conflict, **_profile(form))
    flash(Said.PASSWORD_CHANGED)
    return go("profile.show")


@bp.post("/sessions/<session_id>/end")
def end(session_id: str) -> ResponseReturnValue:
    """Sign one browser of this person's out."""
    end_one(find_own_session(actor().person_id or "", session_id), actor())
    flash(Said.SESSION_ENDED)
    return go("profile.show")


@bp.post("/sessions/end-others")
def end_all_others() -> ResponseReturnValue:
    """Sign this person out of every browser but this one."""
    end_others(current_user.token, actor())
    flash(Said.SESSIONS_ENDED)
    return go("profile.show")


def _profile(form: ChangePasswordForm) -> dict[str, object]:
    oidc, person_id = settings().oidc, actor().person_id or ""
    return {
        "nav": "profile",
        "form": form,
        "sessions": list_sessions(person_id, current_user.token),
        "proofs": proofs_of(person_id, oidc.issuer if oidc else None),
        "provider": oidc.name if oidc else None,
        "can_mail": settings().smtp is not None,
    }
