"""What may be saved as a policy (contract §3)."""

import re
import unicodedata
from dataclasses import dataclass, replace
from typing import Any

from portal.domain.fields import Fields
from portal.domain.problems import Problem
from portal.domain.retries import DEFAULT_DELAYS

SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
WEEK = 7 * 24 * 3600
MAX_NAME, MAX_DESCRIPTION = 200, 2000
# Control characters and lone surrogates: PostgreSQL keeps no NUL, and nobody means the others.
_UNTYPED = {"Cc", "Cs"}
_IN_LINES = "\t\r\n"


@dataclass(frozen=True)
class PolicyDraft:
    """A policy as somebody wants it to be; the defaults are those of «بسيط». Times in seconds."""

    slug: str = ""
    name: str = ""
    description: str = ""
    batch_size: int = 1
    batch_wait_seconds: int = 0
    ordered: bool = False
    per_minute: int | None = None
    in_flight: int = 8
    timeout_seconds: int = 15
    retry_delays: tuple[int, ...] = DEFAULT_DELAYS
    expires_after_seconds: int | None = None


def read_policy(value: Any, base: PolicyDraft) -> PolicyDraft:
    """The policy that the parsed JSON ``value`` describes; what it leaves out stays as in ``base``.

    Raises :class:`Refused`.
    """
    fields = Fields(value)
    draft = PolicyDraft(
        slug=fields.text("slug", base.slug),
        name=fields.text("name", base.name).strip(),
        description=fields.text("description", base.description),
        batch_size=fields.integer("batch_size", base.batch_size, 1, 1000),
        batch_wait_seconds=fields.integer("batch_wait_seconds", base.batch_wait_seconds, 0, 3600),
        ordered=fields.flag("ordered", base.ordered),
        per_minute=fields.optional_integer("per_minute", base.per_minute, 1, 100_000),
        in_flight=fields.integer("in_flight", base.in_flight, 1, 256),
        timeout_seconds=fields.integer("timeout_seconds", base.timeout_seconds, 1, 60),
        retry_delays=tuple(
            fields.integers("retry_delays", list(base.retry_delays), 0, WEEK, most=50)
        ),
        expires_after_seconds=fields.optional_integer(
            "expires_after_seconds", base.expires_after_seconds, 1, 30 * 24 * 3600
        ),
    )
    fields.problems += _name_problems(draft)
    fields.done()
    # Order and more than one request at a time contradict each other; order is what was asked for.
    return replace(draft, in_flight=1) if draft.ordered else draft


def slug_for(name: str, random: bytes) -> str:
    """A slug for a policy whose author gave none: from the Latin letters of its name, or chance."""
    words = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:40]
    return f"{words or 'policy'}_{random.hex()[:6]}"


def _name_problems(draft: PolicyDraft) -> list[Problem]:
    name = _text_problems("/name", draft.name, 1, MAX_NAME)
    description = _text_problems("/description", draft.description, 0, MAX_DESCRIPTION, _IN_LINES)
    slug = [] if not draft.slug or SLUG.fullmatch(draft.slug) else [Problem("/slug", "bad_slug")]
    return (name if draft.name else [Problem("/name", "required")]) + description + slug


def _text_problems(
    pointer: str, text: str, low: int, high: int, allowed: str = ""
) -> list[Problem]:
    if any(unicodedata.category(one) in _UNTYPED and one not in allowed for one in text):
        return [Problem(pointer, "bad_character")]
    if low <= len(text) <= high:
        return []
    return [Problem(pointer, "bad_length", {"min": low, "max": high})]
