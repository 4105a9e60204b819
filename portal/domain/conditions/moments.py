"""Before and after: moments of RFC 3339, dates, and moments a duration away from now."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from portal.domain.conditions.answers import Answer, BadRight, CannotApply, Judge, Maker
from portal.domain.events import parse_moment

NOW = "now"

_date = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII).fullmatch
# ISO 8601 §5.5.2.4 without years and months, whose lengths vary; short enough to stay in range.
_duration = re.compile(
    r"([+-]?)P(?=[0-9T])(?:(\d{1,4})W)?(?:(\d{1,5})D)?"
    r"(?:T(?=[0-9])(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,9})S)?)?",
    re.ASCII,
).fullmatch

Fixed = Callable[[datetime | None], datetime]


def make_moment(compare: Callable[[datetime, datetime], bool]) -> Maker:
    """The operator that holds ``compare`` between two moments.

    The right side is a moment, a date, ``now``, or a duration from now such as ``-PT2H``.
    """

    def make(right: Any) -> Judge:
        fixed = _fixed(right)

        def judge(left: Any, now: datetime | None) -> Answer:
            moment = read_moment(left)
            if moment is None:
                raise CannotApply("not_a_moment")
            is_date = bool(_date(left) or _date(right))
            return Answer(compare(moment, fixed(now)), "date" if is_date else None)

        return judge

    return make


def read_moment(value: Any) -> datetime | None:
    """The moment that the text ``value`` names, in UTC; a date is its first instant in UTC.

    None when it names none: a number might be seconds or milliseconds, so it does not.
    """
    if not isinstance(value, str):
        return None
    return parse_moment(f"{value}T00:00:00Z" if _date(value) else value)


def _fixed(right: Any) -> Fixed:
    moment = read_moment(right)
    if moment is not None:
        return lambda _now: moment
    ahead = _ahead(right)

    def from_now(now: datetime | None) -> datetime:
        if now is None:
            raise CannotApply("now_unknown")
        return now.astimezone(UTC) + ahead

    return from_now


def _ahead(right: Any) -> timedelta:
    if right == NOW:
        return timedelta()
    match = _duration(right) if isinstance(right, str) else None
    if not match:
        raise BadRight("bad_moment")
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups()[1:])
    ahead = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    return -ahead if match[1] == "-" else ahead
