"""How a sandbox answers, and whether what arrives there was signed by whoever sent it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from portal.domain.problems import Problem, Refused
from portal.domain.signing import PRIVATE, verify

STATUSES = (200, 201, 400, 401, 404, 410, 413, 429, 500, 503)
LONGEST_DELAY = 30
# With these two an endpoint says when it wants to be asked again.
RETRY_AFTER = {429: 30, 503: 30}

# How far apart two clocks may be, as the specification's own libraries have it.
TOLERANCE = timedelta(minutes=5)
SIGNED_BY = ("webhook-id", "webhook-timestamp", "webhook-signature")


class Answer(NamedTuple):
    """What a sandbox answers, and after how many seconds."""

    status: int = 200
    delay_seconds: int = 0


def read_answer(status: object, delay_seconds: object) -> Answer:
    """The answer that somebody asked for; raises :class:`Refused`."""
    problems = []
    if status not in STATUSES:
        choices = "، ".join(map(str, STATUSES))
        problems.append(Problem("/status", "unknown_choice", {"choices": choices}))
    if not isinstance(delay_seconds, int) or not 0 <= delay_seconds <= LONGEST_DELAY:
        problems.append(Problem("/delay_seconds", "bad_number", {"min": 0, "max": LONGEST_DELAY}))
    if problems:
        raise Refused(*problems)
    return Answer(status, delay_seconds)


class Signature(StrEnum):
    """What became of checking a signature."""

    HOLDS = "holds"
    # Only with a secret that is to expire: the sender does not sign with the newest one.
    HOLDS_BY_OLDER = "holds_by_older"
    MISSING = "missing_header"
    BAD_TIMESTAMP = "bad_timestamp"
    TOO_OLD = "too_old"
    TOO_NEW = "too_new"
    EXPIRED_SECRET = "expired_secret"
    OTHER_KIND = "other_kind"
    WRONG_SECRET = "wrong_secret"

    @property
    def is_good(self) -> bool:
        """Whether a receiver accepts the request."""
        return self in (Signature.HOLDS, Signature.HOLDS_BY_OLDER)


class Secrets(NamedTuple):
    """The secrets of a hook, the newest first: those that sign, and those past their time."""

    alive: Sequence[str]
    expired: Sequence[str] = ()


def judge(secrets: Secrets, headers: Mapping[str, str], body: bytes, at: datetime) -> Signature:
    """Whether ``headers`` (names in lower case) sign ``body``, which arrived ``at``; if not, why.

    A wrong secret weighs more than a wrong time: whoever mends the first may find the second.
    """
    if not all(headers.get(name) for name in SIGNED_BY):
        return Signature.MISSING
    message_id, timestamp, given = (headers[name] for name in SIGNED_BY)
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return Signature.BAD_TIMESTAMP
    for place, secret in enumerate(secrets.alive):
        if verify(secret, message_id, timestamp, body, given):
            return _in_time(int(timestamp), at) or _by_place(place)
    if any(verify(secret, message_id, timestamp, body, given) for secret in secrets.expired):
        return Signature.EXPIRED_SECRET
    return Signature.WRONG_SECRET if _has_kind(secrets, given) else Signature.OTHER_KIND


def _in_time(timestamp: int, at: datetime) -> Signature | None:
    age = at.timestamp() - timestamp
    if abs(age) <= TOLERANCE.total_seconds():
        return None
    return Signature.TOO_OLD if age > 0 else Signature.TOO_NEW


def _by_place(place: int) -> Signature:
    return Signature.HOLDS_BY_OLDER if place else Signature.HOLDS


def _has_kind(secrets: Secrets, given: str) -> bool:
    """Whether one of the signatures ``given`` is of the kind that the secrets make."""
    kinds = {"v1a" if secret.startswith(PRIVATE) else "v1" for secret in secrets.alive}
    return any(signature.partition(",")[0] in kinds for signature in given.split(" "))
