"""How long answers took: counted in slots, from which the median is had without the single times.

The slots widen by half as they go, so what is read out of one is off by a fifth at most.
"""

import statistics
from bisect import bisect_right
from collections.abc import Collection, Sequence

# Where one slot ends and the next begins, in milliseconds.
BOUNDS = (
    *(10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700),
    *(1_000, 1_500, 2_000, 3_000, 5_000, 7_000, 10_000, 15_000, 20_000, 30_000),
)
# What took longer than all bounds is taken to end here.
LONGEST = 60_000
SLOTS = len(BOUNDS) + 1

_EDGES = (0, *BOUNDS, LONGEST)


def slot_of(milliseconds: int) -> int:
    """The number of the slot that a time is counted in."""
    return bisect_right(BOUNDS, milliseconds)


def median(counts: Sequence[int]) -> int | None:
    """The time that half of the answers stayed under, in milliseconds, to two digits.

    ``counts`` are how many answers fell into each slot; within one they are taken to lie evenly.
    None where there are none.
    """
    half, passed = sum(counts) / 2, 0
    for slot, count in enumerate(counts):
        if count and passed + count >= half:
            low, high = _EDGES[slot], _EDGES[slot + 1]
            return _two_digits(low + (high - low) * (half - passed) / count)
        passed += count
    return None


def middle(times: Collection[int]) -> int | None:
    """The median of single ``times``, to the millisecond; None where there are none."""
    return round(statistics.median(times)) if times else None


def _two_digits(milliseconds: float) -> int:
    return int(float(f"{milliseconds:.2g}"))
