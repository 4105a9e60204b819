"""A host of their own for triggers: strangers' calls there and nothing else, and here none."""

from urllib.parse import urlsplit

from flask import Flask, Response, request

from portal.extensions import settings
from portal.web import inbound


def register(app: Flask) -> None:
    """Turn away what comes to the wrong host, before anything else looks at it."""
    app.before_request_funcs.setdefault(None, []).insert(0, _turn_away)


def is_called() -> bool:
    """Whether the request came to the host that is only for triggers."""
    url, asked = settings().trigger_url, request.host_url
    if url is None:
        return False
    if urlsplit(url).port is not None:
        return place_of(asked) == place_of(url)
    # A name alone is meant whatever the port: another one must not open the whole portal.
    is_portal = place_of(asked) == place_of(settings().base_url)
    return _name_of(asked) == _name_of(url) and not is_portal


def place_of(url: str) -> str:
    """The host and port of ``url`` without the usual ports; whatever the scheme, which a proxy in
    front may change. Empty where there is none."""
    try:
        host = urlsplit(url).netloc.lower().removesuffix(":443").removesuffix(":80")
    except ValueError:
        return ""
    return host.removesuffix(".")


def _name_of(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removesuffix(".")
    except ValueError:
        return ""


def _turn_away() -> Response | None:
    if settings().trigger_url is None:
        return None
    is_trigger = request.endpoint == "inbound.call"
    return None if is_called() is is_trigger else inbound.not_there()
