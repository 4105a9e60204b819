"""الحقول المخفية: which fields of payloads some roles do not see; tried before it is kept."""

from typing import Any

from flask import Blueprint, flash, request
from flask.typing import ResponseReturnValue

from portal.domain.masking import DOTS, MaskDraft, MaskKind, read_mask, usual_masks
from portal.domain.permissions import Permission
from portal.domain.problems import Refused
from portal.domain.states import Role
from portal.models import PayloadMask
from portal.pipeline import masks as verbs
from portal.queries.hooks import event_types
from portal.queries.masks import list_masks
from portal.web import mask_views as views
from portal.web import seeing
from portal.web.access import actor, allowed, confirmed, reach
from portal.web.announcements import Notice
from portal.web.forms.mask import MaskForm
from portal.web.htmx import go, page
from portal.web.messages import message

bp = Blueprint("masks", __name__, url_prefix="/settings/masks")

SAVE, TRY = "save", "try"

bp.add_app_template_global(lambda: bool(seeing.masks()), "sees_masked")
bp.add_app_template_test(lambda text: text == DOTS, "hidden_whole")


@bp.get("")
@allowed(Permission.MANAGE_MASKS)
def index() -> ResponseReturnValue:
    """The masks of the account, and the form of a new one; ``usual`` names one to begin with."""
    usual = {draft.pattern: draft for draft in usual_masks()}
    return _page(MaskForm.of(usual.get(request.args.get("usual", ""), MaskDraft())))


@bp.post("")
@allowed(Permission.MANAGE_MASKS)
def create() -> ResponseReturnValue:
    """Add a mask, or see what it would hide."""
    form = MaskForm()
    if request.form.get("action", SAVE) == TRY:
        return _page(form)
    try:
        verbs.create_masks((read_mask(form.values(), MaskDraft()),), actor())
    except Refused as refused:
        form.attach(refused.problems)
        return _page(form, 422)
    flash(Notice.MASK_ADDED)
    return go("masks.index")


@bp.post("/usual")
@allowed(Permission.MANAGE_MASKS)
def create_usual() -> ResponseReturnValue:
    """Add the three that almost every account wants."""
    try:
        verbs.create_masks(usual_masks(), actor())
        flash(Notice.MASKS_ADDED)
    except Refused as refused:
        problem = refused.problems[0]
        flash(message(problem.code, problem.params), "error")
    return go("masks.index")


@bp.route("/<mask_id>", methods=["GET", "POST"])
@allowed(Permission.MANAGE_MASKS)
@confirmed
def edit(mask_id: str) -> ResponseReturnValue:
    """Change a mask, or see what it would hide then."""
    mask = reach(PayloadMask, mask_id)
    roles = tuple(Role(role) for role in mask.roles)
    base = MaskDraft(mask.pattern, MaskKind(mask.kind), roles)
    if request.method == "GET":
        return _page(MaskForm.of(base), mask=mask)
    form = MaskForm()
    if request.form.get("action", SAVE) == TRY:
        return _page(form, mask=mask)
    try:
        verbs.change_mask(mask.id, read_mask(form.values(), base), actor())
    except Refused as refused:
        form.attach(refused.problems)
        return _page(form, 422, reach(PayloadMask, mask_id))
    flash(Notice.HOOK_SAVED)
    return go("masks.index")


@bp.post("/<mask_id>/delete")
@allowed(Permission.MANAGE_MASKS)
@confirmed
def delete(mask_id: str) -> ResponseReturnValue:
    """Show what a mask hid to everybody again."""
    verbs.delete_mask(reach(PayloadMask, mask_id).id, actor())
    flash(Notice.MASK_DELETED)
    return go("masks.index")


def _page(
    form: MaskForm, status: int = 200, mask: PayloadMask | None = None
) -> ResponseReturnValue:
    kinds = event_types(actor().account_id)
    shown: dict[str, Any] = {"masks": list_masks(actor().account_id)} if mask is None else {}
    return page(
        "masks/index.html" if mask is None else "masks/edit.html",
        "mask_form",
        status=status,
        nav="masks",
        form=form,
        mask=mask,
        action=request.path,
        trial=views.tried(form, kinds),
        event_types=kinds,
        kinds=views.KINDS,
        kind_choices=[(kind, f"{name}: {left}") for kind, (name, left) in views.KINDS.items()],
        usual=views.USUAL,
        role_words=views.ROLE_WORDS,
        **shown,
    )
