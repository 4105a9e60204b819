"""Batches and ordered hooks, while workers are killed and the endpoint fails now and then."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.faults.kills import kill_a_sender, ticks
from tests.faults.oracle import Oracle
from tests.faults.stage import Stage
from tests.receiver import Arrival, Receiver

Size = Callable[[Any, Any], Any]

# So often an endpoint answers with a failure; one that failed most of the time would get a rest.
FAILS = 0.1


@pytest.mark.short("sqlite")
def test_batches_stay_whole_and_lines_in_order_under_kills_and_failures(
    stage: Stage, receiver: Receiver, size: Size
) -> None:
    oracle = Oracle(receiver, delay=0.15)
    oracle.decide = failing_at_times(stage)
    batches = stage.lines(oracle, 2, batch_size=10)
    in_line = stage.lines(oracle, 2, ordered=True)
    in_line += stage.lines(oracle, 1, ordered=True, batch_size=5)
    lines = batches + in_line
    for line in lines:
        stage.publish(line, oracle, size(15, 1000))
    oracle.wait_for_some(3)
    killed = [kill_a_sender(stage, oracle).fault for _ in ticks(size(2, 30), size(0.5, 5.0))]
    stage.finish(oracle, lines, size(60, 1800))
    assert not oracle.renamed
    assert not oracle.unexplained(*killed)
    torn = {message: came for message, came in oracle.contents.items() if len(came) > 1}
    assert not torn, "one webhook-id came with other events than before"
    assert [line.path for line in in_line if not oracle.in_order(line.path)] == []


def failing_at_times(stage: Stage) -> Callable[[Arrival], int]:
    """Answers 503 to some requests, by the chance of ``stage``, and 200 to the others."""
    return lambda _arrival: 503 if stage.random.random() < FAILS else 200
