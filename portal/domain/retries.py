"""When a delivery is tried again, and when no more."""

from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from portal.domain.outcomes import Outcome
from portal.domain.states import DeliveryState

# The example of the Standard Webhooks specification: 10 attempts over 75 hours.
DEFAULT_DELAYS = (0, 5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
JITTER = 0.2
UNPAID_WAITS = 10
OVERLOAD_WAIT = timedelta(seconds=60)
SHORTEST_UNPAID_WAIT = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Schedule:
    """What a policy says of retries. ``delays[i]`` is the wait in seconds before attempt i+1."""

    delays: tuple[int, ...]
    builtin: bool


class Verdict(NamedTuple):
    """Where a delivery stands after an attempt; ``wait`` is set only while it is waiting."""

    state: DeliveryState
    wait: timedelta | None
    retry_step: int
    unpaid_waits: int


def decide(
    outcome: Outcome, schedule: Schedule, retry_step: int, unpaid_waits: int, chance: float
) -> Verdict:
    """What follows from ``outcome`` for a delivery with ``retry_step`` charged attempts so far
    and ``unpaid_waits`` that were not charged; ``chance`` from 0 to 1 spreads the wait by ±20 %.

    The rules are those of contract §4: 2xx delivers; what no repeat can mend and 410 end it; an
    endpoint that asks for time gets it ten times without being charged.
    """
    if outcome.delivered:
        return Verdict(DeliveryState.DELIVERED, None, retry_step + 1, unpaid_waits)
    unpaid = outcome.throttled and unpaid_waits < UNPAID_WAITS
    step = retry_step if unpaid else retry_step + 1
    waits = unpaid_waits + unpaid
    if outcome.permanent or outcome.gone or step >= len(schedule.delays):
        return Verdict(DeliveryState.UNDELIVERED, None, step, waits)
    wait = _wait(outcome, schedule, max(step, 1), chance)
    return Verdict(DeliveryState.WAITING, wait, step, waits)


def spread(delay: float, chance: float) -> timedelta:
    """``delay`` seconds, shortened or stretched by up to 20 % as ``chance`` (0 to 1) says."""
    return timedelta(seconds=delay * (1 + JITTER * (2 * chance - 1)))


def _wait(outcome: Outcome, schedule: Schedule, step: int, chance: float) -> timedelta:
    planned = spread(schedule.delays[min(step, len(schedule.delays) - 1)], chance)
    if outcome.asked_wait is not None:
        return max(planned, outcome.asked_wait)
    if outcome.status_code == 429 and schedule.builtin:
        return max(planned, OVERLOAD_WAIT)
    # Not charged against the schedule is no reason to hammer an endpoint that is overloaded.
    return max(planned, SHORTEST_UNPAID_WAIT) if outcome.throttled else planned
