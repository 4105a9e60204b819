"""How a worker's slots are shared, so that dead endpoints cannot starve those that answer."""

from collections.abc import Mapping

from portal.domain.health import Standing

# The part of all slots that endpoints of a standing, and of every worse one, may have together:
# at least half is always left for endpoints whose last attempt succeeded.
SHARES = {Standing.PROVEN: 1.0, Standing.NEW: 0.5, Standing.FAILING: 0.25}


def room(standing: Standing, under_way: Mapping[Standing, int], slots: int) -> int:
    """How many more requests may be started for endpoints of ``standing``, of ``slots`` in all,
    while ``under_way`` are in flight."""
    left = slots - sum(under_way.values())
    for limit in Standing:
        if limit <= standing:
            worse = sum(count for one, count in under_way.items() if one >= limit)
            left = min(left, int(slots * SHARES[limit]) - worse)
    return max(left, 0)
