"""What a hook's attempts came to lately, and what it is owed: read from rollups where there are
any, and counted no further than people read."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import TextClause, func, select

from portal.domain.durations import middle
from portal.domain.periods import Sums
from portal.domain.states import DeliveryState
from portal.extensions import db
from portal.models import Attempt, Delivery, Hook, HookRollup
from portal.models.delivery import IS_FRESH, IS_RETRY, IS_STUCK
from portal.queries.counts import COUNTED

DAY, WEEK = timedelta(days=1), timedelta(days=7)
# How many of the latest attempts the median is of.
MEASURED = 100


@dataclass(frozen=True)
class LastAttempt:
    """What came of the latest attempt."""

    at: datetime
    status_code: int | None
    error: str | None


@dataclass(frozen=True)
class HookFigures:
    """Figures of one hook. ``measured`` attempts of the latest were answered, in ``median_ms`` at
    the middle; counts past :data:`COUNTED` mean more. ``next_at`` is when the first of what waits
    may be sent."""

    day: Sums
    week: Sums
    last: LastAttempt | None
    median_ms: int | None
    measured: int
    waiting: int
    retrying: int
    next_at: datetime | None
    undelivered: int


def figures_of(hook: Hook, now: datetime) -> HookFigures:
    """The figures of ``hook`` at ``now``."""
    hook_id = hook.id
    latest = db.session.execute(
        select(Attempt.started_at, Attempt.duration_ms, Attempt.status_code, Attempt.error)
        .where(Attempt.hook_id == hook_id)
        .order_by(Attempt.id.desc())
        .limit(MEASURED)
    ).all()
    durations = [row.duration_ms for row in latest if row.status_code]
    fresh, fresh_at = _waiting(hook_id, IS_FRESH)
    retries, retry_at = _waiting(hook_id, IS_RETRY)
    return HookFigures(
        day=sums_of([hook_id], now, DAY).get(hook_id, Sums()),
        week=sums_of([hook_id], now, WEEK).get(hook_id, Sums()),
        last=LastAttempt(latest[0][0], *latest[0][2:]) if latest else None,
        median_ms=middle(durations),
        measured=len(durations),
        waiting=fresh + retries,
        retrying=retries,
        next_at=_not_before(hook.stream.ready_at, fresh_at, retry_at),
        undelivered=_undelivered(hook_id),
    )


def sums_of(hook_ids: Collection[str], now: datetime, span: timedelta) -> dict[str, Sums]:
    """What the attempts of each hook came to in the ``span`` before ``now``, in whole hours of
    which the current one is the last; hooks without any are left out."""
    first = now.replace(minute=0, second=0, microsecond=0) - span + timedelta(hours=1)
    rows = db.session.execute(
        select(HookRollup.hook_id, func.sum(HookRollup.delivered), func.sum(HookRollup.failed))
        .where(HookRollup.hook_id.in_(hook_ids), HookRollup.hour >= first)
        .group_by(HookRollup.hook_id)
    )
    return {hook_id: Sums(int(delivered), int(failed)) for hook_id, delivered, failed in rows}


def _waiting(hook_id: str, kind: TextClause) -> tuple[int, datetime | None]:
    """How many wait, and when the first is due."""
    # In the order of the index that is made for them, so that no other is thought better.
    mine = select(Delivery.due_at).where(Delivery.hook_id == hook_id, kind)
    some = mine.order_by(Delivery.due_at).limit(COUNTED + 1).subquery()
    return db.session.execute(select(func.count(), func.min(some.c.due_at))).one()


def _not_before(ready_at: datetime | None, *due: datetime | None) -> datetime | None:
    first = min((at for at in due if at), default=None)
    return max(first, ready_at) if first and ready_at else first


def _undelivered(hook_id: str) -> int:
    given_up = (Delivery.state == DeliveryState.UNDELIVERED, IS_STUCK)
    some = select(Delivery.state).where(Delivery.hook_id == hook_id, *given_up).limit(COUNTED + 1)
    return db.session.scalar(select(func.count()).select_from(some.subquery()))
