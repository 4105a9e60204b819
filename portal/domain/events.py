"""What the platform may publish: from a request's text to an event that can be stored."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from portal.domain.folding import fold
from portal.domain.problems import Problem, Refused
from portal.domain.strict_json import Member, end_of_plain_object, parse_elements, parse_members

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
# A member and the sign after it, in the plainest writing; "data" up to where its object begins.
_S = r"[ \t\n\r]*"
_plain_member = re.compile(
    rf'{_S}"(?:(type|id|occurred_at)"{_S}:{_S}"([^"\\\x00-\x1f]*)"{_S}([,}}])|data"{_S}:{_S}(?={{))'
).match
_plain_sign = re.compile(rf"{_S}([,}}])").match


@dataclass(frozen=True, slots=True)
class EventDraft:
    """An event as it was handed in. ``data`` is the member's own text, to the letter; ``id`` is
    the one that it is to get where whoever publishes it speaks of it, else it gets a new one."""

    type: str
    data: str
    dedupe_key: str | None = None
    occurred_at: datetime | None = None
    id: str = ""


def parse_event(text: str) -> EventDraft:
    """The event that the JSON object ``text`` describes (contract §3).

    Raises :class:`portal.domain.strict_json.JsonRefused` when it is no JSON, and
    :class:`Refused` with all problems when a member is missing or wrong.
    """
    plain = _plain_event(text, 0)
    if plain and plain[1] == len(text):
        return plain[0]
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


def parse_events(text: str) -> list[EventDraft | str] | None:
    """The elements of the JSON array ``text``; None when it is another value.

    An element in ordinary writing stands as the event that it describes, any other as its text,
    for :func:`parse_event` and the caller's limits. Reading stops after one element too many.
    Raises :class:`portal.domain.strict_json.JsonRefused` when the whole is no strict JSON.
    """
    return parse_elements(text, MAX_BATCH_EVENTS, _plain_event)


def _plain_event(text: str, at: int) -> tuple[EventDraft, int] | None:
    """The event whose object begins at ``at``, and where it ends; None unless it is faultless
    and in the plainest writing, which takes a third of the time that careful reading takes."""
    if not text.startswith("{", at):
        return None
    start, sign, at = at, ",", at + 1
    found: dict[str, str] = {}
    while sign == "," and (member := _plain_member(text, at)):
        name, value, sign = member.groups()
        at = member.end()
        if name is None:
            end = end_of_plain_object(text, at)
            if end is None or not (after := _plain_sign(text, end)):
                return None
            name, value, sign, at = "data", text[at:end], after[1], after.end()
        if name in found:
            return None
        found[name] = value
    # Letters have four bytes at most.
    is_small = (at - start) * 4 <= MAX_EVENT_BYTES
    draft = _plain_draft(found) if sign == "}" and is_small else None
    return (draft, at) if draft else None


def _plain_draft(found: dict[str, str]) -> EventDraft | None:
    kind, data, key, said = (found.get(name) for name in ("type", "data", "id", "occurred_at"))
    if data is None or not is_event_type(kind):
        return None
    moment = None if said is None else parse_moment(said)
    if said is not None and moment is None:
        return None
    if key is not None and not 1 <= len(key) <= MAX_DEDUPE_LENGTH:
        return None
    return EventDraft(kind, data, key, moment)


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
