"""Proving once more who one is, before what could do harm."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.domain.problems import Conflict
from portal.pipeline.sign_in import confirm
from portal.web.access import is_own_path, peer
from portal.web.forms.session import ConfirmForm
from portal.web.htmx import go, go_to, page
from portal.web.messages import message

bp = Blueprint("confirmation", __name__, url_prefix="/confirm")


@bp.route("", methods=["GET", "POST"])
def ask() -> ResponseReturnValue:
    """Ask whoever is signed in for their password, and go on to where they were."""
    form, target = ConfirmForm(), request.values.get("next", "")
    if not form.is_submitted():
        return page("session/confirm.html", form=form, problem=None, next=target)
    try:
        confirm(current_user.token, form.password.data or "", peer())
    except Conflict as conflict:
        problem = message(conflict.code, conflict.params)
        status = 429 if conflict.code == "throttled" else 422
        return page("session/confirm.html", status=status, form=form, problem=problem, next=target)
    return go_to(target) if is_own_path(target) else go("overview.index")
