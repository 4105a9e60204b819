"""الأمان: how a hook signs, and the secrets that it signs with."""

from flask import Blueprint, flash
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Permission
from portal.domain.problems import Refused
from portal.models import Hook, now
from portal.pipeline.hooks import headers_of, public_key_of
from portal.pipeline.secrets import end_secret, rotate_secret
from portal.queries.hook_secrets import SecretView, find_secret, secret_views
from portal.queries.hook_views import view_of
from portal.queries.rows import NotFound
from portal.web.access import actor, allowed
from portal.web.announcements import Notice
from portal.web.forms.hook_secret import RotationForm
from portal.web.htmx import go, page
from portal.web.once import new_secret_of, will_show_secret
from portal.web.routes.hooks import living

bp = Blueprint("hook_security", __name__, url_prefix="/settings/webhooks/<hook_id>/security")


@bp.get("")
@allowed(Permission.CHANGE_HOOKS)
def show(hook_id: str) -> ResponseReturnValue:
    """How a hook signs; its secrets, masked; and the form by which it gets another."""
    return _show(living(hook_id), RotationForm(formdata=None))


@bp.post("")
@allowed(Permission.CHANGE_HOOKS)
def rotate(hook_id: str) -> ResponseReturnValue:
    """Give a hook a new secret, which the page that follows shows once."""
    hook, form = living(hook_id), RotationForm()
    try:
        rotate_secret(hook.id, *form.wanted(hook.signature), actor=actor())
    except Refused as refused:
        form.attach(refused.problems)
        return _show(living(hook_id), form, 422)
    will_show_secret(hook_id)
    flash(Notice.SECRET_ROTATED)
    return go("hook_security.show", hook_id=hook_id)


@bp.get("/secrets/<secret_id>/end")
@allowed(Permission.CHANGE_HOOKS)
def confirm_end(hook_id: str, secret_id: str) -> ResponseReturnValue:
    """Ask before an old secret stops signing."""
    hook = living(hook_id)
    secret = _old(hook, secret_id)
    return page("hooks/end_secret.html", "end_secret", nav="hooks", hook=hook, secret=secret)


@bp.post("/secrets/<secret_id>/end")
@allowed(Permission.CHANGE_HOOKS)
def end(hook_id: str, secret_id: str) -> ResponseReturnValue:
    """End an old secret before its time."""
    hook = living(hook_id)
    end_secret(hook.id, _old(hook, secret_id).id, actor())
    flash(Notice.SECRET_ENDED)
    return go("hook_security.show", hook_id=hook_id)


def _old(hook: Hook, secret_id: str) -> SecretView:
    secret = find_secret(hook, secret_id, now())
    if secret is None or secret.is_current:
        raise NotFound(secret_id)
    return secret


def _show(hook: Hook, form: RotationForm, status: int = 200) -> ResponseReturnValue:
    return page(
        "hooks/security.html",
        "rotation",
        status=status,
        nav="hooks",
        tab="security",
        hook=view_of(hook),
        signature=hook.signature,
        public_key=public_key_of(hook),
        header_names=list(headers_of(hook)),
        secrets=secret_views(hook, now()),
        new_secret=new_secret_of(hook),
        form=form,
    )
