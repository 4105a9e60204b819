"""The bars of a day and of a week, and which hours fall into which."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from portal.domain.durations import SLOTS
from portal.domain.periods import Period, Sums, added, bars_of, period_of, starts_of

NOW = datetime(2026, 11, 22, 14, 5, 9, tzinfo=UTC)
RIYADH = ZoneInfo("Asia/Riyadh")
HOUR = timedelta(hours=1)


def took(slot: int, count: int = 1) -> tuple[int, ...]:
    return tuple(count if place == slot else 0 for place in range(SLOTS))


@pytest.mark.parametrize(
    ("name", "period"),
    [("day", "day"), ("week", "week"), ("", "day"), ("month", "day"), ("DAY", "day")],
)
def test_what_makes_no_sense_is_a_day(name: str, period: str) -> None:
    assert period_of(name) == period


def test_a_day_has_its_last_24_hours_the_present_one_last() -> None:
    starts = starts_of(Period.DAY, NOW, RIYADH)
    assert len(starts) == 24
    assert starts[-1] == datetime(2026, 11, 22, 14, tzinfo=UTC)
    assert {later - sooner for sooner, later in zip(starts, starts[1:], strict=False)} == {HOUR}


@pytest.mark.parametrize("zone", ["Asia/Riyadh", "UTC", "Africa/Cairo", "Asia/Kolkata"])
def test_a_week_has_the_quarters_of_its_days_by_the_clocks_of_the_zone(zone: str) -> None:
    starts = starts_of(Period.WEEK, NOW, ZoneInfo(zone))
    local = [at.astimezone(ZoneInfo(zone)) for at in starts]
    assert len(starts) == 28
    assert starts[-1] <= NOW < starts[-1] + 6 * HOUR
    assert [at.hour for at in local[-4:]] == [
        (local[-1].hour - back) % 24 for back in (18, 12, 6, 0)
    ]
    assert {(at.hour % 6, at.minute) for at in local} == {(0, 0)}
    assert timedelta(days=6, hours=18) <= NOW - starts[0] <= timedelta(days=7)


def test_a_week_in_which_the_clocks_change_keeps_its_quarters() -> None:
    zone = ZoneInfo("Africa/Cairo")
    now = datetime(2026, 11, 1, 12, tzinfo=UTC)
    local = [at.astimezone(zone) for at in starts_of(Period.WEEK, now, zone)]
    assert {at.hour for at in local} == {0, 6, 12, 18}
    assert len({at.utcoffset() for at in local}) == 2


def test_hours_are_added_to_the_bar_they_fall_into() -> None:
    starts = starts_of(Period.WEEK, NOW, RIYADH)
    hours = [
        (starts[0] - HOUR, Sums(100, 100, took(0, 100))),
        (starts[0], Sums(1, 2, took(3))),
        (starts[0] + 5 * HOUR, Sums(4, 0, took(3, 2))),
        (starts[1], Sums(0, 7, took(5))),
        (starts[-1], Sums(9, 0, took(0))),
    ]
    bars = bars_of(starts, NOW, reversed(hours))
    assert [bar.at for bar in bars] == starts
    assert [bar.until for bar in bars] == [*starts[1:], NOW]
    assert bars[0].sums == Sums(5, 2, took(3, 3))
    assert bars[1].sums == Sums(0, 7, took(5))
    assert bars[2].sums == Sums()
    assert (bars[2].sums.total, bars[2].sums.median) == (0, None)
    assert bars[-1].sums.delivered == 9


def test_the_median_of_many_hours_is_that_of_all_answers_not_of_the_medians() -> None:
    hours = [Sums(1, 0, took(0)), Sums(1, 0, took(0)), Sums(98, 0, took(10, 98))]
    together = added(hours)
    assert (together.total, together.median) == (100, added(hours[2:]).median)


def test_nothing_adds_up_to_nothing() -> None:
    assert added([]) == Sums()
