"""Why deliveries fail, across hooks: what breaks in one place is one cause, whoever suffers it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import groupby
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

Item = TypeVar("Item")

# A success right behind a failure may be luck.
TOO_EARLY = timedelta(minutes=5)
# No name of a host is longer; what stands in an address may be.
LONGEST_HOST = 255
_DEFAULT_PORTS = {"http": 80, "https": 443}


class Phase(StrEnum):
    """Whether a cause is still at work."""

    GOING_ON = "going_on"
    JUST_OVER = "just_over"
    OVER = "over"


class Trouble(NamedTuple):
    """What one hook has suffered from one cause, as far as the rollups of a period tell.

    ``failed`` counts each delivery at every attempt, ``deliveries`` when it began to fail so.
    ``since`` is the first failure after the last success that is known apart from others.
    ``is_there``: the hook still sends to that host.
    """

    code: str
    host: str
    hook_id: str
    hook_name: str
    failed: int
    deliveries: int
    first_at: datetime
    last_at: datetime
    since: datetime | None
    last_ok_at: datetime | None
    failing_since: datetime | None
    is_there: bool


@dataclass(frozen=True)
class Cause:
    """One cause, with everything that it has done in a period, to ``hooks`` (ids and names)."""

    code: str
    host: str
    failed: int
    deliveries: int
    hooks: Sequence[tuple[str, str]]
    since: datetime
    last_at: datetime
    phase: Phase

    @property
    def status(self) -> int | None:
        """The HTTP status that was answered, if that is the cause."""
        return _status_of(self.code)


def code_of(error: str, status_code: int | None) -> str:
    """The code of a cause: the error of an attempt, or its status where that says more."""
    return f"http_{status_code}" if error.endswith("xx") and status_code else error


@lru_cache(maxsize=4096)
def host_of(url: str) -> str:
    """Where ``url`` leads: its host, with the port where that is not the scheme's own."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    shown = f"[{host}]" if ":" in host else host
    if port and port != _DEFAULT_PORTS.get(parts.scheme):
        shown += f":{port}"
    return shown[:LONGEST_HOST]


def causes_of(troubles: Iterable[Trouble], now: datetime, most: int) -> list[Cause]:
    """The causes of ``troubles``: those that have done most damage, at ``most`` so many."""
    of_hooks = _grouped(troubles, lambda trouble: trouble.hook_id)
    judged = [_judged(trouble, of_hook) for of_hook in of_hooks for trouble in of_hook]
    same = _grouped(judged, lambda one: (one.trouble.code, one.trouble.host))
    causes = [_cause(together, now) for together in same]
    return sorted(causes, key=lambda cause: (-cause.failed, cause.code, cause.host))[:most]


class _Judged(NamedTuple):
    trouble: Trouble
    began_at: datetime
    is_over: bool


def _judged(trouble: Trouble, of_hook: Sequence[Trouble]) -> _Judged:
    is_over = _is_over(trouble, of_hook)
    return _Judged(trouble, trouble.first_at if is_over else _began_at(trouble, of_hook), is_over)


def _is_over(trouble: Trouble, of_hook: Sequence[Trouble]) -> bool:
    """Whether the hook has gone past the cause since, or past the host itself."""
    passed = [trouble.last_ok_at] if trouble.last_ok_at else []
    if _status_of(trouble.code) is None:
        # Whoever answers, with whatever status, was found and connected to.
        passed += [other.last_at for other in of_hook if _is_answer_of(other, trouble.host)]
    return not trouble.is_there or any(moment > trouble.last_at for moment in passed)


def _is_answer_of(other: Trouble, host: str) -> bool:
    return other.host == host and _status_of(other.code) is not None


def _began_at(trouble: Trouble, of_hook: Sequence[Trouble]) -> datetime:
    # What has failed for one reason alone may have done so since long before the period.
    known = (trouble.failing_since, trouble.since) if len(of_hook) == 1 else (trouble.since,)
    return next(filter(None, (*known, trouble.failing_since)), trouble.first_at)


def _cause(same: Sequence[_Judged], now: datetime) -> Cause:
    troubles = [one.trouble for one in same]
    at_work = [one for one in same if not one.is_over]
    last_at = max(trouble.last_at for trouble in troubles)
    return Cause(
        code=troubles[0].code,
        host=troubles[0].host,
        failed=sum(trouble.failed for trouble in troubles),
        deliveries=sum(trouble.deliveries for trouble in troubles),
        hooks=[(one.hook_id, one.hook_name) for one in sorted(troubles, key=_by_damage)],
        since=min(one.began_at for one in at_work or same),
        last_at=last_at,
        phase=_phase(bool(at_work), now - last_at),
    )


def _phase(is_at_work: bool, quiet: timedelta) -> Phase:
    if is_at_work:
        return Phase.GOING_ON
    return Phase.JUST_OVER if quiet < TOO_EARLY else Phase.OVER


def _by_damage(trouble: Trouble) -> tuple[int, str]:
    return -trouble.failed, trouble.hook_id


def _status_of(code: str) -> int | None:
    text = code.removeprefix("http_")
    return int(text) if text != code and text.isdigit() else None


def _grouped(items: Iterable[Item], key: Callable[[Item], Any]) -> list[list[Item]]:
    return [list(group) for _, group in groupby(sorted(items, key=key), key)]
