"""How things stand at a glance: what was sent lately, what fails, what waits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import ScalarSelect, Select, exists, func, literal, select

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
    bars = read_bars(account_id, period, now, zone)
    has_hooks, owed = _stock(account_id, now)
    return Overview(
        has_hooks=has_hooks,
        period=period,
        bars=bars,
        sums=added(bar.sums for bar in bars),
        causes=read_causes(account_id, bars[0].at, now),
        attention=hooks_in_need(account_id, now),
        owed=owed,
    )


def _stock(account_id: str, now: datetime) -> tuple[bool, Owed]:
    """Whether the account has hooks, and what they are owed; in one round trip."""
    living = exists().where(Hook.account_id == account_id, Hook.deleted_at.is_(None))
    first = _in_state(account_id, DeliveryState.WAITING, Delivery.due_at).limit(COUNTED + 1)
    due = first.subquery()
    is_soon = due.c.due_at <= now + SOON
    created = _in_state(account_id, DeliveryState.WAITING, Delivery.created_at)
    oldest = created.order_by(Delivery.id).limit(1).scalar_subquery()
    has_hooks, *counts, oldest_at = db.session.execute(
        select(
            living,
            func.count(),
            func.count().filter(is_soon),
            _number(account_id, DeliveryState.HELD),
            _number(account_id, DeliveryState.UNDELIVERED),
            oldest,
        ).select_from(due)
    ).one()
    waiting, soon, held, undelivered = (count_of(found, COUNTED) for found in counts)
    return bool(has_hooks), Owed(waiting, soon, held, undelivered, oldest_at)


def _number(account_id: str, state: DeliveryState) -> ScalarSelect[int]:
    first = _in_state(account_id, state, literal(1)).limit(COUNTED + 1).subquery()
    return select(func.count()).select_from(first).scalar_subquery()


def _in_state(account_id: str, state: DeliveryState, column: Any) -> Select[Any]:
    return select(column).where(Delivery.account_id == account_id, Delivery.state == state, IS_OPEN)
