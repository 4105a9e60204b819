"""Which entries of the audit log somebody looks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from portal.domain.audit import Action
from portal.domain.events import parse_moment
from portal.domain.problems import Problem, Refused
from portal.domain.storable import storable

# What acts are done to, as their codes begin.
SUBJECTS = tuple(dict.fromkeys(action.value.partition(".")[0] for action in Action))
NAMES = ("q", "actor", "subject", "target", "since", "until")
MAX_TEXT = 200


@dataclass(frozen=True)
class AuditFilter:
    """``q`` stands in what an entry says; ``actor`` (an id or a name) and ``target`` (an id) are
    whole; ``subject`` is one of SUBJECTS; an entry is not older than ``since`` and older than
    ``until``."""

    q: str = ""
    actor: str = ""
    subject: str = ""
    target: str = ""
    since: datetime | None = None
    until: datetime | None = None


def read_audit_filter(given: Mapping[str, str]) -> AuditFilter:
    """The filter that ``given`` names, as text; raises :class:`Refused` for what makes no sense."""
    problems: list[Problem] = []
    texts = {name: storable(given.get(name, "").strip())[:MAX_TEXT] for name in NAMES}
    if texts["subject"] and texts["subject"] not in SUBJECTS:
        choices = ", ".join(SUBJECTS)
        problems.append(Problem("/subject", "unknown_choice", {"choices": choices}))
    moments = {name: _moment(name, texts.pop(name), problems) for name in ("since", "until")}
    if problems:
        raise Refused(*problems)
    return AuditFilter(**texts, **moments)


def audit_members(wanted: AuditFilter) -> dict[str, str]:
    """What leads to ``wanted`` again, of what it says at all."""
    said = {name: getattr(wanted, name) for name in NAMES}
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in said.items()
        if value
    }


def _moment(name: str, text: str, problems: list[Problem]) -> datetime | None:
    if not text:
        return None
    moment = parse_moment(text.replace(" ", "+"))
    if moment is None:
        problems.append(Problem(f"/{name}", "bad_moment"))
    return moment
