"""What a person or a program looks for in the log: which deliveries, and how they say so."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.domain.events import parse_moment
from portal.domain.problems import Problem, Refused
from portal.domain.states import DeliveryState

STATUS_CLASSES = ("2xx", "3xx", "4xx", "5xx", "none")


@dataclass(frozen=True)
class LogFilter:
    """Which deliveries are wanted; an empty field does not narrow.

    ``errors`` and ``hooks`` are what ``q`` names besides texts and ids: failures by their titles,
    and hooks by their addresses. They are worked out by whoever knows those, and widen only ``q``.
    """

    hook: str = ""
    event: str = ""
    event_type: str = ""
    state: str = ""
    status_class: str = ""
    since: datetime | None = None
    until: datetime | None = None
    q: str = ""
    errors: tuple[str, ...] = ()
    hooks: tuple[str, ...] = ()

    @property
    def narrows(self) -> bool:
        """Whether any field is set."""
        return self != LogFilter()


FILTER_NAMES = tuple(LogFilter.__dataclass_fields__)[:-2]


def read_filter(given: Mapping[str, Any], pointer: str = "") -> LogFilter:
    """The filter that ``given`` names by the texts of its members; others are left alone.

    ``pointer`` says where ``given`` stands in what was handed in. Raises :class:`Refused`.
    """
    reader = FilterReader(given, pointer)
    wanted = LogFilter(
        **{name: reader.text(name) for name in ("hook", "event", "event_type", "q")},
        state=reader.one_of("state", tuple(DeliveryState)),
        status_class=reader.one_of("status_class", STATUS_CLASSES),
        since=reader.moment("since"),
        until=reader.moment("until"),
    )
    if reader.problems:
        raise Refused(*reader.problems)
    return wanted


def filter_members(wanted: LogFilter) -> dict[str, str]:
    """The fields of ``wanted`` that narrow, as texts that :func:`read_filter` takes back."""
    values = ((name, getattr(wanted, name)) for name in FILTER_NAMES)
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in values
        if value
    }


class FilterReader:
    """Reads members one by one and collects what is wrong with them."""

    def __init__(self, given: Mapping[str, Any], pointer: str) -> None:
        self._given, self._pointer = given, pointer
        self.problems: list[Problem] = []

    def text(self, name: str) -> str:
        """A text; empty when it is absent."""
        value = self._given.get(name) or ""
        if not isinstance(value, str):
            return self._fault(name, "not_a_text")
        return self._fault(name, "bad_character") if "\0" in value else value

    def one_of(self, name: str, known: tuple[str, ...]) -> str:
        """One of the texts ``known``; empty when it is absent."""
        value = self.text(name)
        if value and value not in known:
            return self._fault(name, "unknown_choice", choices="، ".join(known))
        return value

    def moment(self, name: str) -> datetime | None:
        """A moment by RFC 3339; None when it is absent."""
        text = self.text(name)
        # A plus that was not escaped in an address arrives as a space.
        moment = parse_moment(text.replace(" ", "+")) if text else None
        if text and moment is None:
            self._fault(name, "bad_moment")
        return moment

    def _fault(self, name: str, code: str, **params: Any) -> str:
        self.problems.append(Problem(f"{self._pointer}/{name}", code, params))
        return ""
