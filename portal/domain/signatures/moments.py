"""The time stamps that senders sign."""

import re
from datetime import UTC, datetime

# 99999999999 seconds are in the year 5138: what has more digits counts milliseconds.
_SECONDS = re.compile(r"[0-9]{1,11}")
_MILLISECONDS = re.compile(r"[0-9]{12,14}")
_RFC_3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?"
    r"(?:[Zz]|[+-][0-9]{2}:[0-9]{2})"
)


def unix_seconds(text: str) -> int | None:
    """The moment that ``text`` tells, in whole Unix seconds; None when it tells none.

    Seconds, milliseconds or RFC 3339, in ASCII digits.
    """
    if _SECONDS.fullmatch(text):
        return int(text)
    if _MILLISECONDS.fullmatch(text):
        return int(text) // 1000
    return _written(text) if _RFC_3339.fullmatch(text) else None


def _written(text: str) -> int | None:
    try:
        moment = datetime.fromisoformat(text.upper())
        return int((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())
    except (ValueError, OverflowError):
        return None
