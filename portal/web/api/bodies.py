"""What the API reads out of a request."""

from datetime import datetime
from typing import Any

from flask import request

from portal.domain.events import parse_moment
from portal.domain.problems import Problem, Refused
from portal.domain.states import DeliveryState
from portal.domain.strict_json import parse
from portal.queries.deliveries import STATUS_CLASSES, LogFilter
from portal.queries.page import LARGEST
from portal.web.bodies import need_json, read_body

MAX_BODY = 256 * 1024
DEFAULT_LIMIT = 50


def json_body() -> Any:
    """The JSON value of the request's body."""
    need_json("application/json")
    return parse(read_body(MAX_BODY))


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
    values = {name: request.args.get(name, "") for name in ("hook", "event", "event_type", "q")}
    return LogFilter(
        **values,
        state=_one_of("state", [str(state) for state in DeliveryState]),
        status_class=_one_of("status_class", STATUS_CLASSES),
        since=_moment("since"),
        until=_moment("until"),
    )


def _one_of(name: str, known: list[str] | tuple[str, ...]) -> str:
    value = request.args.get(name, "")
    if value and value not in known:
        raise Refused(Problem(f"/{name}", "unknown_choice", {"choices": "، ".join(known)}))
    return value


def _moment(name: str) -> datetime | None:
    text = request.args.get(name, "")
    # A plus that was not escaped arrives as a space.
    moment = parse_moment(text.replace(" ", "+")) if text else None
    if text and moment is None:
        raise Refused(Problem(f"/{name}", "bad_moment"))
    return moment
