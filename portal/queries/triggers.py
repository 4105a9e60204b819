"""Triggers as pages and the API read them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import Any

from sqlalchemy import func, select

from portal.domain.folding import fold
from portal.extensions import db
from portal.models import Call, Trigger, TriggerVersion
from portal.queries.page import Page, page_of


def list_triggers(
    account_id: str, search: str = "", cursor: str | None = None, limit: int = 50
) -> Page[Trigger]:
    """The living triggers of an account, newest first; ``search`` is matched in their names."""
    rows = select(Trigger).where(Trigger.account_id == account_id, Trigger.deleted_at.is_(None))
    if search.strip():
        rows = rows.where(Trigger.name_folded.contains(fold(search), autoescape=True))
    return page_of(rows, Trigger.id, cursor, limit)


def configurations_of(triggers: Sequence[Trigger]) -> dict[str, Mapping[str, Any]]:
    """The current configuration of each of ``triggers``, by the trigger's id."""
    rows = db.session.execute(
        select(TriggerVersion.trigger_id, TriggerVersion.configuration)
        .join(Trigger, Trigger.id == TriggerVersion.trigger_id)
        .where(
            TriggerVersion.trigger_id.in_([trigger.id for trigger in triggers]),
            TriggerVersion.number == Trigger.version,
        )
    )
    return dict(map(tuple, rows))


@dataclass(frozen=True)
class LastCall:
    """When a trigger was last called, and what became of it."""

    at: datetime
    verdict: str
    status: int | None


def last_calls(triggers: Sequence[Trigger]) -> dict[str, LastCall]:
    """The latest call of each of ``triggers`` that has any, by the trigger's id."""
    ids = [trigger.id for trigger in triggers]
    # Ids rise with time, and the index leads to the last of each.
    latest = select(func.max(Call.id)).where(Call.trigger_id.in_(ids)).group_by(Call.trigger_id)
    rows = db.session.scalars(select(Call).where(Call.id.in_(latest)))
    return {row.trigger_id: LastCall(row.at, row.verdict, row.status) for row in rows}


def mapped_since(trigger: Trigger) -> tuple[Mapping[str, Any], datetime]:
    """The trigger's variables, and since when they are mapped so."""
    versions = versions_of(trigger.id)
    variables = versions[0].configuration["variables"]
    alike = takewhile(lambda one: one.configuration["variables"] == variables, versions)
    return variables, list(alike)[-1].created_at


def versions_of(trigger_id: str, most: int = 100) -> Sequence[TriggerVersion]:
    """The versions of a trigger, newest first."""
    return db.session.scalars(
        select(TriggerVersion)
        .where(TriggerVersion.trigger_id == trigger_id)
        .order_by(TriggerVersion.number.desc())
        .limit(most)
    ).all()
