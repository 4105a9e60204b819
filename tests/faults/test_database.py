"""The database is stopped, or wanted by everybody at once."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Event
from time import monotonic
from typing import Any

import pytest

from tests.faults.oracle import Oracle
from tests.faults.stage import Stage
from tests.faults.traffic import Traffic
from tests.receiver import Receiver
from tests.waiting import until

Size = Callable[[Any, Any], Any]


# A writer that finds SQLite locked waits so long before it gives up.
BUSY_SECONDS = 15.0


@pytest.mark.short("postgresql")
def test_without_its_database_the_portal_accepts_nothing_and_then_recovers_by_itself(
    stage: Stage, receiver: Receiver, size: Size
) -> None:
    """PostgreSQL is down, SQLite's files cannot be written: its disk is full."""
    oracle = Oracle(receiver, delay=0.1)
    (line,) = stage.lines(oracle)
    with Traffic(stage, line, oracle) as traffic:
        stage.publish(line, oracle, 100)
        oracle.wait_for_some(10)
        stopped = monotonic()
        with stage.database_away():
            gone_with = len(traffic.posted)
            until(lambda: len(traffic.posted) > gone_with + 5, 30)
            Event().wait(size(0.5, 60))
            refused = traffic.posted[gone_with + 1 :]
        back = monotonic()
        until(lambda: traffic.posted[-1].status == 202, 10)
    stage.finish(oracle, [line], stage.lease + 10)
    assert {(one.status, one.retry_after) for one in refused} == {(503, "5")}
    assert traffic.statuses <= {202, 200, 503}
    assert not oracle.renamed
    assert not oracle.unexplained((stopped, back))


@pytest.mark.only("sqlite")
def test_a_lock_that_somebody_else_holds_is_waited_for_and_then_refused(
    stage: Stage, receiver: Receiver, size: Size
) -> None:
    oracle = Oracle(receiver)
    (line,) = stage.lines(oracle)
    with Traffic(stage, line, oracle) as traffic:
        oracle.wait_for_some(10)
        with stage.database_locked():
            begun = monotonic()
            Event().wait(size(1, 60))
            ended = monotonic()
        until(lambda: traffic.posted[-1].at > ended and traffic.posted[-1].status == 202, 10)
    stage.finish(oracle, [line], stage.lease + 10)
    inside = {one.status for one in traffic.posted if begun < one.at and one.ended < ended}
    assert inside == ({503} if ended - begun > BUSY_SECONDS else set())
    assert traffic.statuses <= ({202, 200} | inside)
    assert not oracle.renamed
    assert not oracle.unexplained((begun, ended))


def test_an_id_that_is_posted_by_many_at_once_is_one_event(
    stage: Stage, receiver: Receiver, size: Size
) -> None:
    oracle = Oracle(receiver)
    (line,) = stage.lines(oracle)
    one = f"{line.event_type}-once"
    draft = {"type": line.event_type, "id": one, "data": {"id": one}}
    posts = size(200, 2000)
    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(lambda _: stage.call("POST", "/events", draft), range(posts)))
    oracle.accept([one])
    stage.finish(oracle, [line], 10)
    told = Counter(answer.get("duplicate", False) for answer in answers)
    assert told == {False: 1, True: posts - 1}
    assert len({(answer["id"], answer["deliveries"]) for answer in answers}) == 1
    assert len(oracle.sights) == 1


def test_eight_publishers_and_all_workers_never_find_the_database_locked(
    stage: Stage, receiver: Receiver, size: Size
) -> None:
    """Nor do they ever wait for each other in a circle."""
    oracle = Oracle(receiver)
    lines = stage.lines(oracle, 8)
    crowd = [Traffic(stage, line, oracle, pause=0) for line in lines]
    with ExitStack() as stack:
        for traffic in crowd:
            stack.enter_context(traffic)
        oracle.wait_for_some(size(200, 50_000), timeout=size(30, 900))
    stage.finish(oracle, lines, 20)
    assert set.union(*(traffic.statuses for traffic in crowd)) == {202}
    said = stage.portal.said() + (stage.postgresql.said() if stage.postgresql else "")
    assert "locked" not in said
    assert "deadlock" not in said
    assert not oracle.renamed
    assert not oracle.unexplained()
