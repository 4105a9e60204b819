"""When a delivery is tried again, and when no more."""

from datetime import timedelta

import pytest

from portal.domain.outcomes import Outcome
from portal.domain.retries import (
    DEFAULT_DELAYS,
    OVERLOAD_WAIT,
    UNPAID_WAITS,
    Schedule,
    Verdict,
    decide,
    spread,
)
from portal.domain.states import DeliveryState

WAITING, DELIVERED, UNDELIVERED = (
    DeliveryState.WAITING,
    DeliveryState.DELIVERED,
    DeliveryState.UNDELIVERED,
)
DEFAULT = Schedule(DEFAULT_DELAYS, builtin=True)
SHORT = Schedule((0, 1, 1), builtin=False)
FAILED = Outcome("http_500", 500)
# A chance that neither shortens nor lengthens.
EVEN = 0.5


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def walk(schedule: Schedule, outcome: Outcome) -> list[Verdict]:
    """The verdicts over a delivery that always ends in ``outcome``, to the last."""
    verdicts = [decide(outcome, schedule, 0, 0, EVEN)]
    while verdicts[-1].state == WAITING:
        last = verdicts[-1]
        verdicts.append(decide(outcome, schedule, last.retry_step, last.unpaid_waits, EVEN))
        assert len(verdicts) < 100
    return verdicts


def test_the_default_schedule_is_that_of_the_specification() -> None:
    verdicts = walk(DEFAULT, FAILED)
    assert [verdict.wait for verdict in verdicts[:-1]] == [seconds(d) for d in DEFAULT_DELAYS[1:]]
    assert len(verdicts) == 10
    assert sum(DEFAULT_DELAYS) == timedelta(hours=75, minutes=35, seconds=5).total_seconds()


@pytest.mark.parametrize(
    ("delays", "attempts"), [((0, 1, 1), 3), ((0,), 1), ((5, 7), 2), (DEFAULT_DELAYS, 10)]
)
def test_as_many_attempts_are_made_as_delays_are_listed(
    delays: tuple[int, ...], attempts: int
) -> None:
    verdicts = walk(Schedule(delays, builtin=False), FAILED)
    assert len(verdicts) == attempts
    assert verdicts[-1] == Verdict(UNDELIVERED, None, attempts, 0)


@pytest.mark.parametrize("step", range(0, 30))
def test_success_delivers_at_any_step(step: int) -> None:
    verdict = decide(Outcome(None, 204), SHORT, step, 3, EVEN)
    assert verdict == Verdict(DELIVERED, None, step + 1, 3)


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome("blocked_private_address", None),
        Outcome("blocked_scheme_or_port", None),
        Outcome("request_too_large", None),
        Outcome("body_not_built", None),
        Outcome("http_410", 410),
        Outcome("http_410", 410, seconds(60)),
    ],
)
def test_what_no_repeat_can_mend_ends_at_once(outcome: Outcome) -> None:
    verdict = decide(outcome, DEFAULT, 0, 0, EVEN)
    assert (verdict.state, verdict.wait) == (UNDELIVERED, None)


@pytest.mark.parametrize(
    ("delay", "chance", "wait"), [(100, 0.0, 80), (100, 0.5, 100), (100, 1.0, 120), (0, 1.0, 0)]
)
def test_a_wait_is_spread_by_a_fifth_either_way(delay: int, chance: float, wait: int) -> None:
    assert spread(delay, chance) == seconds(wait)


@pytest.mark.parametrize(("chance", "wait"), [(0.0, 240), (0.5, 300), (1.0, 360)])
def test_the_wait_before_an_attempt_is_spread(chance: float, wait: int) -> None:
    assert decide(FAILED, DEFAULT, 1, 0, chance).wait == seconds(wait)


TIMES = [
    # what came, under which schedule, at which step: how long at least
    (Outcome("http_429", 429), DEFAULT, 0, OVERLOAD_WAIT),
    (Outcome("http_429", 429), DEFAULT, 2, seconds(300)),
    (Outcome("http_429", 429), SHORT, 0, seconds(1)),
    (Outcome("http_429", 429, seconds(5)), DEFAULT, 0, seconds(5)),
    (Outcome("http_429", 429, seconds(2)), DEFAULT, 0, seconds(5)),
    (Outcome("http_429", 429, seconds(0)), DEFAULT, 2, seconds(300)),
    (Outcome("http_503", 503), DEFAULT, 0, seconds(5)),
    (Outcome("http_503", 503, seconds(90)), SHORT, 0, seconds(90)),
    (Outcome("http_503", 503, timedelta(hours=24)), SHORT, 0, timedelta(hours=24)),
    (Outcome("http_500", 500, seconds(90)), SHORT, 1, seconds(90)),
    (Outcome("redirect_3xx", 302, seconds(90)), SHORT, 1, seconds(90)),
]


@pytest.mark.parametrize(("outcome", "schedule", "step", "wait"), TIMES)
def test_an_endpoint_gets_the_time_it_asks_for_uncharged(
    outcome: Outcome, schedule: Schedule, step: int, wait: timedelta
) -> None:
    assert decide(outcome, schedule, step, 0, EVEN) == Verdict(WAITING, wait, step, 1)


@pytest.mark.parametrize("chance", [0.0, 0.3, 1.0])
def test_jitter_never_shortens_what_was_asked_for(chance: float) -> None:
    asked = Outcome("http_503", 503, seconds(300))
    assert decide(asked, DEFAULT, 2, 0, chance).wait >= seconds(300)
    assert decide(Outcome("http_429", 429), DEFAULT, 0, 0, chance).wait >= OVERLOAD_WAIT


def test_asking_for_time_is_charged_from_the_eleventh_time_on() -> None:
    verdicts = walk(SHORT, Outcome("http_503", 503, seconds(1)))
    assert [verdict.retry_step for verdict in verdicts] == [0] * UNPAID_WAITS + [1, 2, 3]
    assert verdicts[-1] == Verdict(UNDELIVERED, None, 3, UNPAID_WAITS)


def test_uncharged_waits_and_charged_failures_are_counted_apart() -> None:
    assert decide(FAILED, SHORT, 1, 4, EVEN) == Verdict(WAITING, seconds(1), 2, 4)
    assert decide(Outcome("http_503", 503), SHORT, 2, 4, EVEN).retry_step == 2
