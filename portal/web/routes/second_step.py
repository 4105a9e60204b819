"""The second step of signing in: set up, switched off, and its recovery codes."""

from flask import Blueprint, flash
from flask.typing import ResponseReturnValue

from portal.domain.problems import Conflict, Refused
from portal.domain.second_steps import address_of, groups_of
from portal.pipeline import second_step as verbs
from portal.queries.sessions import proofs_of
from portal.web.access import actor, confirmed
from portal.web.door import qr, turn_away
from portal.web.door_words import Said
from portal.web.forms.session import CodeForm, ConfirmForm
from portal.web.htmx import go, page

bp = Blueprint("second_step", __name__, url_prefix="/profile/second-step")

_PAGE = "profile/second_step.html"


@bp.get("")
@confirmed
def show() -> ResponseReturnValue:
    """How the second step stands, and what is to be done next."""
    return page(_PAGE, problem=None, **_state())


@bp.post("")
@confirmed
def begin() -> ResponseReturnValue:
    """Make a secret for an authenticator."""
    try:
        verbs.begin_setup(actor())
    except Conflict as conflict:
        return turn_away(_PAGE, conflict, **_state())
    return go("second_step.show")


@bp.post("/on")
@confirmed
def turn_on() -> ResponseReturnValue:
    """Ask for codes from now on; this one answer shows the recovery codes."""
    form = CodeForm()
    try:
        codes = verbs.turn_on(actor(), form.code.data or "")
    except Refused as refused:
        form.attach(refused.problems)
        return page(_PAGE, status=422, problem=None, **_state(form))
    except Conflict as conflict:
        return turn_away(_PAGE, conflict, **_state(form))
    return page("profile/recovery_codes.html", nav="profile", codes=codes, is_first=True)


@bp.post("/off")
@confirmed
def turn_off() -> ResponseReturnValue:
    """Ask for codes no more."""
    try:
        verbs.turn_off(actor(), ConfirmForm().password.data or "")
    except Conflict as conflict:
        return turn_away(_PAGE, conflict, **_state())
    flash(Said.SECOND_STEP_OFF)
    return go("profile.show")


@bp.post("/codes")
@confirmed
def renew_codes() -> ResponseReturnValue:
    """Make recovery codes anew; this one answer shows them."""
    try:
        codes = verbs.renew_recovery_codes(actor())
    except Conflict as conflict:
        return turn_away(_PAGE, conflict, **_state())
    return page("profile/recovery_codes.html", nav="profile", codes=codes, is_first=False)


def _state(form: CodeForm | None = None) -> dict[str, object]:
    person_id = actor().person_id or ""
    secret = verbs.secret_in_setup(person_id)
    return {
        "nav": "profile",
        "form": form or CodeForm(formdata=None),
        "password": ConfirmForm(formdata=None),
        "proofs": proofs_of(person_id, None),
        "secret": groups_of(secret) if secret else None,
        "qr": qr(address_of(secret, actor().name)) if secret else None,
    }
