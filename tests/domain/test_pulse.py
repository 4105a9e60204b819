"""What is said first of how a hook is doing."""

from datetime import UTC, datetime

import pytest

from portal.domain.durations import middle
from portal.domain.periods import Sums
from portal.domain.pulse import Pulse, pulse_of
from portal.domain.states import HookState

AT = datetime(2026, 11, 28, 5, tzinfo=UTC)
GOOD, BAD = Sums(98, 2), Sums(80, 20)


@pytest.mark.parametrize(
    ("last_ok", "failing_since", "day", "pulse"),
    [
        (None, None, Sums(), Pulse.UNUSED),
        (True, None, Sums(), Pulse.WORKING),
        (True, None, GOOD, Pulse.WORKING),
        (True, None, Sums(9, 1), Pulse.WORKING),
        (True, None, BAD, Pulse.STUMBLING),
        (False, AT, GOOD, Pulse.FAILING),
        (False, None, BAD, Pulse.RESTARTED),
    ],
)
def test_a_hook_that_is_on_is_judged_by_its_attempts(
    last_ok: bool | None, failing_since: datetime | None, day: Sums, pulse: Pulse
) -> None:
    assert pulse_of(HookState.ON, last_ok, failing_since, day) == pulse


@pytest.mark.parametrize("state", [HookState.OFF, HookState.DISABLED, HookState.RESTING])
def test_one_that_is_not_sent_to_is_told_so_whatever_came_before(state: HookState) -> None:
    for last_ok, since in ((None, None), (True, None), (False, AT)):
        assert pulse_of(state, last_ok, since, GOOD) == state


def test_the_median_of_nothing_is_nothing() -> None:
    assert (middle([]), middle([7]), middle([1, 2, 90]), middle([1, 2])) == (None, 7, 2, 2)
