"""Ids that sort by time, and times as ranges of ids."""

from datetime import UTC, datetime

from portal.models import new_id
from portal.models.base import first_id_at


def test_an_id_lies_between_the_first_ones_of_its_moment_and_of_the_next() -> None:
    before = datetime.now(UTC).timestamp()
    made = [new_id("dlv") for _ in range(1000)]
    after = datetime.now(UTC).timestamp()
    assert made == sorted(made)
    assert first_id_at("dlv", before) <= made[0]
    assert made[-1] < first_id_at("dlv", after + 0.002)
    assert {len(one) for one in (*made, first_id_at("dlv", after))} == {30}


def test_the_ends_of_time_have_ids_too() -> None:
    least, greatest = first_id_at("dlv", -1e12), first_id_at("dlv", 1e15)
    assert least == "dlv_" + "0" * 26
    assert least < new_id("dlv") < greatest
