"""The calls that a rule makes to another address, and what is read of the replies."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from portal.domain import placeholders
from portal.domain.fields import Fields, under
from portal.domain.headers import as_value, header_problems
from portal.domain.hooks import MAX_URL, sent_header_fault
from portal.domain.inputs import PARTS, Inputs
from portal.domain.problems import Problem, Refused
from portal.domain.strict_json import JsonRefused, parse

# How a reply is called in paths: calls.NAME.status.
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}")
MAX_SENT = 256 * 1024
# How much of what was sent and of what came back is kept with a call: what comes back whole is
# there for rehearsals, which ask nobody.
MAX_KEPT_SENT, MAX_KEPT_SAID, EXCERPT = 2048, 16 * 1024, 2048
# The members of what is kept that may be so long.
LONG = ("sent", "said", "excerpt")


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """A call as configured; headers and body may hold placeholders, the address may not."""

    name: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: Any


@dataclass(frozen=True, slots=True)
class OutsideCall:
    """A call that is to be made: a POST of JSON, or of a text as it is (contract §3)."""

    name: str
    url: str = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class OutsideReply:
    """What an address said: ``value`` is what conditions and answers read as ``calls.NAME``,
    ``error`` a code of the delivery log where there was no answer."""

    value: Mapping[str, Any] = field(default_factory=dict)
    error: str | None = None
    told: Mapping[str, Any] = field(default_factory=dict)


# What a rehearsal hands in, which calls nobody, where no reply is remembered.
NOT_MADE = OutsideReply(told={"result": "not_made"})


def read_call(value: Any) -> dict[str, Any]:
    """The call that ``value`` describes, in full; raises :class:`portal.domain.problems.Refused`.

    Whether the portal may reach the address is for the caller to judge.
    """
    fields = Fields(value)
    fields.only("as", "url", "headers", "body")
    call = {
        "as": fields.text("as", ""),
        "url": fields.text("url", "").strip(),
        "headers": dict(fields.text_map("headers", {})),
        "body": fields.anything("body", {}),
    }
    if not _NAME.fullmatch(call["as"]):
        fields.problems.append(Problem("/as", "bad_call_name" if call["as"] else "required"))
    if not 0 < len(call["url"]) <= MAX_URL:
        fields.problems.append(Problem("/url", "bad_length", {"min": 1, "max": MAX_URL}))
    fields.problems += header_problems(call["headers"], sent_header_fault)
    for name in ("headers", "body"):
        found = placeholders.problems_of(call[name], PARTS)
        fields.problems += under(f"/{name}", [Problem(*one) for one in found])
    fields.done()
    return call


def planned_call(call: Mapping[str, Any]) -> PlannedCall:
    """A call that was accepted once, made ready."""
    return PlannedCall(call["as"], call["url"], call["headers"], call["body"])


def outside_call(planned: PlannedCall, inputs: Inputs) -> OutsideCall:
    """The call with its placeholders filled; what a header may not hold is left out.

    Raises :class:`portal.domain.placeholders.TooLong`.
    """
    filled = placeholders.fill(dict(planned.headers), inputs.value, MAX_SENT)
    headers = tuple((name, as_value(value)) for name, value in filled.items())
    body = placeholders.fill(planned.body, inputs.value, MAX_SENT)
    if isinstance(body, str):
        sent = body.encode("utf-8", "replace")
        return OutsideCall(planned.name, planned.url, headers, sent, "text/plain; charset=utf-8")
    sent = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
    return OutsideCall(planned.name, planned.url, headers, sent)


def said_by(kept: Any) -> dict[str, OutsideReply]:
    """The replies that ``{name: {"status", "headers", "body"}}`` stands for, by name.

    Raises :class:`portal.domain.problems.Refused` for what is no object of objects.
    """
    if not isinstance(kept, dict) or not all(isinstance(one, dict) for one in kept.values()):
        raise Refused(Problem("/calls", "bad_replies"))
    return {
        name: OutsideReply(said, None, {"result": "remembered", "status": said.get("status")})
        for name, said in kept.items()
    }


def told_of(planned: PlannedCall, asked: OutsideCall | None, reply: OutsideReply) -> dict[str, Any]:
    """What is kept of a call to another address: where it went, what was sent, what came back."""
    sent = {"sent": asked.body.decode("utf-8", "replace")[:MAX_KEPT_SENT]} if asked else {}
    # What stands in a query, or before the host, may be a key.
    where = urlsplit(planned.url)
    url = f"{where.scheme}://{where.netloc.rpartition('@')[2]}{where.path}"
    return {"as": planned.name, "url": url, **sent, **reply.told, **_kept(reply.value)}


def _kept(value: Mapping[str, Any]) -> dict[str, Any]:
    if not value:
        return {}
    if len(json.dumps(value, ensure_ascii=False)) <= MAX_KEPT_SAID:
        return {"said": dict(value)}
    body = value.get("body")
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    return {"excerpt": text[:EXCERPT]}


def reply_of(
    status: int, headers: tuple[tuple[str, str], ...], body: bytes, duration_ms: int
) -> OutsideReply:
    """What is read of an answer: its body as a value where it is JSON, as text otherwise."""
    try:
        value = parse(body) if body else None
    except JsonRefused:
        value = body.decode("utf-8", "replace").replace("\0", "")
    told = {"result": "answered", "status": status, "duration_ms": duration_ms}
    return OutsideReply({"status": status, "headers": dict(headers), "body": value}, None, told)


def no_reply(error: str, duration_ms: int) -> OutsideReply:
    """What becomes of a call that was never answered."""
    told = {"result": "failed", "error": error, "duration_ms": duration_ms}
    return OutsideReply({}, error, told)
