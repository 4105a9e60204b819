"""السياسات: how hooks are driven; admins add their own."""

from typing import Any

from flask import Blueprint, flash
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Permission
from portal.domain.policies import PolicyDraft, read_policy
from portal.domain.problems import Conflict, Refused
from portal.models import Policy
from portal.pipeline import catalogue as verbs
from portal.queries.hooks import policies
from portal.queries.rows import NotFound
from portal.web.access import actor, allowed
from portal.web.announcements import Notice
from portal.web.forms.policy import PolicyForm
from portal.web.forms.reason import ReasonForm
from portal.web.htmx import go, page
from portal.web.messages import message

bp = Blueprint("policies", __name__, url_prefix="/settings/policies")


@bp.get("")
def index() -> ResponseReturnValue:
    """Every policy that a hook may have, and what each will do."""
    return page("policies/index.html", nav="policies", policies=policies(actor().account_id))


@bp.route("/new", methods=["GET", "POST"])
@allowed(Permission.CHANGE_CATALOGUE)
def create() -> ResponseReturnValue:
    """Add a policy."""
    form = PolicyForm()
    if not form.is_submitted():
        return _form(PolicyForm.of(PolicyDraft()), None)
    try:
        verbs.create_policy(read_policy(form.values(), PolicyDraft()), actor())
    except Refused as refused:
        form.attach(refused.problems)
        return _form(form, None, 422)
    flash(Notice.POLICY_CREATED)
    return go("policies.index")


@bp.route("/<slug>/edit", methods=["GET", "POST"])
@allowed(Permission.CHANGE_CATALOGUE)
def edit(slug: str) -> ResponseReturnValue:
    """Change one of the account's own policies; its hooks follow at once."""
    policy = _own(slug)
    base = verbs.policy_draft(policy)
    form = PolicyForm()
    if not form.is_submitted():
        return _form(PolicyForm.of(base), policy)
    try:
        verbs.edit_policy(slug, read_policy(form.values(), base), actor())
    except Refused as refused:
        form.attach(refused.problems)
        return _form(form, _own(slug), 422)
    flash(Notice.HOOK_SAVED)
    return go("policies.index")


@bp.route("/<slug>/delete", methods=["GET", "POST"])
@allowed(Permission.CHANGE_CATALOGUE)
def delete(slug: str) -> ResponseReturnValue:
    """Ask why one of the account's own policies is to go; then delete it, unless a hook has it."""
    policy, form = _own(slug), ReasonForm()
    if not form.is_submitted():
        return _ask_delete(policy, form)
    try:
        verbs.delete_policy(policy.slug, actor(), form.given())
        flash(Notice.POLICY_DELETED)
    except Refused as refused:
        form.attach(refused.problems)
        return _ask_delete(policy, form, 422)
    except Conflict as conflict:
        flash(message(conflict.code), "error")
    return go("policies.index")


def _ask_delete(policy: Policy, form: ReasonForm, status: int = 200) -> ResponseReturnValue:
    asked = {"policy": policy, "form": form, "nav": "policies"}
    return page("policies/delete.html", "delete_policy", status=status, **asked)


def _own(slug: str) -> Policy:
    for policy in policies(actor().account_id):
        if policy.slug == slug and policy.account_id is not None:
            return policy
    raise NotFound(slug)


def _form(form: PolicyForm, policy: Any, status: int = 200) -> ResponseReturnValue:
    return page(
        "policies/form.html",
        "policy_form",
        status=status,
        nav="policies",
        form=form,
        policy=policy,
    )
