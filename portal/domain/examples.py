"""Examples: an event that is sent to one hook alone, to see what its endpoint answers."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.domain.events import MAX_EVENT_BYTES
from portal.domain.fields import Fields
from portal.domain.problems import Problem, Refused
from portal.domain.strict_json import JsonRefused, parse_members


@dataclass(frozen=True, slots=True)
class ExampleDraft:
    """An example as somebody wants it. None stands for the first type of the hook, and for the
    data that the catalogue has for the type."""

    event_type: str | None = None
    data: str | None = None


def read_example(text: str) -> ExampleDraft:
    """The example that the JSON object ``text`` describes.

    Raises :class:`portal.domain.strict_json.JsonRefused`, and :class:`Refused`.
    """
    members = parse_members(text)
    if members is None:
        raise Refused(Problem("", "not_an_object"))
    fields = Fields({name: member.value for name, member in members.items()})
    fields.only("event_type", "data")
    event_type, data = fields.optional_text("event_type"), fields.anything("data", None)
    fields.done()
    if data is not None and not isinstance(data, dict):
        raise Refused(Problem("/data", "not_an_object"))
    return ExampleDraft(event_type, None if data is None else members["data"].text)


def typed_data(typed: str) -> str:
    """The data of an event as somebody typed it, to the letter; raises :class:`Refused`."""
    text = typed.replace("\r\n", "\n").strip()
    if not text:
        raise Refused(Problem("/data", "required"))
    if len(text.encode("utf-8", "replace")) > MAX_EVENT_BYTES:
        raise Refused(Problem("/data", "event_too_large", {"max": MAX_EVENT_BYTES // 1024}))
    try:
        members = parse_members(text)
    except JsonRefused as refused:
        raise Refused(Problem("/data", refused.code, refused.place)) from None
    if members is None:
        raise Refused(Problem("/data", "not_an_object"))
    return text


@dataclass(frozen=True, slots=True)
class Way:
    """How the way to a hook is: whether it is on; whether its endpoint is given a rest; whether a
    delivery that failed stands at the head of its line; and before when nothing is sent."""

    enabled: bool
    resting: bool
    is_blocked: bool
    ready_at: datetime | None


def obstacle(way: Way, now: datetime, patience: timedelta) -> str | None:
    """Why an example that somebody waits for would not go out now, as a code; None when it goes."""
    if not way.enabled:
        return "hook_off"
    # A rest that is over lets one request through, which may be this one.
    if way.resting and way.ready_at is not None and way.ready_at > now:
        return "hook_resting"
    if way.is_blocked:
        return "line_blocked"
    if way.ready_at is not None and way.ready_at > now + patience:
        return "pace_holds"
    return None
