"""The API's own description, at ``/api/openapi.json``; a test keeps it true."""

from functools import cache
from pathlib import Path

from flask import Blueprint, Response

bp = Blueprint("openapi", __name__)


@bp.get("/api/openapi.json")
def show() -> Response:
    """The OpenAPI 3.1 document."""
    return Response(_document(), mimetype="application/json")


@cache
def _document() -> bytes:
    return Path(__file__).with_name("openapi.json").read_bytes()
