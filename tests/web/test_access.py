"""Who reaches what: told of every route there is, so that no new one is forgotten."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from portal.domain.states import Role
from portal.models import Account
from portal.pipeline import sandbox
from portal.pipeline.invitations import invite
from portal.pipeline.secrets import rotate_secret
from portal.queries.deliveries import attempts_of
from tests import factories
from tests.clients import Api, Browser, csrf_token
from tests.receiver import Receiver
from tests.web.html import HTMX, read

# What is for everybody, and who it is for where it is not what it seems.
OPEN = {
    "static",
    "health.show",
    "openapi.show",
    "session.login",
    "session.code",
    "passwords.forgot",
    "passwords.choose",
    "single_sign_on.leave",
    "single_sign_on.leave_again",
    "single_sign_on.back",
    "session.setup",
    "invitations.accept",
    "session.sign_out",
    "session.theme",
    "session.calendar",
    "sandbox.receive",
    "inbound.call",
}
SUPPORT_MAY = {"deliveries.resend", "deliveries.columns", "resends.start", "resends.turn", *OPEN}
# What concerns only the person, whatever their role.
SUPPORT_MAY |= {"profile.end_all_others", "second_step.begin"}
SUPPORT_MAY |= {"calls.run_again", "calls.run_all_again", "watch.check", "accounts.go_in"}
# A rehearsal is sent like a form, and changes nothing; no password is given here.
# The session is the admin's.
WITHOUT_EFFECT = {"rehearsals.attempt": 200, "confirmation.ask": 422, "profile.end": 404}
WITHOUT_EFFECT |= {"profile.new_password": 422, "second_step.turn_on": 422}
WITHOUT_EFFECT |= {"second_step.turn_off": 422, "second_step.renew_codes": 422}
WRITES = {"POST", "PUT", "PATCH", "DELETE"}
UNKNOWN = "nothing_1"

# Nothing here depends on the kind of database.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

Ids = dict[str, str]


@pytest.fixture
def ids(
    account: Account, api: Api, receiver: Receiver, drain: Callable[[], int], admin: Browser
) -> Ids:
    """Something of the account behind every variable that a route's address has."""
    secrets = {"secret": "whsec_c2VjcmV0c2VjcmV0c2VjcmV0", "headers": {"X-Key": "s3cret-header"}}
    hook = factories.make_hook(f"{receiver.url}?key=s3cret-query", **secrets)
    rotate_secret(hook.id, actor=factories.make_actor())
    event = factories.make_event()
    delivery = factories.make_delivery(hook, event)
    drain()
    token = sandbox.open_sandbox(account.id)
    admin.post(f"/sandbox/{token}", data="{}", headers={"X-Key": "s3cret-header"})
    api.post("/policies", {"name": "ليلي", "slug": "night"})
    api.post("/event-types", {"key": "own.type", "label": "نوع"})
    page = admin.get("/settings/api-keys").text
    resend = api.post("/deliveries/resend", {"filter": {}}).json
    auth = {"kind": "basic", "username": "pay", "password": "s3cret-password"}
    asked = {"as": "check", "url": "https://example.com/?key=s3cret-query"}
    rule = {"call": {**asked, "headers": {"X-Key": "s3cret-header"}}}
    trigger = factories.make_trigger(account, auth=auth, rules=[rule])
    return {
        **_of_people(account, admin),
        "trigger_id": trigger.id,
        "number": "1",
        "call_id": factories.make_call(trigger, explanation="{}").id,
        "notice_id": factories.make_notice(account).id,
        "resend_id": resend["id"],
        "turn": "pause",
        "hook_id": hook.id,
        "secret_id": hook.secrets[1].id,
        "event_id": event.id,
        "delivery_id": delivery.id,
        "attempt_id": attempts_of(delivery.id)[0].id,
        "mask_id": factories.make_mask(account=account).id,
        "key_id": page.partition('<tr id="')[2].partition('"')[0],
        "token": token,
        "slug": "night",
        "key": "own.type",
    }


def _sessions(browser: Browser) -> list[str]:
    """The sessions that the page of whoever has ``browser`` shows."""
    return read(browser.get("/profile").text).rows


def _of_people(account: Account, admin: Browser) -> Ids:
    """Somebody of ``account``, somebody who is invited, and a browser of the admin."""
    return {
        "account_id": account.id,
        "person_id": factories.make_person(account=account).id,
        "invitation_id": invite(None, Role.STAFF, factories.make_actor(account))[0].id,
        "session_id": _sessions(admin)[0],
    }


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


def test_every_page_needs_somebody_signed_in(app: Flask, client: Browser, ids: Ids) -> None:
    token = csrf_token(client.get("/login").text)
    for rule, method in routes(app, api=False):
        data = {"csrf_token": token} if method in WRITES else None
        path = path_of(rule, ids)
        answer = client.open(path, method=method, data=data)
        assert answer.status_code == 303, rule
        assert answer.location.startswith("/login"), rule
        polled = client.open(path, method=method, data=data, headers=HTMX)
        assert polled.status_code == 401, rule
        assert polled.headers["HX-Redirect"].startswith("/login"), rule


def test_every_route_of_the_api_needs_a_key(app: Flask, client: Browser, ids: Ids) -> None:
    for rule, method in routes(app, api=True):
        answer = client.open(path_of(rule, ids), method=method)
        assert (answer.status_code, answer.json["code"]) == (401, "unauthorized"), rule
        assert answer.headers["WWW-Authenticate"]


def test_nothing_of_another_account_is_found_on_any_page(
    app: Flask, ids: Ids, outsider: Browser, admin: Browser
) -> None:
    unknown = dict.fromkeys(ids, UNKNOWN) | {"turn": "pause", "number": "1"}
    for rule, method in routes(app, api=False):
        # Who runs the portal is a matter of no account.
        if rule.arguments and not rule.endpoint.startswith("staff."):
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


def test_support_changes_nothing_but_may_resend(app: Flask, ids: Ids, support: Browser) -> None:
    for rule, method in routes(app, api=False):
        if method in WRITES:
            expected = 303 if rule.endpoint in SUPPORT_MAY else 403
            expected = WITHOUT_EFFECT.get(rule.endpoint, expected)
            assert send(support, method, path_of(rule, ids)) == expected, rule


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


def test_every_page_can_be_opened_by_an_admin(app: Flask, ids: Ids, admin: Browser) -> None:
    for rule, method in routes(app, api=False):
        if method == "GET":
            for headers in ({}, HTMX):
                answer = admin.get(path_of(rule, ids), headers=headers)
                is_beyond = rule.endpoint.startswith("staff.") or rule.endpoint == "accounts.create"
                assert answer.status_code in ((403,) if is_beyond else (200, 204)), rule


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
