"""Many deliveries are sent again, while those who do it are killed."""

from collections.abc import Callable
from time import monotonic
from typing import Any

import pytest

from tests.faults.oracle import Fault, Oracle
from tests.faults.stage import Line, Stage
from tests.receiver import Receiver
from tests.waiting import until

Size = Callable[[Any, Any], Any]


@pytest.mark.short("postgresql")
def test_a_resend_goes_on_after_its_ticker_and_its_workers_were_killed(
    stage: Stage, receiver: Receiver, size: Size
) -> None:
    """Everything goes out once more, and only what was in flight at a kill twice more."""
    oracle = Oracle(receiver)
    lines = stage.lines(oracle, 4)
    for line in lines:
        stage.publish(line, oracle, size(40, 250))
    stage.finish(oracle, lines)
    chosen = [id for line in lines for id in stage.books.deliveries(line.hook_id)]
    first_time, oracle.delay, oracle.times = len(oracle.sights), 0.05, 2
    asked = stage.call("POST", "/deliveries/resend", {"deliveries": chosen})
    killed = []
    for number in range(size(1, 8)):
        oracle.wait_for_some(first_time + (number + 1) * size(40, 60))
        killed.append(kill_who_resends(stage, lines))
    until(lambda: resend(stage, asked)["state"] not in ("probing", "running"), 60)
    ended = resend(stage, asked)
    assert (ended["state"], ended["failed"], ended["left"]) == ("done", 0, 0)
    assert ended["sent"] + ended["failed"] == ended["count"] == len(chosen)
    assert not [event for event in oracle.accepted if len(oracle.taken[event]) < oracle.times]
    assert not oracle.renamed
    assert not oracle.unexplained(*killed)
    rows = [row for line in lines for row in stage.books.deliveries(line.hook_id).values()]
    assert {(row["state"], row["resend_id"]) for row in rows} == {("delivered", None)}


def kill_who_resends(stage: Stage, lines: list[Line]) -> Fault:
    """Kill the ticker, which lets the next go, and a worker that is sending."""
    workers = [one for one in map(stage.holder, lines) if one]
    victims = stage.processes("jobs.ticker") + (workers or stage.workers)[:1]
    begun = monotonic()
    stage.end(*victims)
    return begun, monotonic()


def resend(stage: Stage, asked: dict[str, Any]) -> dict[str, Any]:
    """How far the resend is that was ``asked`` for."""
    return stage.call("GET", f"/resends/{asked['id']}")
