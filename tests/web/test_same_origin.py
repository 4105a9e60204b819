"""Forms are taken from the portal's own pages alone, cookies from nobody else, redirects inside."""

from itertools import product

import pytest
from flask import Flask

from portal.models import Account
from portal.web.own_paths import is_own_path
from portal.web.shelter import COOKIE
from tests import factories
from tests.clients import Api, Browser, csrf_token
from tests.web.html import HTMX

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
over_https = pytest.mark.settings(PORTAL_BASE_URL="https://hooks.nour.example")

EVIL = "https://evil.example"
STRANGE = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "Cross-Site", "Origin": "{here}"},
    {"Sec-Fetch-Site": "anything"},
    {"Origin": EVIL},
    {"Origin": "null"},
    {"Origin": "{here}.evil.example"},
    {"Origin": "http://[::1"},
    {"Origin": "{here}@evil.example"},
    {"Origin": ""},
]
OURS = [
    {},
    {"Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": "{here}"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "{here}"},
]


def told(headers: dict[str, str], here: str) -> dict[str, str]:
    """``headers`` with the portal's own address put in."""
    return {name: value.replace("{here}", here) for name, value in headers.items()}


def test_a_form_from_another_site_is_refused_even_with_a_token(
    admin: Browser, environ: dict[str, str]
) -> None:
    for headers, htmx in product(STRANGE, ({}, HTMX)):
        sent = told(headers, environ["PORTAL_BASE_URL"]) | htmx
        answer = admin.submit("/theme", {"theme": "dark"}, page="/", headers=sent)
        assert answer.status_code == 400, headers
        assert "انتهت صلاحية الصفحة" in answer.text
    with admin.session_transaction(base_url=environ["PORTAL_BASE_URL"]) as session:
        assert "theme" not in session


@pytest.mark.parametrize("headers", OURS)
def test_a_form_of_ours_is_taken_and_old_browsers_are_left_to_the_token(
    admin: Browser, environ: dict[str, str], headers: dict[str, str]
) -> None:
    sent = told(headers, environ["PORTAL_BASE_URL"])
    assert admin.submit("/theme", {"theme": "dark"}, page="/", headers=sent).status_code == 303


@over_https
def test_a_proxy_that_hides_the_address_upsets_no_form(app: Flask) -> None:
    inside, client = "http://127.0.0.1:8000", app.test_client(use_cookies=False)
    headers = {"Origin": "https://hooks.nour.example"}
    page = client.get("/login", base_url="https://hooks.nour.example")
    cookie = page.headers["Set-Cookie"].partition(";")[0]
    data = {"csrf_token": csrf_token(page.text), "theme": "dark"}
    sent = headers | {"Cookie": cookie}
    answer = client.post("/theme", data=data, base_url=inside, headers=sent)
    assert answer.status_code == 303


def test_the_token_may_come_in_a_header_as_htmx_sends_it(admin: Browser) -> None:
    token = csrf_token(admin.get("/", follow_redirects=True).text)
    for sent, status in ((token, 204), ("wrong", 400), ("", 400)):
        answer = admin.post("/theme", headers={"X-CSRFToken": sent, **HTMX})
        assert answer.status_code == status


def test_a_page_may_be_led_to_from_anywhere(admin: Browser) -> None:
    for headers in STRANGE:
        assert admin.get("/deliveries", headers=told(headers, EVIL)).status_code == 200


def test_the_api_looks_at_keys_and_never_at_cookies(admin: Browser, api: Api) -> None:
    assert admin.get("/api/v1/hooks").status_code == 401
    assert admin.post("/api/v1/events", json={}).status_code == 401
    answer = api.post("/event-types", {"key": "a.b", "label": "ن"}, headers={"Origin": EVIL})
    assert answer.status_code == 201
    assert "Set-Cookie" not in answer.headers


@over_https
def test_over_https_the_cookie_is_the_hosts_own(client: Browser) -> None:
    name, _, rest = client.get("/login").headers["Set-Cookie"].partition("=")
    parts = {part.strip().lower() for part in rest.split(";")[1:]}
    assert name == f"__Host-{COOKIE}"
    assert {"secure", "httponly", "path=/", "samesite=lax"} <= parts
    assert not [part for part in parts if part.startswith("domain")]


def test_over_http_the_cookie_has_its_plain_name(client: Browser) -> None:
    name, _, rest = client.get("/login").headers["Set-Cookie"].partition("=")
    parts = {part.strip().lower() for part in rest.split(";")[1:]}
    assert name == COOKIE
    assert {"httponly", "path=/", "samesite=lax"} <= parts
    assert "secure" not in parts


@over_https
def test_over_https_browsers_are_told_to_stay_there(app: Flask, client: Browser) -> None:
    for path in ("/login", "/api/v1/hooks", "/static/portal.css", "/no/such/page", "/hooks/in/x"):
        answer = client.get(path, buffered=True)
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


TRICKS = [
    "//evil.example",
    "///evil.example",
    "////evil.example/..",
    "/\\evil.example",
    "/\\/evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "/x\\..\\\\evil.example",
    "http://evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "HTTPS://evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "evil.example",
    "@evil.example",
    ".evil.example",
    "?x",
    "#x",
    "",
    " ",
    " /",
    " //evil.example",
    "\t//evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r/evil.example",
    "/\r\nLocation: https://evil.example",
    "/\x00/evil.example",
    "/\x0b/evil.example",
    "/\x7f/evil.example",
    "/\u2028/evil.example",
    "/\u202e/evil.example",
    "/\u00a0/evil.example",
    "/\ud800",
    "\ufeff//evil.example",
    "／／evil.example",
    "\\evil.example",
]


def test_no_trick_leads_away(app: Flask, account: Account, client: Browser) -> None:
    assert not [target for target in TRICKS if is_own_path(target)]
    factories.make_person("p@nour.example", account=account)
    known = {"email": "p@nour.example", "password": factories.PASSWORD}
    client.submit("/login", known)
    for target in [target for target in TRICKS if target.isprintable()]:
        for action, page in (("/theme", "/"), ("/calendar", "/"), ("/confirm", None)):
            for headers in ({}, HTMX):
                fields = known | {"next": target}
                answer = client.submit(action, fields, page=page, headers=headers)
                led = answer.headers.get("HX-Redirect", answer.headers.get("Location"))
                assert led == "/", (target, action)
    for target in TRICKS[:12]:
        client.submit("/logout", page="/")
        assert client.submit("/login", known | {"next": target}).location == "/", target


@pytest.mark.parametrize("target", ["/", "/deliveries?q=a%2f%2fb", "/a//b", "/خطاف", "/a?u=//x"])
def test_ways_within_the_portal_are_taken(app: Flask, target: str) -> None:
    assert is_own_path(target)


# Ways to name another host than the one that was asked.
HOSTS = [
    {"Host": "evil.example"},
    {"X-Forwarded-Host": "evil.example"},
    {"Forwarded": "host=evil.example"},
    {"X-Original-URL": "https://evil.example/"},
    {"Referer": "https://evil.example/x"},
]


def test_no_answer_repeats_the_host_that_a_request_names(admin: Browser, client: Browser) -> None:
    paths = ("/", "/login", "/settings/api-keys", "/triggers", "/no/page", "/api/v1/hooks")
    for path, headers in product(paths, HOSTS):
        for browser in (admin, client):
            answer = browser.get(path, headers=headers)
            assert "evil.example" not in answer.text + str(answer.headers), headers
