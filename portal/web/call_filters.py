"""Which calls a page of the log shows, and how a page says that again in its links and fields."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import g

from portal.domain.call_filter import CALL_FILTER_NAMES, CallFilter, read_call_filter
from portal.domain.problems import Refused
from portal.extensions import settings

# How <input type="datetime-local"> writes a moment.
LOCAL = "%Y-%m-%dT%H:%M"


def wanted_in(given: Mapping[str, str]) -> CallFilter:
    """The filter that the fields of a page name; a field that makes no sense is left out.

    Moments without an offset are in the account's zone.
    """
    members = {name: given.get(name, "") for name in CALL_FILTER_NAMES}
    members |= {name: _with_offset(members[name]) for name in ("since", "until")}
    try:
        return read_call_filter(members)
    except Refused as refused:
        wrong = {problem.pointer.removeprefix("/") for problem in refused.problems}
        return read_call_filter({name: members[name] for name in members if name not in wrong})


def members_of(wanted: CallFilter) -> dict[str, str]:
    """The fields of ``wanted`` that narrow, as texts that :func:`wanted_in` takes back."""
    values = {name: getattr(wanted, name) for name in CALL_FILTER_NAMES}
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in values.items()
        if value
    }


def local_text(moment: datetime | None) -> str:
    """``moment`` as a field for local time takes it; empty for None."""
    return moment.astimezone(_zone()).strftime(LOCAL) if moment else ""


def _with_offset(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        return text
    return text if moment.tzinfo else moment.replace(tzinfo=_zone()).isoformat()


def _zone() -> ZoneInfo:
    return ZoneInfo(g.get("zone") or settings().timezone)
