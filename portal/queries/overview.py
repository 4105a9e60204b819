"""How things stand at a glance: what was sent lately, what fails, what waits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from sqlalchemy import Select, exists, func, literal, select

from portal.domain.causes import Cause
from portal.domain.periods import Bar, Period, Sums, added
from portal.domain.states import DeliveryState
from portal.extensions import db
from portal.models import Delivery, Hook
from portal.models.delivery import IS_OPEN
from portal.queries.attention import InNeed, hooks_in_need
from portal.queries.counts import Count, count_of
from portal.queries.rollups import read_bars, read_causes

COUNTED = 10_000
SOON = timedelta(minutes=1)


@dataclass(frozen=True)
class Owed:
    """What has not arrived: ``soon`` of what is ``waiting`` are due within a minute, the oldest
    came at ``oldest_at``."""

    waiting: Count
    soon: Count
    held: Count
    undelivered: Count
    oldest_at: datetime | None


@dataclass(frozen=True)
class Overview:
    """Everything that the first page shows."""

    has_hooks: bool
    period: Period
    bars: Sequence[Bar]
    sums: Sums
    causes: Sequence[Cause]
    attention: Sequence[InNeed]
    owed: Owed


def look_around(account_id: str, period: Period, now: datetime, zone: tzinfo) -> Overview:
    """The overview of an account at ``now``, looking back over ``period``."""
    living = exists().where(Hook.account_id == account_id, Hook.deleted_at.is_(None))
    bars = read_bars(account_id, period, now, zone)
    return Overview(
        has_hooks=bool(db.session.scalar(select(living))),
        period=period,
        bars=bars,
        sums=added(bar.sums for bar in bars),
        causes=read_causes(account_id, bars[0].at, now),
        attention=hooks_in_need(account_id, now),
        owed=_owed(account_id, now),
    )


def _owed(account_id: str, now: datetime) -> Owed:
    waiting = _in_state(account_id, DeliveryState.WAITING, Delivery.due_at)
    first = waiting.limit(COUNTED + 1).subquery()
    is_soon = first.c.due_at <= now + SOON
    count, soon = db.session.execute(
        select(func.count(), func.count().filter(is_soon)).select_from(first)
    ).one()
    oldest = _in_state(account_id, DeliveryState.WAITING, Delivery.created_at)
    return Owed(
        waiting=count_of(count, COUNTED),
        soon=count_of(soon, COUNTED),
        held=_count(account_id, DeliveryState.HELD),
        undelivered=_count(account_id, DeliveryState.UNDELIVERED),
        oldest_at=db.session.scalar(oldest.order_by(Delivery.id).limit(1)),
    )


def _count(account_id: str, state: DeliveryState) -> Count:
    first = _in_state(account_id, state, literal(1)).limit(COUNTED + 1).subquery()
    return count_of(db.session.scalar(select(func.count()).select_from(first)), COUNTED)


def _in_state(account_id: str, state: DeliveryState, *columns: object) -> Select[tuple[object]]:
    return select(*columns).where(
        Delivery.account_id == account_id, Delivery.state == state, IS_OPEN
    )
