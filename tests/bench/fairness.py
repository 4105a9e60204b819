"""Fairness: a hundred healthy endpoints, alone and then beside a thousand that never answer."""

from collections.abc import Iterator, Sequence
from threading import Event
from time import monotonic
from typing import Any

from tests.bench.arrivals import Numbered
from tests.bench.stage import Stage

HEALTHY, HANGING = 100, 1000
# Seconds between two events, and until one that hangs would be answered.
PAUSE, FOREVER = 0.01, 3600.0
EVENTS_FOR_EACH_HANGING = 5


def run(stage: Stage, seconds: int) -> Iterator[dict[str, Any]]:
    """How long events to healthy endpoints take to arrive, in both cases."""
    events = Numbered(stage, "fairness")
    healthy = stage.make_hooks(HEALTHY, events.port)
    stage.start_worker()
    _go_round(events, healthy, HEALTHY * PAUSE)
    events.figure("warm")
    alone = _measured(events, healthy, "healthy_alone", seconds)
    yield alone
    hanging = stage.make_hooks(HANGING, stage.start_sink(FOREVER), together=True)
    stage.publish(hanging, EVENTS_FOR_EACH_HANGING)
    beside = _measured(events, healthy, "healthy_beside_hanging", seconds)
    yield beside
    yield {"ratios": {"p99_beside_hanging_to_alone": round(beside["p99_ms"] / alone["p99_ms"], 3)}}


def _measured(
    events: Numbered, healthy: Sequence[str], name: str, seconds: float
) -> dict[str, Any]:
    first = events.count
    _go_round(events, healthy, seconds)
    return events.figure(name, since=first).line()


def _go_round(events: Numbered, healthy: Sequence[str], seconds: float) -> None:
    ends, number = monotonic() + seconds, 0
    while monotonic() < ends:
        events.publish(healthy[number % len(healthy)])
        number += 1
        Event().wait(PAUSE)
