"""صندوق التجربة: a receiver inside the portal that shows what arrives."""

from typing import Any

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from portal.domain.envelope import MASK
from portal.domain.permissions import Permission
from portal.models import Hook, SandboxArrival, now
from portal.pipeline import sandbox as verbs
from portal.pipeline.hooks import verifies
from portal.queries.deliveries import attempts_of
from portal.queries.delivery_views import delivery_view
from portal.queries.sandbox import look_into
from portal.web.access import actor, allowed, may, need_person
from portal.web.bodies import read_body
from portal.web.htmx import go, page

bp = Blueprint("sandbox", __name__, url_prefix="/sandbox")

# What every request of ours carries. Any other header may be a hook's own, and so a secret.
PLAIN_HEADERS = frozenset(
    {"accept", "accept-encoding", "content-length", "content-type", "host", "user-agent"}
    | {"webhook-id", "webhook-signature", "webhook-timestamp"}
)


@bp.post("/try")
@allowed(Permission.CHANGE_HOOKS)
def try_now() -> ResponseReturnValue:
    """Send an example event to a fresh sandbox."""
    return go("sandbox.show", token=verbs.try_now(actor()))


@bp.get("/<token>")
def show(token: str) -> ResponseReturnValue:
    """The delivery and what arrived, side by side."""
    seen = look_into(token, verbs.sandbox_url(token), actor().account_id)
    hook, delivery = seen.hook, seen.delivery
    attempts = attempts_of(delivery.id) if delivery else []
    return page(
        "sandbox/show.html",
        "sandbox",
        nav="hooks",
        sandbox={"token": token, "url": verbs.sandbox_url(token)},
        delivery=delivery_view(delivery, now()) if delivery else None,
        attempt=attempts[-1] if attempts else None,
        arrivals=[_shown(arrival, hook) for arrival in seen.arrivals],
    )


@bp.post("/<token>")
def receive(token: str) -> Response:
    """Keep what arrives, and answer as a good endpoint does."""
    headers = [[name, value] for name, value in request.headers.items()]
    if not verbs.receive(token, headers, read_body(verbs.LARGEST_REQUEST)):
        return Response(status=404)
    return Response("ok", mimetype="text/plain")


@bp.before_request
def _need_person() -> ResponseReturnValue | None:
    # What arrives comes from a worker, not from a browser.
    return None if request.endpoint == "sandbox.receive" else need_person()


def _shown(arrival: SandboxArrival, hook: Hook | None) -> dict[str, Any]:
    headers = {name.lower(): value for name, value in arrival.headers}
    return {
        "id": arrival.id,
        "at": arrival.at,
        "headers": [[name, _readable(name, value)] for name, value in arrival.headers],
        "body": arrival.body,
        "verified": verifies(hook, headers, arrival.body.encode()) if hook else None,
    }


def _readable(name: str, value: str) -> str:
    return value if name.lower() in PLAIN_HEADERS or may(Permission.SEE_SECRETS) else MASK
