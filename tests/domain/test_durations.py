"""How long answers took, and the time that half of them stayed under."""

import random
from statistics import median as exact_median

import pytest

from portal.domain.durations import BOUNDS, SLOTS, median, slot_of


def counted(times: list[int]) -> list[int]:
    counts = [0] * SLOTS
    for milliseconds in times:
        counts[slot_of(milliseconds)] += 1
    return counts


def test_each_time_has_one_slot_and_the_slots_are_in_order() -> None:
    assert [slot_of(bound) for bound in (0, *BOUNDS)] == list(range(SLOTS))
    assert [slot_of(bound - 1) for bound in BOUNDS] == list(range(SLOTS - 1))
    assert slot_of(10**9) == SLOTS - 1


def test_nothing_has_no_median() -> None:
    assert median([0] * SLOTS) is None


@pytest.mark.parametrize(
    ("times", "low", "high"),
    [
        ([0], 0, 9),
        ([12], 10, 15),
        ([60] * 99 + [30_000], 50, 70),
        ([60] * 40 + [9_000] * 60, 7_000, 10_000),
        # Half of them below, half above: anything between will do.
        ([20] * 50 + [400] * 50, 20, 500),
        ([100_000], 30_000, 60_000),
    ],
)
def test_the_median_lies_where_half_of_the_times_are_passed(
    times: list[int], low: int, high: int
) -> None:
    found = median(counted(times))
    assert found is not None
    assert low <= found <= high


def test_few_slow_answers_do_not_move_it_as_they_move_the_mean() -> None:
    quick = [40] * 90
    assert median(counted(quick + [20_000] * 10)) == pytest.approx(median(counted(quick)), abs=5)


def test_it_is_near_the_true_one_whatever_the_times_are() -> None:
    chance = random.Random(7)
    for _ in range(200):
        middle = chance.choice([30, 120, 800, 4_000])
        times = [
            int(chance.lognormvariate(0, 0.6) * middle) for _ in range(chance.randint(30, 500))
        ]
        assert median(counted(times)) == pytest.approx(exact_median(times), rel=0.2, abs=5)


def test_it_is_told_to_two_digits() -> None:
    assert median([0] * 9 + [3] + [0] * (SLOTS - 10)) == 250
    assert median([0] * 6 + [3, 2] + [0] * (SLOTS - 8)) == 95
