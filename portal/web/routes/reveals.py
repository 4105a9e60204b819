"""Showing a secret that is kept: asked for again, with a reason, and never in an address."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Permission
from portal.domain.problems import Conflict, Refused
from portal.pipeline.reveal import reveal_credentials, reveal_secret
from portal.web.access import actor, allowed, confirmed
from portal.web.forms.reason import ReasonForm
from portal.web.htmx import page
from portal.web.messages import message
from portal.web.routes.hooks import living as living_hook
from portal.web.routes.triggers import living as living_trigger

bp = Blueprint("reveals", __name__)

Secrets = Mapping[str, str]


@bp.route("/settings/webhooks/<hook_id>/security/reveal", methods=["GET", "POST"])
@allowed(Permission.REVEAL_SECRETS)
@confirmed
def hook(hook_id: str) -> ResponseReturnValue:
    """Ask why, and show the secret that a hook signs with."""
    row = living_hook(hook_id)
    about = {"name": row.name, "back": url_for("hook_security.show", hook_id=row.id)}
    about |= {"nav": "hooks", "action": url_for("reveals.hook", hook_id=row.id)}
    return _reveal(about, lambda why: {"secret": reveal_secret(row.id, actor(), why)})


@bp.route("/triggers/<trigger_id>/reveal", methods=["GET", "POST"])
@allowed(Permission.REVEAL_SECRETS)
@confirmed
def trigger(trigger_id: str) -> ResponseReturnValue:
    """Ask why, and show what callers of a trigger prove themselves with."""
    row = living_trigger(trigger_id)
    about = {"name": row.name, "back": url_for("triggers.show", trigger_id=row.id)}
    about |= {"nav": "triggers", "action": url_for("reveals.trigger", trigger_id=row.id)}
    return _reveal(about, lambda why: reveal_credentials(row.id, actor(), why))


def _reveal(about: dict[str, Any], reveal: Callable[[str], Secrets]) -> ResponseReturnValue:
    form = ReasonForm()
    if not form.is_submitted():
        return page("reveals/show.html", form=form, shown=None, problem=None, **about)
    try:
        shown = reveal(form.reason.data or "")
    except Refused as refused:
        form.attach(refused.problems)
        return page("reveals/show.html", status=422, form=form, shown=None, problem=None, **about)
    except Conflict as conflict:
        problem = message(conflict.code)
        return page(
            "reveals/show.html", status=409, form=form, shown=None, problem=problem, **about
        )
    return page("reveals/show.html", form=form, shown=shown, problem=None, **about)
