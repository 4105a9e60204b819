"""PORTAL_TRIGGER_HOST: strangers call a host of its own, where nothing else is."""

import hashlib
import hmac
from itertools import product
from typing import Any

import pytest
from werkzeug.test import TestResponse

from portal.models import Account, Trigger
from portal.pipeline.triggers import url_of
from tests import factories
from tests.clients import Api, Browser

TRIGGERS, PORTAL = "https://in.nour.example", "https://hooks.nour.example"
SECRET = "سرٌّ طويل بما يكفي"

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
apart = pytest.mark.settings(PORTAL_TRIGGER_HOST="in.nour.example", PORTAL_BASE_URL=PORTAL)
proxied = pytest.mark.settings(PORTAL_TRUSTED_PROXIES="1")

ELSEWHERE = ["/", "/login", "/health", "/api/v1/health", "/api/v1/hooks", "/api/openapi.json"]
ELSEWHERE += ["/static/portal.css", "/sandbox/abc", "/no/such/page", "/hooks/in", "/setup/abc"]


def call(client: Browser, trigger: Trigger, host: str, **kw: Any) -> TestResponse:
    """Call ``trigger`` at ``host``, whatever its address says."""
    path = "/hooks/in/" + url_of(trigger).rpartition("/")[2]
    return client.post(path, json={}, base_url=host, **kw)


def is_closed(answer: TestResponse) -> bool:
    """Whether nobody would know that there is a portal."""
    assert answer.mimetype == "application/problem+json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in answer.headers
    return answer.status_code == 404


@apart
def test_a_trigger_is_called_at_the_host_of_triggers_alone(
    client: Browser, account: Account
) -> None:
    trigger = factories.make_trigger(account)
    for host in (TRIGGERS, "https://IN.nour.example", "http://in.nour.example", f"{TRIGGERS}:443"):
        assert call(client, trigger, host).status_code == 200, host
    for host in (PORTAL, "http://127.0.0.1:8000", "https://x.in.nour.example"):
        assert is_closed(call(client, trigger, host)), host


@apart
def test_a_host_without_a_port_is_that_of_triggers_at_every_port(
    client: Browser, account: Account
) -> None:
    there = f"{TRIGGERS}:8443"
    assert call(client, factories.make_trigger(account), there).status_code == 200
    for path in ELSEWHERE:
        assert is_closed(client.get(path, base_url=there)), path


@pytest.mark.settings(PORTAL_TRIGGER_HOST="in.nour.example:8443", PORTAL_BASE_URL=PORTAL)
def test_a_host_with_a_port_is_that_of_triggers_at_this_port_alone(
    client: Browser, account: Account
) -> None:
    trigger = factories.make_trigger(account)
    assert call(client, trigger, f"{TRIGGERS}:8443").status_code == 200
    for host in (TRIGGERS, f"{TRIGGERS}:8444", PORTAL):
        assert is_closed(call(client, trigger, host)), host


@pytest.mark.settings(PORTAL_TRIGGER_HOST="nour.example", PORTAL_BASE_URL="https://nour.example:81")
def test_a_portal_of_the_same_name_keeps_its_own_port(client: Browser, account: Account) -> None:
    trigger = factories.make_trigger(account)
    assert call(client, trigger, "https://nour.example").status_code == 200
    assert client.get("/login", base_url="https://nour.example:81").status_code == 200
    assert is_closed(client.get("/login", base_url="https://nour.example"))


@apart
def test_nothing_else_is_at_the_host_of_triggers(client: Browser, admin: Browser, api: Api) -> None:
    key = {"Authorization": f"Bearer {api.key}"}
    with admin.session_transaction(base_url=TRIGGERS) as borne:
        borne.update({"_user_id": "anything", "_permanent": True})
    for path, method in product(ELSEWHERE, ("GET", "POST", "DELETE", "OPTIONS", "HEAD")):
        assert is_closed(client.open(path, method=method, base_url=TRIGGERS, headers=key)), path
        assert is_closed(admin.open(path, method=method, base_url=TRIGGERS)), path


@apart
def test_the_portal_stays_where_it_was(admin: Browser, client: Browser) -> None:
    assert admin.get("/").status_code == 200
    assert client.get("/health", base_url="http://127.0.0.1:8000").status_code in (200, 503)
    assert client.get("/static/portal.css", buffered=True).status_code == 200


@apart
def test_every_address_of_a_trigger_that_is_shown_is_there(
    api: Api, admin: Browser, account: Account
) -> None:
    made = api.post("/triggers", {"name": "دفع"}).json
    assert made["url"].startswith(f"{TRIGGERS}/hooks/in/")
    for path in (f"/triggers/{made['id']}", "/triggers"):
        page = admin.get(path).text
        assert f"{PORTAL}/hooks/in/" not in page
    assert made["url"] in admin.get(f"/triggers/{made['id']}").text
    assert f"curl -X POST {made['url']}" in admin.get(f"/triggers/{made['id']}").text


@apart
def test_the_address_that_was_called_is_the_one_that_is_signed(
    client: Browser, account: Account
) -> None:
    custom = {"header": "X-Sig", "signed": "{url}{body}"}
    auth = {"kind": "signature", "preset": "custom", "secret": SECRET, "custom": custom}
    trigger = factories.make_trigger(account, auth=auth)
    signed = hmac.new(SECRET.encode(), f"{url_of(trigger)}{{}}".encode(), hashlib.sha256)
    headers = {"X-Sig": signed.hexdigest()}
    assert call(client, trigger, TRIGGERS, headers=headers).status_code == 200
    assert call(client, trigger, TRIGGERS, headers={"X-Sig": "0" * 64}).status_code == 401


@apart
@proxied
def test_behind_a_trusted_proxy_the_host_is_what_the_proxy_says(
    client: Browser, account: Account
) -> None:
    trigger = factories.make_trigger(account)
    inside = "http://127.0.0.1:8000"
    there = {"X-Forwarded-Host": "in.nour.example", "X-Forwarded-Proto": "https"}
    here = {"X-Forwarded-Host": "hooks.nour.example", "X-Forwarded-Proto": "https"}
    assert call(client, trigger, inside, headers=there).status_code == 200
    assert is_closed(call(client, trigger, inside, headers=here))
    assert is_closed(client.get("/login", base_url=inside, headers=there))
    assert client.get("/login", base_url=inside, headers=here).status_code == 200


@apart
def test_a_forwarded_host_is_not_believed_without_such_a_proxy(
    client: Browser, account: Account
) -> None:
    trigger = factories.make_trigger(account)
    assert is_closed(call(client, trigger, PORTAL, headers={"X-Forwarded-Host": "in.nour.example"}))


def test_without_the_setting_triggers_are_where_everything_is(
    client: Browser, account: Account, environ: dict[str, str]
) -> None:
    trigger = factories.make_trigger(account)
    assert url_of(trigger).startswith(environ["PORTAL_BASE_URL"])
    for host in (environ["PORTAL_BASE_URL"], TRIGGERS):
        assert call(client, trigger, host).status_code == 200
