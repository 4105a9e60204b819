"""What a change of a hook's URL is blamed for, and what a trial adds up to."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.domain.url_changes import Answered, Comparison, Tried, broke_after

CHANGED = datetime(2026, 11, 28, 12, tzinfo=UTC)
BEFORE, AFTER = CHANGED - timedelta(hours=1), CHANGED + timedelta(minutes=3)


@pytest.mark.parametrize(
    ("changed_at", "last_ok_at", "failing_since", "after"),
    [
        (CHANGED, BEFORE, AFTER, timedelta(minutes=3)),
        (CHANGED, CHANGED, CHANGED, timedelta(0)),
        # Nothing fails now.
        (CHANGED, BEFORE, None, None),
        # The new one has worked, for a while at least.
        (CHANGED, CHANGED + timedelta(minutes=1), AFTER, None),
        # The old one failed already.
        (CHANGED, BEFORE - timedelta(hours=1), BEFORE, None),
        # The old one never worked.
        (CHANGED, None, AFTER, None),
        (None, BEFORE, AFTER, None),
    ],
)
def test_a_change_is_blamed_where_nothing_succeeded_since_and_all_was_well_before(
    changed_at: datetime | None,
    last_ok_at: datetime | None,
    failing_since: datetime | None,
    after: timedelta | None,
) -> None:
    assert broke_after(changed_at, last_ok_at, failing_since) == after


def tried(new: Answered, old: Answered | None = None) -> Tried:
    """One event of a trial."""
    return Tried("evt_1", "order.status", CHANGED, "msg_1", old, new)


def test_a_trial_is_good_when_all_of_it_arrived() -> None:
    ok = Answered(200, None, 100)
    good = Comparison([tried(ok, Answered(200, None, 40)), tried(Answered(204, None, 300))])
    assert (good.arrived, good.is_good, good.old_ms, good.new_ms) == (2, True, 40, 200)
    mixed = Comparison([tried(ok), tried(Answered(500, "http_500", 20))])
    assert (mixed.arrived, mixed.is_good, mixed.old_ms, mixed.new_ms) == (1, False, None, 60)


def test_what_got_no_answer_says_nothing_of_its_time() -> None:
    dead = Comparison([tried(Answered(None, "connection_refused", 0))])
    assert (dead.arrived, dead.is_good, dead.new_ms) == (0, False, None)
