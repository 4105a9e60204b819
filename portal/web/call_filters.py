"""Which calls a page of the log shows, and how a page says that again in its links and fields."""

from collections.abc import Mapping
from datetime import datetime

from portal.domain.call_filter import CALL_FILTER_NAMES, CallFilter, read_call_filter
from portal.domain.problems import Refused
from portal.web.local_moments import with_offset


def wanted_in(given: Mapping[str, str]) -> CallFilter:
    """The filter that the fields of a page name; a field that makes no sense is left out.

    Moments without an offset are in the account's zone.
    """
    members = {name: given.get(name, "") for name in CALL_FILTER_NAMES}
    members |= {name: with_offset(members[name]) for name in ("since", "until")}
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
