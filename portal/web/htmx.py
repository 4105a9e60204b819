"""Pages whole or in part: the only reader and writer of HX headers."""

from typing import Any

from flask import Response, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from jinja2_fragments.flask import render_block
from werkzeug.urls import iri_to_uri

from portal.web.extensions import htmx


def page(template: str, fragment: str | None = None, status: int = 200, **context: Any) -> Response:
    """The page ``template``, or only its block ``fragment`` when htmx asks for a part."""
    if fragment and wants_part():
        body = render_block(template, fragment, **context)
    else:
        body = render_template(template, **context)
    answer = make_response(body, status)
    answer.vary.add("HX-Request")
    return answer


def block(template: str, fragment: str, **context: Any) -> Response:
    """A block of a page that is only ever asked for alone."""
    answer = make_response(render_block(template, fragment, **context))
    answer.vary.add("HX-Request")
    return answer


def part(template: str, **context: Any) -> Response:
    """A small template that is only ever a part: a row, a banner."""
    answer = make_response(render_template(template, **context))
    answer.vary.add("HX-Request")
    return answer


def in_dialog(answer: Response) -> Response:
    """``answer``, a part of a page, shown in the dialog wherever it was asked for."""
    answer.headers["HX-Retarget"], answer.headers["HX-Reswap"] = "#dialog-body", "innerHTML"
    return answer


def in_place_of(selector: str, answer: Response) -> Response:
    """``answer``, a part of a page, in place of the element ``selector`` whoever asked for it."""
    answer.headers["HX-Retarget"], answer.headers["HX-Reswap"] = selector, "outerHTML show:top"
    return answer


def wants_part() -> bool:
    """Whether htmx asks for a part of a page, and not for history it has lost."""
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def go(endpoint: str, **values: Any) -> ResponseReturnValue:
    """Leave for another page: the way that whoever asked understands."""
    return go_to(url_for(endpoint, **values))


def go_to(target: str) -> ResponseReturnValue:
    """Leave for the path ``target``."""
    if not wants_part():
        return redirect(target, 303)
    answer = make_response("", 204)
    # Unlike Location, this header is sent as it stands, and headers are ASCII.
    answer.headers["HX-Redirect"] = iri_to_uri(target)
    return answer


def nothing() -> Response:
    """An answer to htmx that changes nothing on the page."""
    return make_response("", 204)
