"""Those who call triggers in tests: outside systems, and what the portal keeps of their calls."""

import base64
import hashlib
import hmac
from typing import Any
from urllib.parse import urlsplit

from werkzeug.test import TestResponse

from portal.extensions import db
from portal.models import Call, Trigger
from portal.models.call import IN_FULL
from portal.pipeline.triggers import url_of
from tests.clients import Browser

JSON = "application/json"
SECRET = "سرٌّ طويل بما يكفي"
GITHUB = {"kind": "signature", "preset": "github", "secret": SECRET}
BASIC = {"kind": "basic", "username": "نورة", "password": "كلمة: سر"}


class Caller:
    """An outside system that calls one trigger."""

    def __init__(self, client: Browser, trigger: Trigger) -> None:
        self.path = urlsplit(url_of(trigger)).path
        self.trigger_id = trigger.id
        self._client = client

    def call(
        self,
        body: Any = b"{}",
        method: str = "POST",
        query: str = "",
        kind: str | None = JSON,
        **kw: Any,
    ) -> TestResponse:
        """Call once. Bytes and texts go as they are, anything else as JSON; ``kind`` is the content
        type."""
        content = {"data": body} if isinstance(body, bytes | str) else {"json": body}
        path = f"{self.path}?{query}" if query else self.path
        return self._client.open(path, method=method, content_type=kind, **content, **kw)

    @property
    def calls(self) -> list[Call]:
        """What is on record of this trigger's calls, oldest first."""
        db.session.rollback()
        rows = db.session.query(Call).filter_by(trigger_id=self.trigger_id).options(*IN_FULL)
        return rows.order_by(Call.id).populate_existing().all()

    @property
    def outcomes(self) -> list[tuple[str, str | None, int | None]]:
        """Verdict, reason and status of every call on record, oldest first."""
        return [(call.verdict, call.reason, call.status) for call in self.calls]


def basic(username: str, password: str) -> dict[str, str]:
    """The header by which ``username`` proves who they are (RFC 7617, in UTF-8)."""
    token = base64.b64encode(f"{username}:{password}".encode()).decode()
    return {"Authorization": f"Basic {token}"}


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    """The header by which GitHub signs ``body``."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"X-Hub-Signature-256": f"sha256={digest}"}
