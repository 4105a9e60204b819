"""إصدارات المشغّل: who changed what and when, two held side by side, and the way back."""

from typing import Any

from flask import Blueprint, flash, request
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Permission
from portal.domain.problems import Refused
from portal.domain.triggers.comparison import same, same_sender
from portal.models import Trigger, TriggerVersion
from portal.pipeline.triggers import configuration_of, restore_version
from portal.pipeline.versions import changes_between, changes_of_restoring, effect_of_restoring
from portal.queries.versions import Step, find_version, list_versions
from portal.web import condition_words, version_words
from portal.web.access import actor, allowed, may
from portal.web.htmx import go, page
from portal.web.messages import message
from portal.web.routes.triggers import living

bp = Blueprint("versions", __name__, url_prefix="/triggers/<trigger_id>/versions")

SHOWN = 20


@bp.app_context_processor
def _words() -> dict[str, Any]:
    return {"version_words": version_words, "condition_words": condition_words}


@bp.get("")
def index(trigger_id: str) -> ResponseReturnValue:
    """Every saved change of a trigger, newest first."""
    trigger, before = living(trigger_id), request.args.get("before")
    start = find_version(trigger, before).number if before else None
    found = list_versions(trigger, start, SHOWN)
    return page(
        "versions/index.html",
        "versions_list",
        nav="triggers",
        trigger=trigger,
        rows=[_row(step, found.items) for step in found.items],
        next=found.next,
        may_change=may(Permission.CHANGE_TRIGGERS),
    )


@bp.get("/<number>")
def show(trigger_id: str, number: str) -> ResponseReturnValue:
    """One version beside another: the one before it, or the one that ``with`` names."""
    trigger = living(trigger_id)
    version = find_version(trigger, number)
    other = find_version(trigger, request.args.get("with") or max(1, version.number - 1))
    older, newer = sorted((version, other), key=lambda one: one.number)
    return page(
        "versions/show.html",
        "comparison",
        nav="triggers",
        trigger=trigger,
        version=version,
        older=older,
        newer=newer,
        changes=changes_between(older, newer),
        may_change=may(Permission.CHANGE_TRIGGERS),
    )


@bp.get("/<number>/restore")
@allowed(Permission.CHANGE_TRIGGERS)
def confirm_restore(trigger_id: str, number: str) -> ResponseReturnValue:
    """Ask before a version is gone back to, and say what changes and which secrets are used."""
    trigger = living(trigger_id)
    return _ask(trigger, find_version(trigger, number))


@bp.post("/<number>/restore")
@allowed(Permission.CHANGE_TRIGGERS)
def restore(trigger_id: str, number: str) -> ResponseReturnValue:
    """Go back to a version, which makes a new one with its configuration."""
    trigger = living(trigger_id)
    version, before = find_version(trigger, number), trigger.version
    chosen = version.number
    try:
        now = restore_version(trigger_id, chosen, actor()).version
    except Refused as refused:
        problem = refused.problems[0]
        version = find_version(living(trigger_id), number)
        return _ask(living(trigger_id), version, message(problem.code, problem.params), 422)
    said = version_words.RESTORED if now != before else version_words.ALREADY
    flash(said.format(chosen))
    return go("triggers.show", trigger_id=trigger_id)


def _row(step: Step, around: Any) -> dict[str, Any]:
    version, older = step
    changes = changes_between(older, version) if older else None
    return {
        "version": version,
        "said": version_words.sentence(changes) if changes is not None else version_words.FIRST,
        "same_as": _same_as(version, older, [one for one, _ in around]),
    }


def _same_as(
    version: TriggerVersion, older: TriggerVersion | None, known: list[TriggerVersion]
) -> int | None:
    """The number of an earlier version with the same configuration, as going back makes it."""
    if older is None or same(older.configuration, version.configuration):
        return None
    earlier = (one for one in known if one.number < older.number)
    alike = (one.number for one in earlier if same(one.configuration, version.configuration))
    return next(alike, None)


def _ask(
    trigger: Trigger, version: TriggerVersion, refusal: str = "", status: int = 200
) -> ResponseReturnValue:
    auth = version.configuration["auth"]
    return page(
        "versions/restore.html",
        "restore_version",
        status=status,
        nav="triggers",
        trigger=trigger,
        version=version,
        changes=changes_of_restoring(trigger, version),
        effect=version_words.effect(effect_of_restoring(trigger, version, actor())),
        auth=auth,
        keeps_secrets=same_sender(auth, configuration_of(trigger)["auth"]),
        refusal=refusal,
    )
