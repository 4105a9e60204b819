"""How charts are laid out: from right to left, with numbers where they tell most."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask, g

from portal.domain.durations import SLOTS
from portal.domain.periods import Bar, Period, Sums, starts_of
from portal.web.charts import Chart, Column, draw
from portal.web.moments import zone

# A Sunday, a little past 5 in the afternoon in Riyadh.
NOW = datetime(2026, 11, 22, 14, 5, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def app() -> Iterator[Flask]:
    app = Flask(__name__)
    with app.app_context():
        g.zone = "Asia/Riyadh"
        yield app


def drawn(period: Period = Period.DAY, **sums: tuple[int, int]) -> Chart:
    """A drawing in which something happened in some places: ``at3=(delivered, failed)``."""
    starts = starts_of(period, NOW, zone())
    known = {int(name.removeprefix("at")): Sums(*both) for name, both in sums.items()}
    bars = [Bar(at, at, known.get(place, Sums())) for place, at in enumerate(starts)]
    return draw(bars, period)


def labelled(chart: Chart, name: str) -> list[tuple[int, str, str]]:
    """Where labels of a kind stand, what they say, and which way they run."""
    found = ((place, getattr(column, name)) for place, column in enumerate(chart.columns))
    return [(place, label.words, label.anchor) for place, label in found if label]


def test_nothing_sent_is_empty_and_has_no_numbers() -> None:
    chart = drawn()
    assert (chart.is_empty, chart.has_median) == (True, False)
    assert not labelled(chart, "peak") + labelled(chart, "worst") + labelled(chart, "slowest")
    assert {column.good + column.bad for column in chart.columns} == {0}


def test_the_oldest_stands_at_the_right_and_columns_fill_the_width() -> None:
    for period in Period:
        columns = drawn(period).columns
        assert columns[0].start + columns[0].width == pytest.approx(100, abs=0.01)
        assert columns[-1].start == pytest.approx(0, abs=0.01)
        assert all(
            one.start > other.start for one, other in zip(columns, columns[1:], strict=False)
        )


def test_the_tallest_column_has_the_number_and_so_has_the_one_that_failed_most() -> None:
    chart = drawn(at5=(1000, 1), at6=(1000, 1), at15=(10, 200))
    assert labelled(chart, "peak") == [(5, "1,001", "middle")]
    assert labelled(chart, "worst") == [(15, "200", "middle")]


@pytest.mark.parametrize("worst", [4, 6, 8])
def test_numbers_that_would_run_together_are_one(worst: int) -> None:
    chart = drawn(at5=(1000, 1), **{f"at{worst}": (500, 499)})
    assert len(labelled(chart, "peak")) == 1
    assert labelled(chart, "worst") == []


def test_a_number_near_an_edge_runs_inwards() -> None:
    assert labelled(drawn(at0=(5, 0)), "peak") == [(0, "5", "start")]
    assert labelled(drawn(at23=(5, 0)), "peak") == [(23, "5", "end")]


def test_heights_are_in_proportion_and_the_least_can_be_seen() -> None:
    columns = drawn(at1=(600, 0), at2=(300, 1), at3=(0, 0)).columns
    assert [column.good for column in columns[1:4]] == [Chart.tall, Chart.tall / 2, 0]
    assert columns[2].bad == 2


def test_the_median_has_a_scale_of_its_own() -> None:
    slow, quick = ([0] * SLOTS for _ in range(2))
    slow[10], quick[4] = 4, 4
    starts = starts_of(Period.DAY, NOW, zone())
    sums = [Sums(1, 0, tuple(slow)), Sums(1, 0, tuple(quick)), *[Sums()] * 22]
    chart = draw([Bar(at, at, one) for at, one in zip(starts, sums, strict=True)], Period.DAY)
    first, second, third = chart.columns[:3]
    assert (first.median, third.median) == (Chart.low, 0)
    assert 0 < second.median < first.median / 5
    assert labelled(chart, "slowest") == [(0, "400 ملي ثانية", "start")]


def marks(columns: list[Column]) -> list[tuple[int, str]]:
    return [(place, column.mark) for place, column in enumerate(columns) if column.mark]


def test_hours_of_a_day_and_days_of_a_week_stand_below() -> None:
    day, week = drawn(Period.DAY), drawn(Period.WEEK)
    hours = [(1, "7 م"), (7, "1 ص"), (13, "7 ص"), (19, "1 م"), (23, "الآن")]
    assert marks(list(day.columns)) == hours
    assert marks(list(week.columns))[0] == (1, "الاثنين")
    assert marks(list(week.columns))[-1] == (27, "الآن")
    assert week.columns[-1].words == "الأحد 22 نوفمبر، 12 م"
    assert day.columns[-1].words == "5 م"
