"""What every answer tells the browser, whatever the answer is."""

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from portal.web.shelter import MAX_FORM_BYTES
from tests.clients import Api, Browser
from tests.web.everything import Ids
from tests.web.html import HTMX

# Nothing here depends on the kind of database.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

REFUSED_SOURCES = ("unsafe-inline", "unsafe-eval", "*", "http:", "https:", "script-src data:")


# What every answer says, whatever it is; a trigger's has a policy stricter still.
SAID = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def check(answer: TestResponse) -> None:
    """Whether ``answer`` keeps to itself."""
    asked = (answer.request.method, answer.request.path, answer.status_code)
    for name, value in SAID.items():
        assert answer.headers.getlist(name) == [value], (name, asked)
    [policy] = answer.headers.getlist("Content-Security-Policy")
    assert "default-src 'none'" in policy, asked
    assert "frame-ancestors 'none'" in policy or "sandbox" in policy, asked
    assert not [source for source in REFUSED_SOURCES if source in policy], asked
    assert "camera=()" in answer.headers["Permissions-Policy"], asked
    assert "Strict-Transport-Security" not in answer.headers
    assert "Server" not in answer.headers
    is_kept = asked[0] == "GET" and asked[1].startswith("/static/") and asked[2] == 200
    assert (answer.headers["Cache-Control"] == "no-store") is not is_kept, asked


def test_every_answer_of_every_route_keeps_to_itself(
    app: Flask, ids: Ids, admin: Browser, client: Browser, api: Api, outsider: Browser
) -> None:
    known = ids | {"filename": "portal.css"}
    for rule in app.url_map.iter_rules():
        path = rule.build({name: known[name] for name in rule.arguments})[1]
        for method in ("GET", "OPTIONS", "TRACE", "POST", "DELETE", "PATCH"):
            for browser in (client, outsider):
                check(browser.open(path, method=method, buffered=True))
        check(admin.get(path, buffered=True))
        check(admin.get(path, headers=HTMX, buffered=True))
        if path.startswith("/api/v1"):
            check(api.get(path.removeprefix("/api/v1")))


def test_failures_of_every_kind_keep_to_themselves(
    app: Flask, admin: Browser, client: Browser, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = {"name": "x" * (MAX_FORM_BYTES + 1)}
    answers = {
        404: [admin.get("/no/page"), client.get("/static/no.css"), client.get("/api/v1/no")],
        405: [admin.delete("/"), api.delete("/events"), client.put("/static/portal.css")],
        413: [admin.post("/settings/webhooks/new", data=large), api.post("/events", b"x" * 2**21)],
        400: [admin.post("/logout"), client.get("/login?a=%00"), api.post("/events", b"{")],
    }
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    monkeypatch.setattr(app, "testing", False)
    for endpoint in ("overview.index", "api_hooks.get_hooks", "health.show"):
        monkeypatch.setitem(app.view_functions, endpoint, lambda: 1 / 0)
    answers[500] = [admin.get("/"), api.get("/hooks"), client.get("/health")]
    for status, given in answers.items():
        for answer in given:
            assert answer.status_code == status, answer.request.path
            check(answer)


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
