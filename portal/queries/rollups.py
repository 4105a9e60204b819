"""What the rollups tell of an account or of one hook: how sending went, and what failed why."""

from collections.abc import Iterator
from datetime import datetime, tzinfo

from sqlalchemy import case, func, or_, select

from portal.domain.causes import Cause, Trouble, causes_of, host_of
from portal.domain.periods import Bar, Period, Sums, bars_of, starts_of
from portal.extensions import db
from portal.models import AccountRollup, FailureRollup, Hook, HookRollup, Stream
from portal.models.rollup import TOOK

# Shown at most; and so many pairs of a hook and a cause are looked at to find them.
MOST_CAUSES, MOST_TROUBLES = 10, 1000


def read_bars(
    account_id: str, period: Period, now: datetime, zone: tzinfo, hook_id: str | None = None
) -> list[Bar]:
    """What the attempts of ``period`` came to, bar by bar, of all hooks or of one."""
    starts = starts_of(period, now, zone)
    return bars_of(starts, now, hours_of(account_id, starts[0], hook_id))


def hours_of(
    account_id: str, since: datetime, hook_id: str | None = None
) -> Iterator[tuple[datetime, Sums]]:
    """Every hour from ``since`` on in which something was sent, with what came of it."""
    table = AccountRollup if hook_id is None else HookRollup
    mine = [HookRollup.hook_id == hook_id] if hook_id else []
    counts = [func.sum(getattr(table, name)) for name in ("delivered", "failed", *TOOK)]
    rows = db.session.execute(
        select(table.hour, *counts)
        .where(table.account_id == account_id, table.hour >= since, *mine)
        .group_by(table.hour)
    )
    for hour, delivered, failed, *took in rows:
        yield hour, Sums(int(delivered), int(failed), tuple(map(int, took)))


def read_causes(
    account_id: str, since: datetime, now: datetime, hook_id: str | None = None
) -> list[Cause]:
    """Why deliveries have failed since the hour ``since``, the causes of most damage first."""
    return causes_of(_troubles(account_id, since, hook_id), now, MOST_CAUSES)


def _troubles(account_id: str, since: datetime, hook_id: str | None) -> Iterator[Trouble]:
    mine = [FailureRollup.hook_id == hook_id] if hook_id else []
    is_of_now = or_(Stream.last_ok_at.is_(None), FailureRollup.first_at > Stream.last_ok_at)
    failed = func.sum(FailureRollup.failed)
    rows = db.session.execute(
        select(
            FailureRollup.code,
            FailureRollup.host,
            Hook.id,
            Hook.name,
            failed,
            func.sum(FailureRollup.deliveries),
            func.min(FailureRollup.first_at),
            func.max(FailureRollup.last_at),
            func.min(case((is_of_now, FailureRollup.first_at))),
            Stream.last_ok_at,
            Stream.failing_since,
            Hook.url,
        )
        .join(Hook, Hook.id == FailureRollup.hook_id)
        .join(Stream, Stream.hook_id == Hook.id)
        .where(FailureRollup.account_id == account_id, FailureRollup.hour >= since, *mine)
        .where(Hook.deleted_at.is_(None))
        .group_by(FailureRollup.code, FailureRollup.host, Hook.id, Stream.hook_id)
        .order_by(failed.desc())
        .limit(MOST_TROUBLES)
    )
    for code, host, mine_id, name, failures, deliveries, *moments, url in rows:
        is_there = host in ("", host_of(url))
        yield Trouble(code, host, mine_id, name, int(failures), int(deliveries), *moments, is_there)
