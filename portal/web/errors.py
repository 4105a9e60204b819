"""What a refused or failed request gets to see: a page, a part of one, or a problem document."""

import logging
import os

from flask import Flask, Response, current_app, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from portal.domain.problems import Conflict, Refused
from portal.domain.strict_json import JsonRefused
from portal.extensions import db
from portal.queries.rows import NotFound
from portal.web.access import do_without_person
from portal.web.api import problems
from portal.web.bodies import BodyRefused
from portal.web.htmx import page
from portal.web.text import problem

log = logging.getLogger(__name__)

RETRY_SECONDS = "5"


def register(app: Flask) -> None:
    """Answer every kind of failure in the way of the door it came through."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(NotFound, lambda _error: _say(404, "not_found"))
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(JsonRefused, _json_refused)
    app.register_error_handler(BodyRefused, _body_refused)
    app.register_error_handler(Conflict, _conflict)
    app.register_error_handler(DBAPIError, _database)
    app.register_error_handler(PoolTimeout, _database)
    app.register_error_handler(Exception, _unexpected)


def _http(error: HTTPException) -> Response:
    if error.code is None or error.code < 400:
        return error.get_response()
    answer = _say(error.code, "csrf" if isinstance(error, CSRFError) else None)
    valid_methods = getattr(error, "valid_methods", None)
    if valid_methods:
        answer.headers["Allow"] = ", ".join(sorted(valid_methods))
    return answer


def _refused(error: Refused) -> Response:
    if _is_api():
        return problems.invalid(error.problems)
    return _say(422)


def _json_refused(error: JsonRefused) -> Response:
    return problems.malformed(error) if _is_api() else _say(400)


def _body_refused(error: BodyRefused) -> Response:
    answer = _say(error.status, error.code)
    if error.status == 503:
        answer.headers["Retry-After"] = RETRY_SECONDS
    return answer


def _conflict(error: Conflict) -> Response:
    status = 404 if error.code == "not_found" else 409
    return _say(status, error.code)


def _database(error: Exception) -> Response:
    db.session.rollback()
    away = isinstance(error, PoolTimeout | OperationalError) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    )
    if not away:
        return _unexpected(error)
    do_without_person()
    # One line: what the driver says runs over many, and may hold what was to be stored.
    log.error("the database does not answer: %s", type(getattr(error, "orig", error)).__name__)
    answer = _say(503)
    answer.headers["Retry-After"] = RETRY_SECONDS
    return answer


def _unexpected(error: Exception) -> Response:
    reference = os.urandom(4).hex()
    log.exception("unexpected failure, reference %s", reference, exc_info=error)
    if current_app.config.get("PROPAGATE_EXCEPTIONS"):
        raise error
    return _say(500, reference=reference)


def _say(status: int, code: str | None = None, reference: str | None = None) -> Response:
    if _is_api():
        return problems.document(status, code, reference=reference)
    words = problem("csrf" if code == "csrf" else status)
    answer = page("error.html", status=status, problem=words, reference=reference)
    answer.status_code = status
    return answer


def _is_api() -> bool:
    # Who calls a trigger is a program too.
    return request.path.startswith("/api/") or request.blueprint == "inbound"
