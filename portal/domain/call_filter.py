"""Which calls a person or a program looks for, and how they say so."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.domain.calls import RunState, Verdict
from portal.domain.log_filter import FilterReader
from portal.domain.problems import Refused

STATUS_CLASSES = ("2xx", "3xx", "4xx", "5xx")


@dataclass(frozen=True)
class CallFilter:
    """Which calls of a trigger are wanted; an empty field does not narrow."""

    verdict: str = ""
    reason: str = ""
    run: str = ""
    status_class: str = ""
    since: datetime | None = None
    until: datetime | None = None
    q: str = ""

    @property
    def narrows(self) -> bool:
        """Whether any field is set."""
        return self != CallFilter()


CALL_FILTER_NAMES = tuple(CallFilter.__dataclass_fields__)


def read_call_filter(given: Mapping[str, Any], pointer: str = "") -> CallFilter:
    """The filter that ``given`` names by the texts of its members; others are left alone.

    ``pointer`` says where ``given`` stands in what was handed in. Raises :class:`Refused`.
    """
    reader = FilterReader(given, pointer)
    wanted = CallFilter(
        verdict=reader.one_of("verdict", tuple(Verdict)),
        reason=reader.text("reason"),
        run=reader.one_of("run", tuple(RunState)),
        status_class=reader.one_of("status_class", STATUS_CLASSES),
        since=reader.moment("since"),
        until=reader.moment("until"),
        q=reader.text("q"),
    )
    if reader.problems:
        raise Refused(*reader.problems)
    return wanted
