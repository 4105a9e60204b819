"""صندوق التجربة: trying the portal out, and what arrives there."""

from collections.abc import Callable

import pytest

from portal.extensions import db, settings
from portal.models import Account, Hook, SandboxArrival
from portal.pipeline import sandbox
from tests import factories
from tests.clients import Browser
from tests.web.html import HTMX, read


@pytest.fixture
def token(account: Account) -> str:
    """The token of an empty sandbox of the account."""
    return sandbox.open_sandbox(account.id)


def path_of(token: str) -> str:
    """Where a sandbox receives and is shown."""
    return f"/sandbox/{token}"


# Loopback is closed to all hooks here, and open to the portal's own sandbox.
@pytest.mark.settings(PORTAL_ALLOWED_NETWORKS="", PORTAL_ALLOWED_PORTS="443")
def test_two_clicks_show_a_delivery_and_what_arrived(
    admin: Browser, served: str, drain: Callable[[], int]
) -> None:
    page = read(admin.get("/settings/webhooks").text)
    assert page.all("form", action="/sandbox/try")
    answer = admin.submit("/sandbox/try", page="/settings/webhooks")
    assert (answer.status_code, answer.location[:9]) == (303, "/sandbox/")
    assert "ننتظر وصول الطلب" in admin.get(answer.location).text
    assert drain() == 1
    shown = read(admin.get(answer.location).text)
    assert shown.one("div", id="sandbox")["data-state"] == "arrived"
    for part in ("تم التسليم", "التوقيع صحيح", "مرحبًا، هل المنتج متوفر؟", "webhook-signature"):
        assert part in shown.text.replace("Webhook-Signature", "webhook-signature")
    assert f"{served}{answer.location}" in shown.text


@pytest.mark.settings(PORTAL_ALLOWED_NETWORKS="")
def test_trying_again_uses_the_same_hook_and_reaches_nobody_else(
    staff: Browser, account: Account
) -> None:
    other = factories.make_hook("https://example.com/", event_types=["message.received"])
    tokens = [staff.submit("/sandbox/try", page="/").location for _ in range(2)]
    assert len(set(tokens)) == 2
    [trial] = db.session.query(Hook).filter(Hook.id != other.id)
    assert trial.url == settings().base_url + tokens[1]
    assert len(read(staff.get("/deliveries").text).rows) == 2
    assert read(staff.get(f"/deliveries?hook={other.id}").text).rows == []


def test_htmx_is_sent_to_the_sandbox_too(staff: Browser) -> None:
    answer = staff.submit("/sandbox/try", page="/", headers=HTMX)
    assert answer.status_code == 204
    assert answer.headers["HX-Redirect"].startswith("/sandbox/")


def test_anybody_may_send_to_a_sandbox_without_a_token_of_ours(
    client: Browser, admin: Browser, token: str
) -> None:
    bodies = [b'{"a": "\xd9\x85"}', b"\x00\xff not json", b"", b"a=1&b=2"]
    kinds = ["application/json", "text/plain", "text/plain", "application/x-www-form-urlencoded"]
    for body, kind in zip(bodies, kinds, strict=True):
        answer = client.post(path_of(token), data=body, content_type=kind)
        assert (answer.status_code, answer.text) == (200, "ok")
    stored = db.session.query(SandboxArrival).order_by(SandboxArrival.id)
    assert [row.body for row in stored] == ['{"a": "م"}', "␀� not json", "", "a=1&b=2"]
    assert len(read(admin.get(path_of(token)).text).all("article")) == 4


def test_what_arrives_is_shown_and_never_run(client: Browser, admin: Browser, token: str) -> None:
    client.post(path_of(token), data="<script>alert(1)</script>", headers={"X-Evil": "<b>\u00fc"})
    page = read(admin.get(path_of(token)).text)
    assert "<script>alert(1)</script>" in page.text
    assert not [script for script in page.all("script") if "src" not in script]
    assert not page.all("b")


def test_a_wrong_signature_is_told(client: Browser, admin: Browser, token: str) -> None:
    factories.make_hook(sandbox.sandbox_url(token))
    signed = {"webhook-id": "msg_1", "webhook-timestamp": "1", "webhook-signature": "v1,AAAA"}
    client.post(path_of(token), data="{}", headers=signed)
    assert "التوقيع غير صحيح" in read(admin.get(path_of(token)).text).text


def test_own_headers_are_hidden_from_support(
    client: Browser, admin: Browser, support: Browser, token: str
) -> None:
    secret = {"Authorization": "Bearer s3cret", "X-Key": "s3cret too", "webhook-id": "msg_1"}
    client.post(path_of(token), data="{}", headers=secret)
    assert "s3cret too" in admin.get(path_of(token)).text
    for_support = support.get(path_of(token)).text
    assert "s3cret" not in for_support
    assert "msg_1" in for_support
    assert "••••••" in for_support


def test_the_page_asks_again_until_something_arrives(
    client: Browser, admin: Browser, token: str
) -> None:
    poll = read(admin.get(path_of(token)).text).one("div", id="sandbox")["hx-get"]
    part = admin.get(poll, headers=HTMX).text
    assert part.lstrip().startswith('<div id="sandbox"')
    client.post(path_of(token), data="{}")
    arrived = read(admin.get(poll, headers=HTMX).text).one("div", id="sandbox")
    assert "hx-get" not in arrived


def test_only_the_latest_are_kept_and_only_their_beginning(
    client: Browser, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "MAX_ARRIVALS", 3)
    for n in range(5):
        client.post(path_of(token), data=f"{n}" * 70_000)
    stored = db.session.query(SandboxArrival).order_by(SandboxArrival.id).all()
    assert [row.body[0] for row in stored] == ["2", "3", "4"]
    assert {len(row.body) for row in stored} == {64 * 1024}


def test_a_request_that_is_too_large_is_refused(
    client: Browser, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "LARGEST_REQUEST", 100)
    assert client.post(path_of(token), data="x" * 101).status_code == 413
    assert db.session.query(SandboxArrival).count() == 0


def test_unknown_sandboxes_and_those_of_others_are_not_found(
    client: Browser, admin: Browser, outsider: Browser, token: str
) -> None:
    assert client.post(path_of("nothing"), data="{}").status_code == 404
    assert admin.get(path_of("nothing")).status_code == 404
    assert outsider.get(path_of(token)).status_code == 404
    assert client.get(path_of(token)).status_code == 303


def test_only_those_who_change_hooks_may_try(support: Browser, client: Browser) -> None:
    assert support.submit("/sandbox/try", page="/").status_code == 403
    assert client.submit("/sandbox/try", page="/login").status_code == 303
    assert db.session.query(Hook).count() == 0


def test_a_persons_own_hook_of_that_name_is_left_alone(staff: Browser) -> None:
    mine = factories.make_hook("https://example.com/mine", name=sandbox.HOOK_NAME)
    staff.submit("/sandbox/try", page="/settings/webhooks/new")
    db.session.refresh(mine)
    assert mine.url == "https://example.com/mine"
    assert db.session.query(Hook).count() == 2
