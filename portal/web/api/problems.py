"""Problem documents (RFC 9457): one shape for everything that the API refuses."""

import json
from collections.abc import Iterable
from typing import Any

from flask import Response

from portal.domain.problems import Problem
from portal.domain.strict_json import JsonRefused
from portal.web import text as words
from portal.web.messages import FIELDS, message

MEDIA_TYPE = "application/problem+json"

CODES = {
    400: "malformed",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    413: "too_large",
    415: "unsupported_media_type",
    422: "invalid",
    429: "throttled",
    500: "internal_error",
    503: "unavailable",
}


def document(status: int, code: str | None = None, **members: Any) -> Response:
    """The answer for a request that was refused as a whole."""
    text = json.dumps(body(status, code, **members), ensure_ascii=False)
    answer = Response(text + "\n", status=status, mimetype=MEDIA_TYPE)
    if status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="Khuttaf"'
    return answer


def body(status: int, code: str | None = None, **members: Any) -> dict[str, Any]:
    """What a problem document says; members that are None are left out.

    The detail is the sentence of ``code`` where it has one of its own, else that of ``status``.
    """
    said = words.problem(status)
    general = f"{said.meaning} {said.next_step}"
    return {
        "type": "about:blank",
        "title": said.title,
        "status": status,
        "detail": message(code) if code in FIELDS else general,
        "code": code or CODES.get(status, "error"),
        **{name: value for name, value in members.items() if value is not None},
    }


def invalid(problems: Iterable[Problem]) -> Response:
    """422 for members that are missing or wrong."""
    return document(422, errors=errors_of(problems))


def errors_of(problems: Iterable[Problem]) -> list[dict[str, str]]:
    """The list ``errors`` of a problem document."""
    return [
        {
            "pointer": problem.pointer,
            "code": problem.code,
            "message": message(problem.code, problem.params),
        }
        for problem in problems
    ]


def malformed(refused: JsonRefused) -> Response:
    """400 for a body that is not the JSON we take, with the place where it goes wrong."""
    return document(400, refused.code, **place(refused))


def place(refused: JsonRefused) -> dict[str, Any]:
    """Where a JSON text goes wrong, and what about it, in words."""
    return {**refused.place, "detail": message(refused.code, refused.place)}
