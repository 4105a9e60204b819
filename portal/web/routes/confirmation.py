"""Proving once more who one is, before what could do harm.

The password is enough for those who have a second step: their session has passed it. Those who
come through single sign-on go there once more.
"""

from typing import Any

from flask import Blueprint, flash, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.domain.problems import Conflict
from portal.extensions import settings
from portal.pipeline.sign_in import confirm
from portal.queries.sessions import proofs_of
from portal.web.access import actor, peer
from portal.web.door import go_on, provider_name, turn_away
from portal.web.door_words import Said
from portal.web.forms.session import ConfirmForm
from portal.web.htmx import page

bp = Blueprint("confirmation", __name__, url_prefix="/confirm")


@bp.route("", methods=["GET", "POST"])
def ask() -> ResponseReturnValue:
    """Ask whoever is signed in for their password, and go on to where they were."""
    form, target = ConfirmForm(), request.values.get("next", "")
    if not form.is_submitted():
        return page("session/confirm.html", problem=None, **question(form, target))
    try:
        confirm(current_user.token, form.password.data or "", peer())
    except Conflict as conflict:
        return turn_away("session/confirm.html", conflict, **question(form, target))
    flash(Said.CONFIRMED)
    return go_on(target)


def question(form: ConfirmForm, target: str) -> dict[str, Any]:
    """What the page of the question shows."""
    oidc = settings().oidc
    proofs = proofs_of(actor().person_id or "", oidc.issuer if oidc else None)
    return {
        "form": form,
        "next": target,
        "has_password": proofs.has_password or not proofs.is_linked,
        "provider": provider_name() if proofs.is_linked else None,
    }
