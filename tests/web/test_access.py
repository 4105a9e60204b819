"""What holds of every route beside who may do what, which tests/web/test_matrix.py walks."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from tests.clients import Api, Browser, csrf_token
from tests.web.everything import OPEN, Ids
from tests.web.html import HTMX

WRITES = {"POST", "PUT", "PATCH", "DELETE"}
UNKNOWN = "nothing_1"

# Nothing here depends on the kind of database.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def routes(app: Flask, *, api: bool) -> Iterator[tuple[Rule, str]]:
    """Every guarded route and each of its methods: those of the API, or the pages."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint not in OPEN and rule.rule.startswith("/api/") is api:
            yield from ((rule, method) for method in sorted(rule.methods - {"HEAD", "OPTIONS"}))


def path_of(rule: Rule, ids: Ids) -> str:
    """The address of ``rule`` with ``ids`` put in."""
    return rule.build({name: ids[name] for name in rule.arguments})[1]


def send(browser: Browser, method: str, path: str, **kw: Any) -> int:
    """The status of a request that bears a token as a page's form does."""
    if method not in WRITES:
        return browser.open(path, method=method, **kw).status_code
    page = browser.get("/", follow_redirects=True).text
    return browser.open(
        path, method=method, data={"csrf_token": csrf_token(page)}, **kw
    ).status_code


def test_nothing_of_another_account_is_found_on_any_page(
    app: Flask, ids: Ids, outsider: Browser, admin: Browser
) -> None:
    unknown = dict.fromkeys(ids, UNKNOWN) | {"turn": "pause", "number": "1"}
    for rule, method in routes(app, api=False):
        # Who runs the portal, and what they alone do, is a matter of no account.
        beyond = rule.endpoint.startswith(("staff.", "accounts.invite_admin"))
        if rule.arguments and not beyond:
            assert send(outsider, method, path_of(rule, ids)) == 404, (rule, method)
            assert send(admin, method, path_of(rule, unknown)) == 404, (rule, method)


def test_nothing_of_another_account_is_found_through_the_api(
    app: Flask, ids: Ids, outside_api: Api, api: Api, client: Browser
) -> None:
    unknown = dict.fromkeys(ids, UNKNOWN)
    for rule, method in routes(app, api=True):
        for program, known in ((outside_api, ids), (api, unknown)):
            headers = {"Authorization": f"Bearer {program.key}"}
            if rule.arguments:
                answer = client.open(path_of(rule, known), method=method, headers=headers, json={})
                assert (answer.status_code, answer.json["code"]) == (404, "not_found"), rule


def test_support_sees_no_secret_on_any_page(
    app: Flask, ids: Ids, support: Browser, admin: Browser
) -> None:
    for rule, method in routes(app, api=False):
        if method == "GET":
            for headers in ({}, HTMX):
                text = support.get(path_of(rule, ids), headers=headers).text
                assert "s3cret-" not in text, rule
                assert "c2VjcmV0" not in text, rule
                assert "bdi>••••••••" not in text, rule
    assert "s3cret-header" in admin.get(f"/sandbox/{ids['token']}").text


def test_every_page_that_changes_something_needs_a_token(
    app: Flask, ids: Ids, admin: Browser
) -> None:
    for rule, method in routes(app, api=False):
        if method in WRITES:
            for data in ({}, {"csrf_token": "wrong"}):
                answer = admin.open(path_of(rule, ids), method=method, data=data)
                assert answer.status_code == 400, rule
                assert "انتهت صلاحية الصفحة" in answer.text, rule


def test_every_route_refuses_the_methods_it_does_not_have(
    app: Flask, ids: Ids, admin: Browser
) -> None:
    methods: dict[str, set[str]] = {}
    for rule in app.url_map.iter_rules():
        # The door of triggers takes every method, to put it on record.
        if rule.endpoint not in ("static", "inbound.call"):
            methods.setdefault(path_of(rule, ids), set()).update(rule.methods)
    for path, allowed in methods.items():
        for method in WRITES - allowed:
            answer = admin.open(path, method=method)
            assert answer.status_code == 405, (method, path)
            assert allowed <= set(answer.headers["Allow"].split(", ")) - {method}, (method, path)
            kind = "application/problem+json" if path.startswith("/api/") else "text/html"
            assert answer.mimetype == kind, path
