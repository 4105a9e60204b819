"""What the API reads out of a request."""

from typing import Any

from flask import request

from portal.domain.log_filter import LogFilter, read_filter
from portal.domain.problems import Problem, Refused
from portal.domain.strict_json import decode, parse
from portal.queries.page import LARGEST
from portal.web.bodies import need_json, read_body
from portal.web.log_filters import with_names

MAX_BODY = 256 * 1024
DEFAULT_LIMIT = 50


def json_body() -> Any:
    """The JSON value of the request's body."""
    need_json("application/json")
    return parse(read_body(MAX_BODY))


def given_text() -> str:
    """The JSON text of a body that may be left out, an empty object then; for whoever needs a part
    of it to the letter."""
    body = read_body(MAX_BODY)
    if not body:
        return "{}"
    need_json("application/json")
    return decode(body)


def cursor() -> str | None:
    """Where the list goes on, as the page before said."""
    return request.args.get("cursor") or None


def limit() -> int:
    """How many items a page has: 1 to 100, 50 when the request does not say."""
    text = request.args.get("limit", str(DEFAULT_LIMIT))
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= LARGEST):
        raise Refused(Problem("/limit", "bad_number", {"min": 1, "max": LARGEST}))
    return int(text)


def log_filter() -> LogFilter:
    """Which deliveries the query string asks for."""
    return with_names(read_filter(request.args))
