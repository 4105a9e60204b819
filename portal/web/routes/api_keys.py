"""مفاتيح التكامل البرمجي: the keys of the platform's own programs."""

from flask import Blueprint, flash, request
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Permission
from portal.domain.problems import Conflict, Refused
from portal.extensions import settings
from portal.models import ApiKey, now
from portal.pipeline.keys import draft_of, edit_api_key, make_api_key, revoke_api_key
from portal.queries.api_keys import list_api_keys
from portal.web.access import actor, allowed, confirmed, reach
from portal.web.announcements import Notice
from portal.web.forms.api_key import ApiKeyForm
from portal.web.htmx import go, page
from portal.web.messages import message

bp = Blueprint("api_keys", __name__, url_prefix="/settings/api-keys")


@bp.get("")
@allowed(Permission.MANAGE_KEYS)
def index() -> ResponseReturnValue:
    """Every key of the account that lives or ended lately."""
    return _list(ApiKeyForm(formdata=None))


@bp.post("")
@allowed(Permission.MANAGE_KEYS)
@confirmed
def create() -> ResponseReturnValue:
    """Make a key; this one answer shows its text."""
    form = ApiKeyForm()
    try:
        _, text = make_api_key(form.wanted(now()), actor())
    except Refused as refused:
        form.attach(refused.problems)
        return _list(form, status=422)
    flash(Notice.KEY_CREATED)
    return _list(ApiKeyForm(formdata=None), new_key=text)


@bp.route("/<key_id>/edit", methods=["GET", "POST"])
@allowed(Permission.MANAGE_KEYS)
@confirmed
def edit(key_id: str) -> ResponseReturnValue:
    """Change what a key is called and may do."""
    key = reach(ApiKey, key_id)
    known, form = draft_of(key), ApiKeyForm()
    if not form.is_submitted():
        return _form(ApiKeyForm.of(known), key)
    try:
        edit_api_key(key.id, form.wanted(now(), known), actor())
    except Refused as refused:
        form.attach(refused.problems)
        return _form(form, key, 422)
    except Conflict as conflict:
        flash(message(conflict.code), "error")
        return go("api_keys.index")
    flash(Notice.KEY_SAVED)
    return go("api_keys.index")


@bp.post("/<key_id>/revoke")
@allowed(Permission.MANAGE_KEYS)
def revoke(key_id: str) -> ResponseReturnValue:
    """Make a key useless at once."""
    revoke_api_key(reach(ApiKey, key_id).id, actor(), request.form.get("reason", ""))
    flash(Notice.KEY_REVOKED)
    return go("api_keys.index")


def _form(form: ApiKeyForm, key: ApiKey, status: int = 200) -> ResponseReturnValue:
    return page("api_keys/form.html", "key_form", status=status, nav="api_keys", form=form, key=key)


def _list(form: ApiKeyForm, status: int = 200, new_key: str | None = None) -> ResponseReturnValue:
    return page(
        "api_keys/index.html",
        "key_form",
        status=status,
        nav="api_keys",
        keys=list_api_keys(actor().account_id),
        form=form,
        new_key=new_key,
        base_url=settings().base_url,
    )
