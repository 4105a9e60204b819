"""The versions of a trigger, newest first."""

from sqlalchemy import select

from portal.extensions import db
from portal.models import Call, Trigger, TriggerVersion
from portal.queries.page import Page
from portal.queries.rows import NotFound

Step = tuple[TriggerVersion, TriggerVersion | None]


def list_versions(trigger: Trigger, before: int | None, limit: int) -> Page[Step]:
    """The versions below the number ``before``, each with the one that it followed.

    The cursor is the number of the last one shown.
    """
    rows = select(TriggerVersion).where(TriggerVersion.trigger_id == trigger.id)
    if before is not None:
        rows = rows.where(TriggerVersion.number < before)
    found = db.session.scalars(rows.order_by(TriggerVersion.number.desc()).limit(limit + 1)).all()
    steps = list(zip(found, [*found[1:], None], strict=True))[:limit]
    return Page(steps, str(found[limit - 1].number) if len(found) > limit else None)


def version_number(call: Call) -> int:
    """The number of the version that a call came under."""
    return db.session.get_one(TriggerVersion, call.version_id).number


def find_version(trigger: Trigger, number: str | int) -> TriggerVersion:
    """The version that a request names; raises :class:`NotFound`."""
    text = str(number)
    # A trigger's versions are numbered without a gap, and a longer number fits no column.
    is_number = text.isascii() and text.isdigit() and len(text) < 10
    if not is_number or not 1 <= int(text) <= trigger.version:
        raise NotFound(text)
    return db.session.scalars(
        select(TriggerVersion).where(
            TriggerVersion.trigger_id == trigger.id, TriggerVersion.number == int(text)
        )
    ).one()
