"""Hooks as a file: downloaded, and made from one after a look at what would come of it."""

import json
from typing import Any

from flask import Blueprint, Response, flash
from flask.typing import ResponseReturnValue

from portal.domain.audit import Action
from portal.domain.hook_files import Entry, Fate, read_file
from portal.domain.permissions import Permission
from portal.domain.problems import Refused
from portal.pipeline.audit import note_alone
from portal.pipeline.hook_files import look_through, make_hooks, written_hooks
from portal.web.access import actor, allowed
from portal.web.announcements import Notice
from portal.web.forms.hook_file import HookFileForm
from portal.web.htmx import go, page
from portal.web.messages import message

bp = Blueprint("hook_files", __name__, url_prefix="/settings/webhooks")


# An address may hold a key, so that not everybody who reads hooks gets them whole.
@bp.get("/export.json")
@allowed(Permission.SEE_SECRETS)
def export() -> Response:
    """Every hook of the account, without secrets and the values of headers."""
    hooks = written_hooks(actor())
    note_alone(actor(), Action.HOOKS_EXPORTED, after={"count": len(hooks)})
    text = json.dumps({"hooks": hooks}, ensure_ascii=False, indent=2)
    answer = Response(text + "\n", mimetype="application/json")
    answer.headers.set("Content-Disposition", "attachment", filename="webhooks.json")
    return answer


@bp.route("/import", methods=["GET", "POST"])
@allowed(Permission.CHANGE_HOOKS)
def take() -> ResponseReturnValue:
    """Take a file; show what would be made of it, and make that once it is confirmed."""
    form = HookFileForm()
    if not form.is_submitted():
        return page("hook_files/take.html", nav="hooks", form=form)
    try:
        text = form.typed()
        hooks = read_file(text.encode("utf-8", "replace"))
    except Refused as refused:
        form.attach(refused.problems)
        return page("hook_files/take.html", status=422, nav="hooks", form=form)
    if not form.confirmed.data:
        return _look(form, text, hooks)
    made, left = make_hooks(hooks, bool(form.enabled.data), actor())
    if made and not left:
        flash(Notice.HOOKS_TAKEN)
        return go("hooks.index")
    flash(Notice.HOOKS_TAKEN_IN_PART if made else Notice.HOOKS_NOT_TAKEN, "error")
    return _look(form, text, hooks, 409)


def _look(form: HookFileForm, text: str, hooks: list[Any], status: int = 200) -> Response:
    entries = look_through(hooks, actor())
    return page(
        "hook_files/look.html",
        status=status,
        nav="hooks",
        form=form,
        text=text,
        entries=[_view(entry) for entry in entries],
        ready=sum(entry.fate is Fate.NEW for entry in entries),
    )


def _view(entry: Entry) -> dict[str, Any]:
    said = [(one.pointer, message(one.code, one.params)) for one in entry.problems]
    return {
        "fate": entry.fate.value,
        "name": entry.draft.name,
        "url": entry.draft.url,
        "header_names": entry.header_names,
        "said": said,
    }
