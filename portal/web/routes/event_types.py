"""أنواع الأحداث: the catalogue, what an event of each looks like, and which hooks want it."""

from itertools import groupby
from typing import Any

from flask import Blueprint, flash
from flask.typing import ResponseReturnValue

from portal.domain.event_types import EventTypeDraft, read_event_type
from portal.domain.permissions import Permission
from portal.domain.problems import Conflict, Refused
from portal.models import EventType
from portal.pipeline import catalogue as verbs
from portal.queries.hooks import event_types, find_event_type, subscribers
from portal.queries.rows import NotFound
from portal.web.access import actor, allowed, may
from portal.web.announcements import Notice
from portal.web.forms.event_type import EventTypeForm
from portal.web.forms.reason import ReasonForm
from portal.web.htmx import go, page
from portal.web.messages import message

bp = Blueprint("event_types", __name__, url_prefix="/settings/event-types")


@bp.get("")
def index() -> ResponseReturnValue:
    """Every event type that hooks may subscribe to, by group."""
    kinds = sorted(event_types(actor().account_id), key=lambda kind: kind.account_id is not None)
    return page(
        "event_types/index.html",
        nav="event_types",
        groups=[(name, list(of)) for name, of in groupby(kinds, key=lambda kind: kind.group)],
        subscribers=subscribers(actor().account_id),
        may_change=may(Permission.CHANGE_CATALOGUE),
    )


@bp.get("/<key>")
def show(key: str) -> ResponseReturnValue:
    """One event type: an example, its schema, and the hooks that subscribe."""
    kind = find_event_type(actor().account_id, key)
    return page(
        "event_types/show.html",
        nav="event_types",
        kind=kind,
        hooks=subscribers(actor().account_id).get(key, []),
        may_change=may(Permission.CHANGE_CATALOGUE) and kind.account_id is not None,
    )


# No key has a dash, so that none is taken for this.
@bp.route("/new-type", methods=["GET", "POST"])
@allowed(Permission.CHANGE_CATALOGUE)
def create() -> ResponseReturnValue:
    """Add an event type."""
    form = EventTypeForm()
    if not form.is_submitted():
        return _form(EventTypeForm.of(EventTypeDraft()), None)
    try:
        made = verbs.create_event_type(read_event_type(form.values(), EventTypeDraft()), actor())
    except Refused as refused:
        form.attach(refused.problems)
        return _form(form, None, 422)
    flash(Notice.EVENT_TYPE_CREATED)
    return go("event_types.show", key=made.key)


@bp.route("/<key>/edit", methods=["GET", "POST"])
@allowed(Permission.CHANGE_CATALOGUE)
def edit(key: str) -> ResponseReturnValue:
    """Change one of the account's own event types; its key stays."""
    kind = _own(key)
    base = verbs.event_type_draft(kind)
    form = EventTypeForm()
    if not form.is_submitted():
        return _form(EventTypeForm.of(base), kind)
    try:
        verbs.edit_event_type(key, read_event_type(form.values(key), base), actor())
    except Refused as refused:
        form.attach(refused.problems)
        return _form(form, _own(key), 422)
    flash(Notice.HOOK_SAVED)
    return go("event_types.show", key=key)


@bp.route("/<key>/delete", methods=["GET", "POST"])
@allowed(Permission.CHANGE_CATALOGUE)
def delete(key: str) -> ResponseReturnValue:
    """Ask why one of the account's own event types is to go; then delete it, unless a hook
    subscribes to it."""
    kind, form = _own(key), ReasonForm()
    if not form.is_submitted():
        return _ask_delete(kind, form)
    try:
        verbs.delete_event_type(kind.key, actor(), form.given())
    except Refused as refused:
        form.attach(refused.problems)
        return _ask_delete(kind, form, 422)
    except Conflict as conflict:
        flash(message(conflict.code), "error")
        return go("event_types.show", key=key)
    flash(Notice.EVENT_TYPE_DELETED)
    return go("event_types.index")


def _ask_delete(kind: EventType, form: ReasonForm, status: int = 200) -> ResponseReturnValue:
    asked = {"kind": kind, "form": form, "nav": "event_types"}
    return page("event_types/delete.html", "delete_event_type", status=status, **asked)


def _own(key: str) -> EventType:
    kind = find_event_type(actor().account_id, key)
    if kind.account_id is None:
        raise NotFound(key)
    return kind


def _form(form: EventTypeForm, kind: Any, status: int = 200) -> ResponseReturnValue:
    return page(
        "event_types/form.html",
        "event_type_form",
        status=status,
        nav="event_types",
        form=form,
        kind=kind,
    )
