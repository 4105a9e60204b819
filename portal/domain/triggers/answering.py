"""Answers as they go out: a template with its placeholders filled, as status, headers and bytes."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from portal.domain import placeholders
from portal.domain.headers import as_value
from portal.domain.paths import Path
from portal.domain.triggers.answers import BODILESS, OK, header_fault

Lookup = Callable[[Path], Any]

TEXT, JSON = "text/plain; charset=utf-8", "application/json"
# A filled body may be larger than its template, but not without end.
MAX_FILLED = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What a caller gets."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Template:
    """An answer as configured; ``ready`` is the answer itself where there is nothing to fill."""

    status: int
    headers: Mapping[str, str]
    body: Any
    ready: Answer | None


def template_of(answer: Mapping[str, Any]) -> Template:
    """The template of an answer in the contract's form, which was accepted once."""
    status, headers, body = answer["status"], answer["headers"], answer["body"]
    is_plain = not placeholders.paths_in(body) and not placeholders.paths_in(dict(headers))
    ready = _answer(status, headers, body) if is_plain else None
    return Template(status, headers, body, ready)


def filled(template: Template, lookup: Lookup) -> Answer:
    """The answer with every placeholder replaced by what ``lookup`` finds.

    What a header may not hold, a line break above all, is left out of its value. Raises
    :class:`portal.domain.placeholders.TooLong`.
    """
    if template.ready is not None:
        return template.ready
    headers = {
        name: as_value(placeholders.fill(value, lookup, MAX_FILLED))
        for name, value in template.headers.items()
    }
    safe = {name: value for name, value in headers.items() if header_fault(name, value) is None}
    return _answer(template.status, safe, placeholders.fill(template.body, lookup, MAX_FILLED))


def _answer(status: int, headers: Mapping[str, str], body: Any) -> Answer:
    is_typed = any(name.lower() == "content-type" for name in headers)
    given = tuple(headers.items())
    if status in BODILESS:
        return Answer(status, given)
    if isinstance(body, str):
        kind, raw = TEXT, body.encode("utf-8", "replace")
    else:
        kind, raw = JSON, json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
    return Answer(status, given if is_typed else (("Content-Type", kind), *given), raw)


# What a rule that matched answers when it says nothing else (contract §3).
DEFAULT = template_of(OK)
