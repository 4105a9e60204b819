"""A form that is too large is refused as a page, and never taken in part."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from portal.web.shelter import MAX_FORM_BYTES
from tests.clients import Api, Browser, csrf_token
from tests.web.html import HTMX

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

FORM = "application/x-www-form-urlencoded"
PATHS = ("/settings/webhooks/new", "/triggers/new", "/login", "/theme", "/settings/webhooks/import")
Send = Callable[..., TestResponse]


@pytest.fixture
def send(admin: Browser) -> Send:
    """Sends a form of a size with a good token, in pieces if so told."""
    token = csrf_token(admin.get("/", follow_redirects=True).text)

    def send_form(path: str, size: int, *, in_pieces: bool, **kw: Any) -> TestResponse:
        head = f"csrf_token={token}&name=".encode()
        body = head + b"x" * (size - len(head))
        if not in_pieces:
            return admin.post(path, data=body, content_type=FORM, **kw)
        whole = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
        stream = BytesIO(body)
        return admin.post(
            path, input_stream=stream, content_type=FORM, environ_overrides=whole, **kw
        )

    return send_form


@pytest.mark.parametrize("in_pieces", [False, True])
def test_a_form_over_the_limit_is_refused_as_a_page(send: Send, in_pieces: bool) -> None:
    for path in PATHS:
        for headers in ({}, HTMX):
            for size in (MAX_FORM_BYTES + 1, 3 * MAX_FORM_BYTES):
                answer = send(path, size, in_pieces=in_pieces, headers=headers)
                assert (answer.status_code, answer.mimetype) == (413, "text/html"), path
                assert "الطلب أكبر من المسموح" in answer.text


@pytest.mark.parametrize("in_pieces", [False, True])
def test_a_form_of_just_the_limit_is_read_whole(send: Send, in_pieces: bool) -> None:
    assert send("/theme", MAX_FORM_BYTES, in_pieces=in_pieces).status_code == 303
    assert send("/theme", 200, in_pieces=in_pieces).status_code == 303


def test_a_form_of_too_many_or_too_large_parts_is_refused(admin: Browser) -> None:
    token = csrf_token(admin.get("/", follow_redirects=True).text)
    part = '--b\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'.format
    for parts in ([part("a", "x" * 2 * MAX_FORM_BYTES)], [part("a", "b")] * 1500):
        body = "".join([part("csrf_token", token), *parts, "--b--\r\n"])
        kind = "multipart/form-data; boundary=b"
        answer = admin.post("/settings/webhooks/import", data=body, content_type=kind)
        assert (answer.status_code, answer.mimetype) == (413, "text/html")


def test_too_large_a_body_is_refused_to_programs_in_their_own_way(app: Flask, api: Api) -> None:
    for path in ("/events", "/hooks", "/triggers", "/policies", "/event-types"):
        answer = api.post(path, b"x" * 3 * MAX_FORM_BYTES)
        assert (answer.status_code, answer.mimetype) == (413, "application/problem+json"), path
