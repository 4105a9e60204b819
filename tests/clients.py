"""Those who talk to the portal in tests: a browser without a window, and a program with a key."""

import re
from contextvars import Context
from html import unescape
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.extensions import db

_TOKEN = re.compile(r'name="csrf_token"[^>]*?value="([^"]+)"')


class Browser(FlaskClient):
    """A client whose requests happen apart from the test, as they do in life.

    Each runs in an app context of its own, else Flask would lend it the test's, with everything
    that the request before left there. What the test looks at afterwards is read anew.
    """

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send one request, by default to the portal's own address."""
        if args and isinstance(args[0], str):
            kwargs.setdefault("base_url", self.application.extensions["tests.base_url"])
        try:
            return Context().run(super().open, *args, **kwargs)
        finally:
            db.session.rollback()

    def bear(self, token: str) -> None:
        """Be signed in with the session ``token``."""
        base_url = self.application.extensions["tests.base_url"]
        with self.session_transaction(base_url=base_url) as session:
            session.update({"_user_id": token, "_fresh": True, "_permanent": True})

    def submit(self, action: str, fields: Any = None, page: str | None = None, **kw: Any) -> Any:
        """Send the form on ``page`` (by default at ``action``) to ``action``, token included."""
        token = csrf_token(self.get(page or action).text)
        return self.post(action, data={"csrf_token": token, **(fields or {})}, **kw)


class Api:
    """A program that speaks JSON to ``/api/v1`` with a key."""

    def __init__(self, client: FlaskClient, key: str) -> None:
        self.key = key
        self._client = client

    def get(self, path: str, **query: Any) -> TestResponse:
        """GET ``path`` beneath ``/api/v1``; ``query`` without what is None."""
        return self._send("GET", path, query_string={k: v for k, v in query.items() if v})

    def post(self, path: str, body: Any = None, **kw: Any) -> TestResponse:
        """POST ``body``: bytes and texts go as they are, anything else as JSON."""
        return self._send("POST", path, **_content(body), **kw)

    def patch(self, path: str, body: Any) -> TestResponse:
        """PATCH with ``body`` as JSON."""
        return self._send("PATCH", path, **_content(body))

    def delete(self, path: str) -> TestResponse:
        """DELETE ``path``."""
        return self._send("DELETE", path)

    def _send(self, method: str, path: str, **kw: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.key}", **kw.pop("headers", {})}
        return self._client.open(f"/api/v1{path}", method=method, headers=headers, **kw)


def _content(body: Any) -> dict[str, Any]:
    if isinstance(body, bytes | str):
        return {"data": body, "content_type": "application/json"}
    return {} if body is None else {"json": body}


def csrf_token(html: str) -> str:
    """The token of the first form in the page ``html``."""
    found = _TOKEN.search(html)
    assert found, "the page has no form with a csrf_token"
    return unescape(found[1])


def sign_in(client: Browser, email: str, password: str) -> TestResponse:
    """Sign in through the page, as a person does; asserts that it worked."""
    answer = client.submit("/login", {"email": email, "password": password})
    assert answer.status_code in (302, 303), answer.text
    return answer
