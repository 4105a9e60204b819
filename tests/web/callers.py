"""Triggers made through the API, called through the real door, and their runs done."""

import hashlib
import hmac
import json
from contextvars import Context
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.test import TestResponse

from portal.extensions import db
from portal.pipeline.runs import run_due
from tests.clients import Api, Browser
from tests.outsiders import SECRET


def make_trigger(api: Api, **members: Any) -> dict[str, Any]:
    """A trigger of the account of ``api``, as the API shows it."""
    made = api.post("/triggers", {"name": "طلبات المتجر", "auth": {"kind": "none"}, **members})
    assert made.status_code == 201, made.text
    return made.json


def call(client: Browser, trigger: dict[str, Any], body: Any = None, **kw: Any) -> TestResponse:
    """Call a trigger: bytes go as they are, anything else as JSON."""
    path = urlsplit(trigger["url"]).path
    headers = {"Content-Type": "application/json", **kw.pop("headers", {})}
    raw = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
    return client.open(path, method=kw.pop("method", "POST"), data=raw, headers=headers, **kw)


def stripe_signed(body: bytes, at: int, secret: str = SECRET) -> dict[str, str]:
    """The header by which Stripe signs ``body`` at a moment in seconds."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return {"Stripe-Signature": f"t={at},v1={digest}"}


def latest(api: Api, trigger: dict[str, Any]) -> dict[str, Any]:
    """The newest call of a trigger, as the API lists it."""
    return api.get(f"/triggers/{trigger['id']}/calls").json["items"][0]


def run_all(app: Flask) -> int:
    """Do every run that is owed, as a worker does; returns how many."""
    db.session.rollback()
    try:
        return Context().run(_run_in, app)
    finally:
        db.session.rollback()


def _run_in(app: Flask) -> int:
    with app.app_context():
        return run_due(lambda: False)
