"""How an endpoint is doing, and what follows: the breaker that lets it rest.

The figures are those of the design, taken from peers: open at 70 % failures of at least 10
attempts in 5 minutes, one probe after 30 seconds, closed by its success.
"""

from datetime import datetime, timedelta
from enum import IntEnum
from typing import NamedTuple

WINDOW = timedelta(minutes=5)
FEWEST_ATTEMPTS, OPEN_AT = 10, 0.7
REST = timedelta(seconds=30)
HOPELESS_AFTER, HOPELESS_SPREAD = timedelta(days=5), timedelta(hours=12)
# People are told of it when these parts of the time are over.
WARNINGS = (0.5, 0.9)


class Standing(IntEnum):
    """What the last attempt says of an endpoint; a lower one has slots kept from the higher."""

    PROVEN = 0
    NEW = 1
    FAILING = 2


class Health(NamedTuple):
    """The counters of one stream. ``resting`` means: one probe at a time, after ``ready_at``."""

    last_ok: bool | None = None
    last_ok_at: datetime | None = None
    last_failed_at: datetime | None = None
    failing_since: datetime | None = None
    consecutive_failures: int = 0
    window_from: datetime | None = None
    window_attempts: int = 0
    window_failures: int = 0
    resting: bool = False
    ready_at: datetime | None = None

    @property
    def standing(self) -> Standing:
        if self.last_ok is None:
            return Standing.NEW
        return Standing.PROVEN if self.last_ok else Standing.FAILING


def after_success(health: Health, now: datetime) -> Health:
    """The health after an attempt that was delivered; it closes the breaker."""
    if health.resting:
        health = health._replace(ready_at=None, window_from=None)
    counted = _in_window(health, now)
    # Spelled out, because it is made anew for every delivery.
    return Health(
        last_ok=True,
        last_ok_at=now,
        last_failed_at=counted.last_failed_at,
        window_from=counted.window_from,
        window_attempts=counted.window_attempts + 1,
        window_failures=counted.window_failures,
        ready_at=counted.ready_at,
    )


def after_failure(health: Health, now: datetime) -> Health:
    """The health after an attempt that failed; it may open the breaker."""
    counted = _in_window(health, now)
    worse = counted._replace(
        last_ok=False,
        last_failed_at=now,
        failing_since=health.failing_since or now,
        consecutive_failures=health.consecutive_failures + 1,
        window_attempts=counted.window_attempts + 1,
        window_failures=counted.window_failures + 1,
    )
    if health.resting or _is_too_much(worse):
        return worse._replace(resting=True, ready_at=now + REST)
    return worse


def switch_off_at(health: Health, postponed_until: datetime | None) -> datetime | None:
    """When a hook that goes on failing is switched off; None while it does not fail.

    That is after days of nothing but failure, unless staff have put it off until later.
    """
    if health.failing_since is None:
        return None
    planned = health.failing_since + HOPELESS_AFTER
    return max(planned, postponed_until) if postponed_until else planned


def warns(before: Health, after: Health, postponed_until: datetime | None) -> float | None:
    """Which part of the way to being switched off a failing hook has passed between ``before`` and
    ``after``: the largest of :data:`WARNINGS`, or None. Early failures are nothing to speak of."""
    ends = switch_off_at(after, postponed_until)
    last, since = after.last_failed_at, after.failing_since
    if ends is None or last is None or since is None or last - since < HOPELESS_SPREAD:
        return None
    earlier = before.last_failed_at if before.failing_since else None
    marks = {part: since + (ends - since) * part for part in WARNINGS}
    passed = [p for p, at in marks.items() if at <= last and (earlier is None or earlier < at)]
    return max(passed, default=None)


def is_hopeless(health: Health, postponed_until: datetime | None, now: datetime) -> bool:
    """Whether a hook is to be switched off now; its failures are spread over half a day at least,
    so that one bad event after a quiet week does not count as a week of failure."""
    ends = switch_off_at(health, postponed_until)
    if ends is None or health.failing_since is None or health.last_failed_at is None:
        return False
    return ends <= now and health.last_failed_at - health.failing_since >= HOPELESS_SPREAD


def _in_window(health: Health, now: datetime) -> Health:
    if health.window_from is not None and now - health.window_from < WINDOW:
        return health
    return health._replace(window_from=now, window_attempts=0, window_failures=0)


def _is_too_much(health: Health) -> bool:
    return (
        health.window_attempts >= FEWEST_ATTEMPTS
        and health.window_failures / health.window_attempts >= OPEN_AT
    )
