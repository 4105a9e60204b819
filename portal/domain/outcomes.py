"""What an attempt came to: from an HTTP status or a transport's failure to one stable code."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import NamedTuple

LONGEST_ASKED_WAIT = timedelta(hours=24)

_NAMED_STATUSES = frozenset(
    {400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 429, 500, 502, 503, 504}
)
# What no repeat can mend (contract §4).
PERMANENT = frozenset(
    {
        "blocked_private_address",
        "blocked_scheme_or_port",
        "request_too_large",
        "body_not_built",
    }
)
# Nothing was sent, for a reason on this side.
OURS = frozenset({"internal_error", "request_too_large", "body_not_built"})
# The data may have been processed although no answer came.
MAYBE_PROCESSED = frozenset({"read_timeout", "http_504"})


class Outcome(NamedTuple):
    """How an attempt ended. ``error`` is None exactly when it was delivered.

    ``asked_wait`` is what Retry-After asked for; ``throttled`` marks the answers that are not
    charged against the schedule.
    """

    error: str | None
    status_code: int | None
    asked_wait: timedelta | None = None

    @property
    def delivered(self) -> bool:
        return self.error is None

    @property
    def permanent(self) -> bool:
        return self.error in PERMANENT

    @property
    def ours(self) -> bool:
        """Whether it tells nothing of the endpoint, because nothing could be sent."""
        return self.error in OURS

    @property
    def gone(self) -> bool:
        return self.error == "http_410"

    @property
    def throttled(self) -> bool:
        return self.asked_wait is not None or self.status_code in (429, 503)


def judge(
    status_code: int | None,
    error: str | None,
    headers: Sequence[tuple[str, str]],
    now: datetime,
) -> Outcome:
    """The outcome of a reply: the transport's ``error`` first, then the status. Only 2xx is
    delivered."""
    if error is not None:
        return Outcome(error, status_code)
    if status_code is None:
        return Outcome("invalid_response", None)
    if 200 <= status_code < 300:
        return Outcome(None, status_code)
    return Outcome(error_of_status(status_code), status_code, asked_wait(headers, now))


def error_of_status(status: int) -> str:
    """The code for an HTTP status that is not 2xx (research: the codes of failures)."""
    if status in _NAMED_STATUSES:
        return f"http_{status}"
    if 300 <= status < 400:
        return "redirect_3xx"
    if 400 <= status < 600:
        return f"http_{status // 100}xx"
    return "invalid_response"


def asked_wait(headers: Sequence[tuple[str, str]], now: datetime) -> timedelta | None:
    """The wait that Retry-After asks for (RFC 9110 §10.2.3), from 0 to 24 hours, or None."""
    text = next((value.strip() for name, value in headers if name.lower() == "retry-after"), "")
    if text.isascii() and text.isdigit():
        wait = timedelta(seconds=int(text[:9]))
    else:
        wait = _time_until(text, now)
    return None if wait is None else min(max(wait, timedelta(0)), LONGEST_ASKED_WAIT)


def _time_until(text: str, now: datetime) -> timedelta | None:
    # A stranger wrote it, and the standard library's reader fails in more ways than it names.
    try:
        moment = parsedate_to_datetime(text)
        # Only the oldest of the three forms names no zone, and it means UTC (RFC 9110 §5.6.7).
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
