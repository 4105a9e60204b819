"""صندوق التجربة: trying the portal out, and what arrives there."""

from collections.abc import Callable
from threading import BoundedSemaphore
from urllib.parse import quote, unquote

import pytest

from portal.domain.signing import sign
from portal.extensions import db, settings
from portal.models import Account, Hook, Sandbox, SandboxArrival, now
from portal.pipeline import sandbox
from portal.web.routes import sandbox as routes
from tests import factories
from tests.clients import Browser
from tests.web.html import HTMX, read

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


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


def test_the_page_is_live_and_says_nothing_while_nothing_is_new(
    client: Browser, admin: Browser, token: str
) -> None:
    poll = read(admin.get(path_of(token)).text).one("div", id="sandbox")["hx-get"]
    for body in ("one", "two"):
        assert admin.get(poll, headers=HTMX).status_code == 204
        client.post(path_of(token), data=body)
        part = admin.get(poll, headers=HTMX).text
        assert part.lstrip().startswith('<div id="sandbox"')
        assert body in part
        poll = read(part).one("div", id="sandbox")["hx-get"]


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


def test_a_person_makes_a_sandbox_and_finds_it_in_the_list(
    staff: Browser, support: Browser, outsider: Browser, client: Browser
) -> None:
    made = staff.submit("/sandbox")
    assert made.status_code == 303
    client.post(made.location, data="{}")
    row = read(staff.get("/sandbox").text)
    assert row.rows == [made.location.rpartition("/")[2]]
    assert "طلب واحد" in row.text
    assert read(outsider.get("/sandbox").text).rows == []
    assert not read(support.get("/sandbox").text).all("form", action="/sandbox")


def test_a_sandbox_answers_as_it_is_told(staff: Browser, client: Browser, token: str) -> None:
    for status in (201, 400, 401, 404, 410, 413, 429, 500, 503, 200):
        fields = {"status": str(status), "delay_seconds": "٠"}
        told = staff.submit(f"{path_of(token)}/answer", fields, page=path_of(token))
        assert told.location == path_of(token)
        answer = client.post(path_of(token), data="{}")
        assert answer.status_code == status
        assert answer.headers.get("Retry-After") == ("30" if status in (429, 503) else None)
    shown = read(staff.get(path_of(token)).text)
    assert len(shown.all("article")) == 10
    assert "فورًا" in shown.text


def test_a_slow_answer_keeps_no_connection_and_only_so_many_are_slow(
    staff: Browser, client: Browser, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = {"status": "200", "delay_seconds": "7"}
    staff.submit(f"{path_of(token)}/answer", fields, page=path_of(token))
    waits: list[tuple[float, bool]] = []
    monkeypatch.setattr(
        routes.time, "sleep", lambda s: waits.append((s, db.session().in_transaction()))
    )
    client.post(path_of(token), data="{}")
    assert waits == [(7, False)]
    monkeypatch.setattr(routes, "_slow", BoundedSemaphore(1))
    with routes._slow:
        assert client.post(path_of(token), data="{}").status_code == 200
    assert len(waits) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "302", "delay_seconds": "0"},
        {"status": "200", "delay_seconds": "31"},
        {"status": "", "delay_seconds": "-1"},
        {"status": "200", "delay_seconds": "قليلًا"},
    ],
)
def test_other_answers_are_refused(staff: Browser, token: str, fields: dict[str, str]) -> None:
    action = f"{path_of(token)}/answer"
    refused = staff.submit(action, fields, page=path_of(token), headers=HTMX)
    assert refused.status_code == 422
    assert refused.text.lstrip().startswith('<form id="sandbox-answer"')
    assert "field-error" in refused.text
    assert db.session.get_one(Sandbox, token).status == 200


def test_what_is_wrong_with_a_signature_is_said(
    client: Browser, admin: Browser, token: str
) -> None:
    hook = factories.make_hook(sandbox.sandbox_url(token), name="المتجر")
    stamp = str(int(now().timestamp()))
    client.post(path_of(token), data="{}", headers={"webhook-id": "msg_1"})
    client.post(path_of(token), data="{}", headers=signed("whsec_b3RoZXI=", stamp))
    client.post(path_of(token), data="{}", headers=signed(factories.SECRET, "1700000000"))
    client.post(path_of(token), data="{}", headers=signed(factories.SECRET, stamp))
    shown = read(admin.get(path_of(token)).text)
    for words in (
        "ينقصه الرؤوس: webhook-timestamp، webhook-signature",
        "وُقّع برمز آخر غير رمز أمان الخطاف",
        "قبل أكثر من خمس دقائق",
        "وُقّع برمز أمان الخطاف الحالي",
    ):
        assert words in shown.text
    assert f"/settings/webhooks/{hook.id}" in shown.links()


def signed(secret: str, timestamp: str) -> dict[str, str]:
    """The headers by which somebody with ``secret`` signs ``{}``."""
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": timestamp,
        "webhook-signature": sign([secret], "msg_1", int(timestamp), b"{}"),
    }


def test_a_new_hook_can_be_made_to_a_sandbox(staff: Browser, token: str) -> None:
    link = f"/settings/webhooks/new?url={quote(sandbox.sandbox_url(token), safe='/:')}"
    page = read(staff.get(path_of(token)).text)
    assert unquote(link) in map(unquote, page.links())
    form = read(staff.get(link).text)
    assert form.one("input", name="url")["value"] == sandbox.sandbox_url(token)
