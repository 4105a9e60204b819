"""What a key of the API may be used for: each route of the API asks for one scope."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from portal.domain.permissions import Permission, may
from portal.domain.problems import Problem
from portal.domain.states import Role

MAX_NAME = 200
MOST_PER_MINUTE = 1_000_000
# How long before its end a key is said to be ending: as long as people take to change a program.
ENDING = timedelta(days=7)


class Scope(StrEnum):
    """Something that a key may be used for."""

    READ = "read"
    PUBLISH = "events:publish"
    RESEND = "deliveries:resend"
    HOOKS = "hooks:write"
    TRIGGERS = "triggers:write"
    CATALOGUE = "catalogue:write"
    AUDIT = "audit:read"


# What a role has to allow before a key of that role may be used so.
WANTS = {
    Scope.READ: Permission.READ,
    Scope.PUBLISH: Permission.READ,
    Scope.RESEND: Permission.RESEND,
    Scope.HOOKS: Permission.CHANGE_HOOKS,
    Scope.TRIGGERS: Permission.CHANGE_TRIGGERS,
    Scope.CATALOGUE: Permission.CHANGE_CATALOGUE,
    Scope.AUDIT: Permission.SEE_AUDIT,
}


@dataclass(frozen=True)
class KeyDraft:
    """A key as somebody wants it to be: ``scopes`` None means all that there are and will be,
    ``expires_at`` None for ever, ``per_minute`` None as many requests as come."""

    name: str
    role: Role = Role.ADMIN
    scopes: tuple[Scope, ...] | None = None
    expires_at: datetime | None = None
    per_minute: int | None = None


def is_told_of(made_at: datetime, expires_at: datetime) -> bool:
    """Whether the end of a key is told beforehand: not where it was made for so short a time that
    this would be at once."""
    return expires_at - made_at > ENDING


def refusal(scopes: Collection[str] | None, role: Role, scope: Scope) -> str | None:
    """Why a key with ``scopes`` (None: all) and ``role`` may not be used for ``scope``: the code
    ``role_forbids``, which no scope can heal, or ``scope_missing``; None when it may."""
    if not may(role, WANTS[scope]):
        return "role_forbids"
    return None if scopes is None or scope in scopes else "scope_missing"


def key_problems(draft: KeyDraft) -> list[Problem]:
    """Everything that is wrong with ``draft``."""
    problems = _name_problems(draft.name)
    if draft.scopes is not None and not draft.scopes:
        problems.append(Problem("/scopes", "no_scope"))
    beyond = [one for one in draft.scopes or () if not may(draft.role, WANTS[one])]
    if beyond:
        problems.append(Problem("/scopes", "scope_beyond_role", {"scope": beyond[0].value}))
    if draft.per_minute is not None and not 1 <= draft.per_minute <= MOST_PER_MINUTE:
        problems.append(Problem("/per_minute", "bad_number", {"min": 1, "max": MOST_PER_MINUTE}))
    return problems


def _name_problems(name: str) -> list[Problem]:
    if not name.strip():
        return [Problem("/name", "required")]
    if len(name) > MAX_NAME or "\0" in name:
        return [Problem("/name", "bad_length", {"min": 1, "max": MAX_NAME})]
    return []
