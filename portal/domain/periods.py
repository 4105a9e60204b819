"""The stretches of time that an overview looks back on, and the bars it draws them in."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import NamedTuple

from portal.domain.durations import SLOTS, median

HOUR = timedelta(hours=1)
HOURS_OF_DAY, QUARTERS_OF_WEEK = 24, 28


class Period(StrEnum):
    """How far back somebody looks."""

    DAY = "day"
    WEEK = "week"


def period_of(name: str) -> Period:
    """The period that ``name`` names; what makes no sense is a day."""
    return Period(name) if name in set(Period) else Period.DAY


class Sums(NamedTuple):
    """What attempts came to: how many deliveries arrived and failed in them, and how long the
    answers took, counted in the slots of :mod:`portal.domain.durations`."""

    delivered: int = 0
    failed: int = 0
    durations: Sequence[int] = (0,) * SLOTS

    @property
    def median(self) -> int | None:
        """The median of the answers' times in milliseconds; None where nothing answered."""
        return median(self.durations)

    @property
    def total(self) -> int:
        """How many deliveries the attempts carried."""
        return self.delivered + self.failed


class Bar(NamedTuple):
    """What the attempts of one stretch of a period came to; the stretch ends before ``until``."""

    at: datetime
    until: datetime
    sums: Sums


def starts_of(period: Period, now: datetime, zone: tzinfo) -> list[datetime]:
    """When each bar of ``period`` begins, the oldest first; ``now`` is within the last.

    A day has its hours, a week the quarters of its days, by the clocks of ``zone``.
    """
    if period == Period.DAY:
        current = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        return [current - step * HOUR for step in range(HOURS_OF_DAY - 1, -1, -1)]
    local = now.astimezone(zone)
    current_quarter = local.toordinal() * 4 + local.hour // 6
    first = current_quarter - QUARTERS_OF_WEEK + 1
    return [_start_of(quarter, zone) for quarter in range(first, current_quarter + 1)]


def bars_of(
    starts: Sequence[datetime], now: datetime, hours: Iterable[tuple[datetime, Sums]]
) -> list[Bar]:
    """The bars that begin at ``starts``, with what happened in each of ``hours``."""
    found: list[list[Sums]] = [[] for _ in starts]
    for at, sums in hours:
        place = bisect_right(starts, at) - 1
        if place >= 0:
            found[place].append(sums)
    ends = [*starts[1:], now]
    return [
        Bar(at, until, added(sums)) for at, until, sums in zip(starts, ends, found, strict=True)
    ]


def added(many: Iterable[Sums]) -> Sums:
    """All of ``many`` in one."""
    parts = list(many)
    if not parts:
        return Sums()
    return Sums(
        sum(part.delivered for part in parts),
        sum(part.failed for part in parts),
        tuple(map(sum, zip(*(part.durations for part in parts), strict=True))),
    )


def _start_of(quarter: int, zone: tzinfo) -> datetime:
    day = date.fromordinal(quarter // 4)
    return datetime.combine(day, time(quarter % 4 * 6), zone).astimezone(UTC)
