"""Ids that sort by time, and times as ranges of ids."""

from datetime import UTC, datetime, timedelta

from portal.models import new_id
from portal.models.base import first_id


def test_an_id_lies_between_the_first_ones_of_its_moment_and_of_the_next() -> None:
    before = datetime.now(UTC)
    made = [new_id("dlv") for _ in range(1000)]
    after = datetime.now(UTC) + timedelta(milliseconds=2)
    assert made == sorted(made)
    assert first_id("dlv", before) <= made[0]
    assert made[-1] < first_id("dlv", after)
    assert {len(one) for one in (*made, first_id("dlv", after))} == {30}


def test_the_ends_of_time_have_ids_too() -> None:
    least, greatest = (first_id("dlv", datetime(year, 12, 31, tzinfo=UTC)) for year in (1, 9999))
    assert least == "dlv_" + "0" * 26
    assert least < new_id("dlv") < greatest
    assert len(greatest) == 30
