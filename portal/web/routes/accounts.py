"""الحسابات: which accounts somebody may enter; and their names and time."""

from flask import Blueprint, abort, flash, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.domain.permissions import Permission
from portal.domain.problems import Refused
from portal.domain.states import Role
from portal.domain.zones import zones
from portal.models import Account
from portal.pipeline.accounts import edit_account, open_account
from portal.pipeline.invitations import invite
from portal.pipeline.sign_in import standing_in
from portal.queries.accounts import all_accounts, find_account, own_accounts
from portal.queries.rows import NotFound
from portal.web.access import actor, allowed, confirmed, go_into, may
from portal.web.announcements import Notice
from portal.web.forms.account import AccountForm, NewAccountForm
from portal.web.forms.people import InvitationForm
from portal.web.htmx import go, page

bp = Blueprint("accounts", __name__, url_prefix="/accounts")


@bp.get("")
def index() -> ResponseReturnValue:
    """The accounts of whoever is signed in; for the portal's own people all there are."""
    text, cursor = request.args.get("q", "")[:200], request.args.get("cursor")
    found = all_accounts(text, cursor) if may(Permission.VISIT_ACCOUNTS) else None
    return page(
        "accounts/index.html",
        "accounts_list",
        nav="accounts",
        own=own_accounts(current_user.actor.person_id),
        found=found,
        q=text,
        here=actor().account_id,
        may_manage=may(Permission.MANAGE_PORTAL),
    )


@bp.post("/<account_id>/enter")
def go_in(account_id: str) -> ResponseReturnValue:
    """Go on in another account."""
    account = find_account(account_id)
    standing = standing_in(current_user.person, account.id)
    if standing is None:
        raise NotFound(account_id)
    go_into(account.id, as_visitor=standing.is_visitor)
    flash(Notice.ACCOUNT_ENTERED)
    return go("overview.index")


@bp.route("/new", methods=["GET", "POST"])
@allowed(Permission.MANAGE_PORTAL)
def create() -> ResponseReturnValue:
    """Open an account."""
    form = NewAccountForm()
    if not form.is_submitted():
        form.time_zone.data = current_user.zone
        return _form(form, None)
    try:
        made = open_account(form.name.data, form.slug.data, form.time_zone.data or "", actor())
    except Refused as refused:
        form.attach(refused.problems)
        return _form(form, None, 422)
    flash(Notice.ACCOUNT_CREATED)
    return go("accounts.edit", account_id=made.id)


@bp.route("/<account_id>/edit", methods=["GET", "POST"])
def edit(account_id: str) -> ResponseReturnValue:
    """Give an account another name or time zone: its own admins, and who runs the portal."""
    account, form = _changeable(account_id), AccountForm()
    if not form.is_submitted():
        return _form(_named(account), account)
    try:
        edit_account(account.id, form.name.data, form.time_zone.data or "", actor())
    except Refused as refused:
        form.attach(refused.problems)
        return _form(form, account, 422)
    flash(Notice.HOOK_SAVED)
    return go("accounts.index")


@bp.post("/<account_id>/invite")
@allowed(Permission.MANAGE_PORTAL)
@confirmed
def invite_admin(account_id: str) -> ResponseReturnValue:
    """Make an invitation for an admin of the account, its first one as a rule; this one answer
    shows its link."""
    account, form = find_account(account_id), InvitationForm()
    try:
        _, link = invite(form.email.data or None, Role.ADMIN, actor().within(account.id))
    except Refused as refused:
        form.attach(refused.problems)
        return _form(_named(account), account, 422, invitation=form)
    flash(Notice.INVITED)
    return _form(_named(account), account, link=link)


def _changeable(account_id: str) -> Account:
    account, is_here = find_account(account_id), account_id == actor().account_id
    if may(Permission.MANAGE_PORTAL) or (is_here and may(Permission.MANAGE_ACCOUNT)):
        return account
    if is_here:
        abort(403)
    raise NotFound(account_id)


def _named(account: Account) -> AccountForm:
    return AccountForm(formdata=None, name=account.name, time_zone=account.time_zone)


def _form(
    form: AccountForm,
    account: Account | None,
    status: int = 200,
    invitation: InvitationForm | None = None,
    link: str | None = None,
) -> ResponseReturnValue:
    return page(
        "accounts/form.html",
        "account_form",
        status=status,
        nav="accounts",
        account=account,
        form=form,
        zones=zones(),
        invitation=invitation or InvitationForm(formdata=None),
        link=link,
        may_manage=may(Permission.MANAGE_PORTAL),
    )
