"""Whether the portal is well; open to everybody, because it says nothing else."""

from flask import Blueprint, Response

from portal.pipeline.health import look
from portal.web.api.shapes import answer

bp = Blueprint("health", __name__)


@bp.get("/health")
@bp.get("/api/v1/health")
def show() -> Response:
    """200 while the database answers, 503 while it does not."""
    health = look()
    shown = {
        "database": "ok" if health.database else "down",
        "redis": "ok" if health.redis else "down",
        "workers": health.workers,
    }
    reply = answer(shown, 200 if health.database else 503)
    if not health.database:
        reply.headers["Retry-After"] = "5"
    return reply
