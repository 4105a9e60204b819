"""What keeps answers to themselves and strangers' forms out: headers, cookies, origins."""

from io import BytesIO

from flask import Flask, Request, Response, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask_wtf.csrf import CSRFError

from portal.extensions import settings
from portal.web import trigger_host
from portal.web.bodies import read_body
from portal.web.trigger_host import place_of

MAX_FORM_BYTES = 1024 * 1024
YEAR = 365 * 24 * 3600
COOKIE = "khuttaf"

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
# Believed by browsers only where the certificate is good; says nothing of hosts beneath.
HSTS = f"max-age={YEAR}"

SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")
# What programs send to, who bring proof of their own and no cookie.
FOR_PROGRAMS = ("sandbox.receive", "inbound.call")


class Sessions(SecureCookieSessionInterface):
    """Sessions that leave no cookie where only programs call."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Keep the session in the browser, which a caller of a trigger is not."""
        if not (is_for_programs() or trigger_host.is_called()):
            super().save_session(app, session, response)


def register(app: Flask) -> None:
    """Say how ``app`` keeps its cookies and limits forms, and guard every request and answer."""
    with app.app_context():
        secure = settings().base_url.startswith("https://")
    app.config.update(
        # What the API takes is limited where it is read; this is for forms, chunked ones too.
        MAX_CONTENT_LENGTH=MAX_FORM_BYTES,
        MAX_FORM_MEMORY_SIZE=MAX_FORM_BYTES,
        MAX_FORM_PARTS=1000,
        # The prefix has browsers see to it that no neighbouring host sets or gets it.
        SESSION_COOKIE_NAME=f"__Host-{COOKIE}" if secure else COOKIE,
        SESSION_COOKIE_PATH="/",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=secure,
        WTF_CSRF_TIME_LIMIT=None,
        # Where a form is from is looked at below, in a way that proxies do not upset.
        WTF_CSRF_SSL_STRICT=False,
        SEND_FILE_MAX_AGE_DEFAULT=YEAR,
    )
    app.session_interface = Sessions()
    # Before whatever looks at the token in a form.
    app.before_request_funcs.setdefault(None, []).insert(0, _read_whole)
    app.before_request(_refuse_strange_forms)
    app.after_request(_harden)


def is_for_programs() -> bool:
    """Whether what is asked for takes no cookie and no form."""
    return request.path.startswith("/api/") or request.endpoint in FOR_PROGRAMS


def is_from_here(asked: Request, base_url: str) -> bool:
    """Whether a browser's request was made by a page of this portal, as far as browsers tell.

    Old browsers and programs tell nothing, and are left to the token of the form.
    """
    fetched = asked.headers.get("Sec-Fetch-Site", "").lower()
    if fetched:
        return fetched in ("same-origin", "none")
    origin = asked.headers.get("Origin")
    # A proxy may hide the portal's address from it, and then the setting tells.
    ours = {place_of(asked.host_url), place_of(base_url)}
    return origin is None or (place_of(origin) or "nowhere") in ours


def _read_whole() -> None:
    """Read a form that comes in pieces, which the framework would cut at the limit and take."""
    if "chunked" not in request.headers.get("Transfer-Encoding", "") or is_for_programs():
        return
    body = read_body(MAX_FORM_BYTES)
    request.environ.pop("HTTP_TRANSFER_ENCODING")
    request.environ |= {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}


def _refuse_strange_forms() -> None:
    if request.method in SAFE_METHODS or is_for_programs():
        return
    if not is_from_here(request, settings().base_url):
        raise CSRFError("the request was made by another site's page")


def _harden(answer: Response) -> Response:
    """The headers that keep an answer to itself."""
    for name, value in HEADERS.items():
        answer.headers.setdefault(name, value)
    if settings().base_url.startswith("https://"):
        answer.headers.setdefault("Strict-Transport-Security", HSTS)
    if not _is_file(answer):
        answer.headers["Cache-Control"] = "no-store"
    return answer


def _is_file(answer: Response) -> bool:
    """Whether ``answer`` is a file that is the same for everybody, which browsers may keep."""
    is_read = request.endpoint == "static" and request.method in ("GET", "HEAD")
    return is_read and answer.status_code < 400
