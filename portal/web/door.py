"""The door: how the pages of signing in answer, whichever way somebody comes."""

from typing import Any

import segno
from flask import Response, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from portal.domain.problems import Conflict
from portal.extensions import settings
from portal.pipeline.sign_in import Entry
from portal.web.access import hold, remember
from portal.web.door_words import turned_away
from portal.web.htmx import go, go_to, page
from portal.web.own_paths import is_own_page, is_own_path

_STATUSES = {"throttled": 429, "sso_throttled": 429, "sso_away": 502}


def let_in(entry: Entry, target: str) -> ResponseReturnValue:
    """Sign this browser in and go on to ``target``, by way of the second step where it is asked
    for."""
    if entry.awaits_code:
        hold(entry.token)
        return go("session.code", next=target if is_own_path(target) else None)
    remember(entry.token)
    return go_on(target)


def go_on(target: str) -> ResponseReturnValue:
    """Go to ``target`` if it is a page of this portal, else to the first one."""
    return go_to(target) if is_own_page(target) else go("overview.index")


def turn_away(template: str, conflict: Conflict, **context: Any) -> Response:
    """The page ``template`` with what was wrong, and when to come again."""
    status = _STATUSES.get(conflict.code, 422)
    answer = page(template, status=status, problem=turned_away(conflict), **context)
    if "seconds" in conflict.params:
        answer.headers["Retry-After"] = str(conflict.params["seconds"])
    return answer


def provider_name() -> str | None:
    """What the provider of single sign-on is called, empty where it has no name; None without
    one."""
    oidc = settings().oidc
    return oidc.name if oidc else None


def user_agent() -> str:
    """What the browser says it is."""
    return request.headers.get("User-Agent", "")


def qr(text: str) -> Markup:
    """``text`` as a QR code: a picture of its own colours, which cameras need in the dark too."""
    code = segno.make(text, error="m", micro=False)
    return Markup(code.svg_inline(omitsize=True, dark="#000", light="#fff", svgclass="qr"))
