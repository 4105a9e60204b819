"""Where a browser may be sent to: paths of this portal, whoever named them."""

from typing import Any
from urllib.parse import urlsplit

from flask import current_app
from werkzeug.exceptions import HTTPException


def is_own_page(target: Any) -> bool:
    """Whether ``target`` is a path of this portal that can be asked for, and is not only sent to,
    as a form with faults was."""
    if not is_own_path(target):
        return False
    try:
        current_app.url_map.bind("").match(urlsplit(target).path, method="GET")
    except HTTPException:
        return False
    return True


def is_own_path(target: Any) -> bool:
    """Whether ``target`` is a path of this portal, safe to be redirected to."""
    return (
        isinstance(target, str)
        and target.startswith("/")
        and not target.startswith("//")
        # Browsers take it for a slash.
        and "\\" not in target
        and target.isprintable()
    )
