"""What every answer tells the browser, whatever the answer is."""

import pytest
from flask import Flask

from portal.models import Account
from tests import factories
from tests.clients import Api, Browser
from tests.web.html import HTMX

# Nothing here depends on the kind of database.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

REFUSED_SOURCES = ("unsafe-inline", "unsafe-eval", "*", "http:", "https:", "script-src data:")


def test_every_answer_keeps_to_itself(
    app: Flask, admin: Browser, client: Browser, api: Api, account: Account
) -> None:
    hook = factories.make_hook()
    answers = [
        *[admin.get(path) for path in ("/", "/deliveries", f"/settings/webhooks/{hook.id}")],
        admin.get("/deliveries", headers=HTMX),
        admin.get("/no/such/page"),
        admin.post("/logout"),
        admin.delete("/"),
        client.get("/"),
        client.get("/login"),
        client.get("/health"),
        client.post("/sandbox/nothing"),
        client.get("/static/portal.css", buffered=True),
        client.get("/static/nothing.css"),
        client.get("/api/openapi.json"),
        client.get("/api/v1/hooks"),
        api.get("/hooks"),
        api.delete(f"/hooks/{hook.id}"),
    ]
    for answer in answers:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy, answer.request.path
        assert "frame-ancestors 'none'" in policy
        assert not [source for source in REFUSED_SOURCES if source in policy]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        if not answer.request.path.startswith("/static/"):
            assert answer.headers["Cache-Control"] == "no-store", answer.request.path


def test_static_files_are_kept_and_named_by_version(admin: Browser) -> None:
    answer = admin.get("/static/portal.css", buffered=True)
    assert "max-age=31536000" in answer.headers["Cache-Control"]
    assert "/static/portal.css?v=" in admin.get("/").text


def test_pages_for_htmx_and_for_readers_are_kept_apart(admin: Browser) -> None:
    for path in ("/", "/deliveries", "/settings/webhooks"):
        for headers in ({}, HTMX):
            assert "HX-Request" in admin.get(path, headers=headers).headers["Vary"]


def test_no_page_runs_a_script_or_wears_a_style_of_its_own(admin: Browser) -> None:
    for path in ("/", "/deliveries", "/settings/webhooks/new", "/settings/api-keys"):
        page = admin.get(path).text
        assert "<style" not in page
        assert ' style="' not in page
        assert not [part for part in page.split("<script")[1:] if "src=" not in part[:200]]
