"""The last day at a glance, read from the rollups."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import contains_eager

from portal.domain.states import DeliveryState
from portal.extensions import db
from portal.models import Delivery, Hook, HookRollup, Stream
from portal.models.delivery import IS_OPEN
from portal.queries.hook_views import HookView, views_of

HOURS = 24
MOST_ATTENTION = 10


@dataclass(frozen=True)
class Hour:
    """What an account's attempts came to in the hour that begins at ``at``."""

    at: datetime
    delivered: int
    failed: int


@dataclass(frozen=True)
class Figures:
    """The last 24 hours in four numbers; ``waiting`` is how many wait now."""

    delivered: int
    failed_attempts: int
    undelivered: int
    waiting: int


@dataclass(frozen=True)
class Overview:
    """Everything that the first page shows."""

    has_hooks: bool
    figures: Figures
    hours: Sequence[Hour]
    attention: Sequence[HookView]


def look_around(account_id: str, now: datetime) -> Overview:
    """The overview of an account at ``now``."""
    hours = _last_day(account_id, now)
    day_ago = now - timedelta(days=1)
    living = exists().where(Hook.account_id == account_id, Hook.deleted_at.is_(None))
    return Overview(
        has_hooks=bool(db.session.scalar(select(living))),
        figures=Figures(
            delivered=sum(hour.delivered for hour in hours),
            failed_attempts=sum(hour.failed for hour in hours),
            undelivered=_count(account_id, DeliveryState.UNDELIVERED, since=day_ago),
            waiting=_count(account_id, DeliveryState.WAITING),
        ),
        hours=hours,
        attention=views_of(_unhealthy(account_id), account_id),
    )


def _last_day(account_id: str, now: datetime) -> list[Hour]:
    current = now.replace(minute=0, second=0, microsecond=0)
    first = current - timedelta(hours=HOURS - 1)
    rows = db.session.execute(
        select(HookRollup.hour, func.sum(HookRollup.delivered), func.sum(HookRollup.failed))
        .where(HookRollup.account_id == account_id, HookRollup.hour >= first)
        .group_by(HookRollup.hour)
    )
    sums = {hour: (int(delivered), int(failed)) for hour, delivered, failed in rows}
    hours = [first + timedelta(hours=step) for step in range(HOURS)]
    return [Hour(at, *sums.get(at, (0, 0))) for at in hours]


def _count(account_id: str, state: DeliveryState, since: datetime | None = None) -> int:
    rows = select(func.count()).where(
        Delivery.account_id == account_id,
        Delivery.state == state,
        IS_OPEN,
    )
    if since is not None:
        rows = rows.where(Delivery.finished_at >= since)
    return db.session.scalar(rows)


def _unhealthy(account_id: str) -> Sequence[Hook]:
    return db.session.scalars(
        select(Hook)
        .join(Stream, Stream.hook_id == Hook.id)
        .options(contains_eager(Hook.stream))
        .where(
            Hook.account_id == account_id,
            Hook.deleted_at.is_(None),
            or_(
                Hook.disabled_reason.is_not(None),
                Hook.enabled & Stream.last_ok.is_(False),
            ),
        )
        .order_by(Hook.disabled_reason.is_(None), Stream.consecutive_failures.desc())
        .limit(MOST_ATTENTION)
    ).all()
