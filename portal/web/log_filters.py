"""Which deliveries a page of the log shows, and how a page says that again.

Every link, field and polling address of the log carries what :func:`members_of` says, and
:func:`wanted_in` reads it.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

from portal.domain.folding import fold
from portal.domain.log_filter import FILTER_NAMES, LogFilter, filter_members, read_filter
from portal.domain.problems import Problem, Refused
from portal.domain.resends import Choice
from portal.models import now
from portal.models.matching import is_text_search
from portal.queries.hooks import hook_addresses
from portal.web.access import actor
from portal.web.failures import FAILURES, failure
from portal.web.filters import bare_url
from portal.web.local_moments import with_offset
from portal.web.moments import zone
from portal.web.seeing import masks

FILTER_WORDS = {
    "hook": "الخطاف",
    "event": "الحدث",
    "event_type": "نوع الحدث",
    "state": "الحالة",
    "status_class": "الاستجابة",
    "since": "من",
    "until": "قبل",
    "q": "البحث",
}
# A shorter text stands in almost every title and address.
SHORTEST_NAME = 3


def wanted_in(given: Mapping[str, str]) -> LogFilter:
    """The filter that the fields of a page name; a field that makes no sense is left out.

    Moments without an offset are in the account's zone.
    """
    members = {name: given.get(name, "") for name in FILTER_NAMES}
    members |= {name: with_offset(members[name]) for name in ("since", "until")}
    try:
        return with_names(read_filter(members))
    except Refused as refused:
        wrong = {problem.pointer.removeprefix("/") for problem in refused.problems}
        kept = {name: members[name] for name in members if name not in wrong}
        return with_names(read_filter(kept))


members_of = filter_members


def without(members: Mapping[str, str], name: str) -> dict[str, str]:
    """``members`` but for the one called ``name``: what a chip leads to when it is taken away."""
    return {kept: value for kept, value in members.items() if kept != name}


def with_names(wanted: LogFilter) -> LogFilter:
    """``wanted`` with the failures and the hooks of the acting account that its text names."""
    text = fold(wanted.q)
    if len(text) < SHORTEST_NAME:
        return wanted
    return replace(wanted, errors=_errors_named(text), hooks=_hooks_at(text))


def choice_with_names(choice: Choice) -> Choice:
    """``choice`` with what the text of its filter names.

    Raises :class:`Refused` where it would send what events say and whoever asks may not see all of
    that: how many match would tell what is hidden.
    """
    if masks() and is_text_search(choice.wanted):
        raise Refused(Problem("/filter/q", "masked_search"))
    return replace(choice, wanted=with_names(choice.wanted))


def quick_ranges() -> dict[str, str]:
    """The beginnings of the ranges that are one click away, by their names, as members."""
    moment = now().astimezone(zone()).replace(second=0, microsecond=0)
    beginnings = {
        "آخر ساعة": moment - timedelta(hours=1),
        "اليوم": moment.replace(hour=0, minute=0),
        "آخر 7 أيام": moment - timedelta(days=7),
    }
    return {name: beginning.astimezone(UTC).isoformat() for name, beginning in beginnings.items()}


def member_moment(value: str) -> datetime:
    """The moment that a member says."""
    return datetime.fromisoformat(value)


def _errors_named(text: str) -> tuple[str, ...]:
    """The codes that ``text`` is a part of, or whose titles have all its words."""
    words = text.split()
    return tuple(
        code
        for code, title in _titles().items()
        if text in code or all(word in title for word in words)
    )


@cache
def _titles() -> dict[str, str]:
    statuses = [f"http_{status}" for status in range(300, 600)]
    return {code: fold(failure(code).title) for code in dict.fromkeys([*FAILURES, *statuses])}


def _hooks_at(text: str) -> tuple[str, ...]:
    """The hooks whose host or path has ``text``; what else an address holds may be a secret."""
    sought = text.partition("?")[0]
    rows = hook_addresses(actor().account_id) if sought else ()
    return tuple(hook_id for hook_id, url in rows if sought in fold(bare_url(url)))
