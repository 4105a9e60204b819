"""مفاتيح التكامل البرمجي: the keys of the platform's own programs."""

from flask import Blueprint, flash
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Permission
from portal.domain.problems import Refused
from portal.extensions import settings
from portal.models import ApiKey
from portal.pipeline.keys import make_api_key, revoke_api_key
from portal.queries.sign_in import list_api_keys
from portal.web.access import actor, allowed, reach
from portal.web.announcements import Notice
from portal.web.forms.api_key import ApiKeyForm
from portal.web.htmx import go, page

bp = Blueprint("api_keys", __name__, url_prefix="/settings/api-keys")


@bp.get("")
@allowed(Permission.MANAGE_KEYS)
def index() -> ResponseReturnValue:
    """Every living key of the account."""
    return _list(ApiKeyForm())


@bp.post("")
@allowed(Permission.MANAGE_KEYS)
def create() -> ResponseReturnValue:
    """Make a key; this one answer shows its text."""
    form = ApiKeyForm()
    try:
        _, text = make_api_key(actor().account_id, form.name.data or "", actor().person_id)
    except Refused as refused:
        form.attach(refused.problems)
        return _list(form, status=422)
    flash(Notice.KEY_CREATED)
    return _list(ApiKeyForm(formdata=None), new_key=text)


@bp.post("/<key_id>/revoke")
@allowed(Permission.MANAGE_KEYS)
def revoke(key_id: str) -> ResponseReturnValue:
    """Make a key useless at once."""
    revoke_api_key(reach(ApiKey, key_id).id)
    flash(Notice.KEY_REVOKED)
    return go("api_keys.index")


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
