"""What a caller is answered: status, headers and body, none of which can break the framing or
carry a script to the portal's origin."""

import json
import re
from collections.abc import Mapping
from typing import Any

from portal.domain import placeholders
from portal.domain.fields import Fields, under
from portal.domain.headers import header_problems, is_name, is_value
from portal.domain.inputs import PARTS
from portal.domain.problems import Problem

OK: Mapping[str, Any] = {"status": 200, "headers": {}, "body": "ok"}
FAILED: Mapping[str, Any] = {"status": 500, "headers": {}, "body": "error"}
ACCEPTED: Mapping[str, Any] = {"status": 202, "headers": {}, "body": "accepted"}

# RFC 9110 §15: 1xx announce another answer; 101 would change the protocol.
LOWEST_STATUS, HIGHEST_STATUS = 200, 599
# RFC 9110 §15.3.5, §15.3.6, §15.4.5: these have no body; one would be read as the next answer.
BODILESS = frozenset({204, 205, 304})
MAX_HEADER_VALUE, MAX_BODY = 2048, 64 * 1024

# What frames the message, belongs to the server, or would speak for the portal's origin.
_RESERVED = frozenset(
    ["connection", "content-length", "transfer-encoding", "trailer", "te", "upgrade", "keep-alive"]
    + ["host", "date", "server", "via", "content-encoding", "content-range", "proxy-authenticate"]
    + [
        "set-cookie",
        "set-cookie2",
        "clear-site-data",
        "strict-transport-security",
        "public-key-pins",
    ]
    + ["content-security-policy", "content-security-policy-report-only", "x-content-type-options"]
    + ["x-frame-options", "referrer-policy", "permissions-policy", "alt-svc", "refresh", "nel"]
    + ["report-to", "reporting-endpoints", "service-worker-allowed", "sourcemap", "x-sourcemap"]
    + ["accept-ch", "critical-ch", "set-login", "use-as-dictionary", "speculation-rules"]
    + ["activate-storage-access", "observe-browsing-topics", "no-vary-search"]
    + ["link", "www-authenticate", "x-accel-redirect", "x-sendfile", "http2-settings", "expect-ct"]
)
_RESERVED_STARTS = (
    "access-control-",
    "cross-origin-",
    "proxy-",
    "sec-",
    "x-accel-",
    "attribution-reporting-",
    "origin-agent",
)
# A browser takes none of these for a page or a script.
_SAFE_TYPE = re.compile(
    r"(?:application/(?:[a-z0-9.-]+\+)?json|application/x-ndjson|text/plain|text/csv"
    r"|application/octet-stream)(?:\s*;\s*charset=[\"']?utf-8[\"']?)?",
    re.IGNORECASE,
)


def read_answer(value: Any) -> dict[str, Any]:
    """The answer that ``value`` describes, with defaults filled in: 200, no headers, ``ok``.

    Raises :class:`portal.domain.problems.Refused`.
    """
    fields = Fields(value)
    fields.only("status", "headers", "body")
    status = fields.integer("status", 200, LOWEST_STATUS, HIGHEST_STATUS)
    headers = fields.text_map("headers", {})
    body = fields.anything("body", "" if status in BODILESS else "ok")
    fields.problems += header_problems(headers, header_fault, max=MAX_HEADER_VALUE)
    fields.problems += _template_problems(dict(headers), "/headers")
    fields.problems += _body_problems(body, status)
    fields.done()
    return {"status": status, "headers": dict(headers), "body": body}


def read_no_answer(value: Any) -> dict[str, Any] | None:
    """Like :func:`read_answer`, but null stays None."""
    return None if value is None else read_answer(value)


def header_fault(name: str, value: str) -> str | None:
    """What is wrong with a header of an answer, as a code; None when nothing is."""
    lower = name.lower()
    if not is_name(name):
        return "bad_header_name"
    if lower in _RESERVED or lower.startswith(_RESERVED_STARTS):
        return "forbidden_header"
    if len(value) > MAX_HEADER_VALUE or not is_value(value):
        return "bad_header_value"
    if lower == "content-type" and not _SAFE_TYPE.fullmatch(value.strip()):
        return "unsafe_content_type"
    return None


def _body_problems(body: Any, status: int) -> list[Problem]:
    if status in BODILESS and body not in ("", None):
        return [Problem("/body", "body_not_allowed", {"status": status})]
    problems = _template_problems(body, "/body")
    if not problems and len(json.dumps(body)) > MAX_BODY:
        problems.append(Problem("/body", "too_long", {"max": MAX_BODY}))
    return problems


def _template_problems(template: Any, pointer: str) -> list[Problem]:
    found = [Problem(at, code) for at, code in placeholders.problems_of(template, PARTS)]
    return under(pointer, found)
