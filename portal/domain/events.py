"""What the platform may publish: from a request's text to an event that can be stored."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from portal.domain.folding import fold
from portal.domain.problems import Problem, Refused
from portal.domain.strict_json import Member, parse_members

MAX_EVENT_BYTES = 256 * 1024
MAX_BATCH_EVENTS = 1000
MAX_BATCH_BYTES = 8 * 1024 * 1024
MAX_DEDUPE_LENGTH = 128
# How much of an event's data is searchable; more would cost every publish and find little.
SEARCHABLE = 4096

EVENT_TYPE = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*")
# RFC 3339 §5.6; the fraction is cut to the microseconds that are kept.
_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)


@dataclass(frozen=True, slots=True)
class EventDraft:
    """An event as it was handed in. ``data`` is the member's own text, to the letter."""

    type: str
    data: str
    dedupe_key: str | None = None
    occurred_at: datetime | None = None


def parse_event(text: str) -> EventDraft:
    """The event that the JSON object ``text`` describes (contract §3).

    Raises :class:`portal.domain.strict_json.JsonRefused` when it is no JSON, and
    :class:`Refused` with all problems when a member is missing or wrong.
    """
    members = parse_members(text)
    if members is None:
        raise Refused(Problem("", "not_an_object"))
    problems: list[Problem] = []
    draft = EventDraft(
        type=_type(members.get("type"), problems),
        data=_data(members.get("data"), problems),
        dedupe_key=_dedupe_key(members.get("id"), problems),
        occurred_at=_moment(members.get("occurred_at"), problems),
    )
    if problems:
        raise Refused(*problems)
    return draft


def is_event_type(value: Any) -> bool:
    """Whether ``value`` is a well-formed key such as ``message.received``."""
    return isinstance(value, str) and len(value) <= 128 and bool(EVENT_TYPE.fullmatch(value))


def parse_moment(text: str) -> datetime | None:
    """The moment that ``text`` names by RFC 3339, in UTC; None when it names none."""
    match = _MOMENT.fullmatch(text)
    if not match:
        return None
    day, clock, fraction, zone = match.groups()
    zone = "+00:00" if zone in "Zz" else zone
    try:
        moment = datetime.fromisoformat(f"{day}T{clock}.{(fraction or '0')[:6]:0<6}{zone}")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def searchable(data: str) -> str:
    """What a search looks through: the start of the JSON text ``data``, folded.

    Many programs write Arabic as escapes, which nobody would search for.
    """
    if "\\u" in data:
        data = json.dumps(json.loads(data), ensure_ascii=False)
    return fold(data[:SEARCHABLE])


def _type(member: Member | None, problems: list[Problem]) -> str:
    if member is None:
        problems.append(Problem("/type", "required"))
    elif not is_event_type(member.value):
        problems.append(Problem("/type", "bad_event_type"))
    else:
        return member.value
    return ""


def _data(member: Member | None, problems: list[Problem]) -> str:
    if member is None:
        problems.append(Problem("/data", "required"))
    elif not isinstance(member.value, dict):
        problems.append(Problem("/data", "not_an_object"))
    else:
        return member.text
    return ""


def _dedupe_key(member: Member | None, problems: list[Problem]) -> str | None:
    if member is None or member.value is None:
        return None
    if not isinstance(member.value, str):
        problems.append(Problem("/id", "not_a_text"))
    elif not 1 <= len(member.value) <= MAX_DEDUPE_LENGTH:
        problems.append(Problem("/id", "bad_length", {"min": 1, "max": MAX_DEDUPE_LENGTH}))
    else:
        return member.value
    return None


def _moment(member: Member | None, problems: list[Problem]) -> datetime | None:
    if member is None or member.value is None:
        return None
    moment = parse_moment(member.value) if isinstance(member.value, str) else None
    if moment is None:
        problems.append(Problem("/occurred_at", "bad_moment"))
    return moment
