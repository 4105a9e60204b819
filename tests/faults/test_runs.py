"""Runs of triggers, while everything that they need is killed, frozen, flushed or away: what was
accepted is run once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import monotonic
from typing import Any

import pytest

from tests.faults.calls import Called, Callers, assert_each_was_run_once, call
from tests.faults.kills import SLACK_SECONDS, ticks
from tests.faults.oracle import Oracle
from tests.faults.runs import (
    each_is_run_once_when_workers_are_killed,
    late_run_changes_nothing,
    the_run_of_a_dead_web_server_is_done,
    what_nobody_rang_for_is_run,
)
from tests.faults.stage import Door, Stage
from tests.receiver import Receiver
from tests.waiting import until

Size = Callable[[Any, Any], Any]

# Without Redis, the ticker does by itself what is due after so long.
INLINE_SECONDS = 5.0
# So many send the same call at once.
CROWD = 8


def test_each_call_is_run_once_while_workers_are_killed(
    stage: Stage, receiver: Receiver, size: Size
) -> None:
    each_is_run_once_when_workers_are_killed(
        stage, receiver, kills=size(2, 200), pause=size(0.4, 2.0)
    )


@pytest.mark.short("postgresql")
def test_each_call_that_was_answered_is_run_once_though_the_web_server_is_killed(
    stage: Stage, receiver: Receiver, size: Size
) -> None:
    """Those without an answer may or may not be on record; if they are, they are run as well."""
    oracle = Oracle(receiver)
    (line,) = stage.lines(oracle)
    door = stage.trigger(line)
    with Callers(door, oracle) as callers:
        for _ in ticks(size(1, 30), size(0.5, 3.0)):
            until(lambda: callers.is_answered(monotonic() - 0.3), 10)
            stage.end(*stage.processes("granian"))
            killed = monotonic()
            until(lambda since=killed: callers.is_answered(since), 10)
    assert_each_was_run_once(stage, door, oracle, stage.lease + 20 + len(callers.made) / 50)
    assert callers.statuses == {0, 200}


@pytest.mark.short("sqlite")
def test_a_call_that_nobody_rang_for_is_run_by_the_look_of_the_ticker(
    stage: Stage, receiver: Receiver
) -> None:
    what_nobody_rang_for_is_run(stage, receiver)


@pytest.mark.short("sqlite")
def test_whatever_becomes_of_redis_each_call_is_run_once_and_soon(
    stage: Stage, receiver: Receiver, size: Size
) -> None:
    oracle = Oracle(receiver)
    (line,) = stage.lines(oracle)
    door = stage.trigger(line)
    with Callers(door, oracle) as callers:
        oracle.wait_for_some()
        with stage.redis_client() as client:
            for _ in ticks(size(3, 30), size(0.3, 2.0)):
                stage.faults["FLUSHALL"] += 1
                client.flushall()
        with stage.redis_away():
            gone = monotonic()
            Event().wait(size(0.5, 60))
            until(lambda: oracle.latencies(gone), INLINE_SECONDS + SLACK_SECONDS)
    assert_each_was_run_once(stage, door, oracle, 20 + len(callers.made) / 50)
    assert callers.statuses == {200}
    assert oracle.latencies()[-1] < INLINE_SECONDS + SLACK_SECONDS
    assert not oracle.unexplained()


@pytest.mark.short("postgresql")
def test_without_the_database_no_call_is_accepted_and_later_each_accepted_one_is_run_once(
    stage: Stage, receiver: Receiver, size: Size
) -> None:
    oracle = Oracle(receiver)
    (line,) = stage.lines(oracle)
    door = stage.trigger(line)
    with Callers(door, oracle) as callers:
        oracle.wait_for_some()
        with stage.database_away():
            gone = monotonic()
            until(lambda: len(callers.since(gone)) > 10, 30)
            Event().wait(size(0.5, 60))
            refused = callers.since(gone)
        back = monotonic()
        until(lambda: callers.is_answered(back), 15)
    assert_each_was_run_once(stage, door, oracle, stage.lease + 20 + len(callers.made) / 50)
    assert {(one.status, one.retry_after) for one in refused} == {(503, "5")}
    assert callers.statuses == {200, 503}


@pytest.mark.short("postgresql")
def test_a_worker_frozen_past_its_lease_in_mid_run_changes_nothing_when_it_wakes(
    stage: Stage, receiver: Receiver, asked: Receiver
) -> None:
    late_run_changes_nothing(stage, receiver, asked, leases=1.2)


@pytest.mark.short("sqlite")
def test_calls_that_bear_one_key_are_one_run_though_the_web_server_is_killed_in_between(
    stage: Stage, receiver: Receiver, size: Size
) -> None:
    """All that are answered get the same answer, which holds what the first of them said."""
    oracle = Oracle(receiver)
    (line,) = stage.lines(oracle)
    response = {"status": 200, "body": "{{ body.number }}"}
    door = stage.trigger(line, dedupe={"from": "body:id"}, response=response)
    ids = [f"{line.event_type}-key-{number}" for number in range(size(6, 100))]
    with ThreadPoolExecutor(4 * CROWD) as pool:
        before = at_once(pool, door, ids[::2])
        # Found beforehand: a search takes longer than all of the calls on a quiet machine.
        victims = stage.processes("granian")
        meanwhile = at_once(pool, door, ids, lambda: stage.end(*victims))
        until(stage.portal.health, 20)
        after = at_once(pool, door, ids)
    assert_each_was_run_once(stage, door, oracle, stage.lease + 20)
    assert {one.status for one in before + after} == {200}
    assert {one.status for one in meanwhile} == {0, 200}
    said = {(one.id, one.text) for one in before + meanwhile + after if one.status}
    assert len(said) == len(ids), "one key, two answers"
    assert set(stage.books.events(line.event_type)) == set(ids)


def at_once(
    pool: ThreadPoolExecutor, door: Door, ids: list[str], then: Callable[[], None] = lambda: None
) -> list[Called]:
    """Call ``door`` many times with each of ``ids``, all at once, and do ``then`` meanwhile."""
    begun = [pool.submit(call, door, id, number) for number in range(CROWD) for id in ids]
    begun[0].result()
    then()
    return [one.result() for one in begun]


@pytest.mark.short("postgresql")
def test_a_caller_whose_web_server_is_killed_in_mid_run_finds_it_done_by_a_worker(
    stage: Stage, receiver: Receiver, asked: Receiver
) -> None:
    the_run_of_a_dead_web_server_is_done(stage, receiver, asked)
