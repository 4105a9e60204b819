"""مراقبة نقاط النهاية: what was last seen of each, and a look at one now."""

from datetime import timedelta

import pytest
from flask import Flask, render_template

from portal.extensions import db
from portal.models import Account, EndpointCheck, now
from portal.queries.watch import endpoint_of
from tests import factories
from tests.clients import Browser
from tests.receiver import Receiver
from tests.web.html import Page, read

PATH = "/watch"


def facts(app: Flask, url: str = "https://api.nour.example/hook", **columns: object) -> str:
    """What the hook's page says of its endpoint, of which ``columns`` were seen."""
    hook = factories.make_hook(url)
    if columns:
        factories.make_check(url, **columns)
    with app.test_request_context():
        seen = endpoint_of(hook, now())
        shown = render_template("watch/_facts.html", endpoint=seen, hook=hook, may_check=True)
    return read(shown).text


def listed(browser: Browser, **query: str) -> Page:
    return read(browser.get(PATH, query_string=query).text)


def test_a_certificate_is_told_with_the_day_on_which_it_ends(app: Flask, account: Account) -> None:
    ends = now().replace(hour=9) + timedelta(days=104)
    words = facts(app, expires_at=ends)
    assert f"صالحة حتى {ends.day} " in words
    assert "(بعد 104 أيام)" in words
    assert "أصدرتها Let's Encrypt" in words


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (
            {"expires_at": now() - timedelta(days=2), "error": "tls_expired"},
            "انتهت صلاحيتها قبل يومين",
        ),
        (
            {"error": "dns_failure", "addresses": [], "failing_since": now()},
            "لا يردّ عنوان لهذا الاسم",
        ),
        ({"addresses": ["203.0.113.7", "203.0.113.8"]}, "203.0.113.7، 203.0.113.8"),
        (
            {"addresses": ["203.0.113.7"], "earlier_addresses": ["192.0.2.1"], "moved_at": now()},
            "وكانت: 192.0.2.1",
        ),
        ({"connect_ms": 85, "times": [80] * 5}, "المعتاد 80 ملي ثانية"),
        ({"error": "connection_refused", "connect_ms": None}, "رفض الخادم الاتصال"),
        (
            {"error": "tls_hostname_mismatch", "names": ["www.other.example"]},
            "تخص: www.other.example",
        ),
        ({"error": "blocked_private_address", "addresses": []}, "لم تُفحص لأن العنوان غير مسموح به"),
    ],
)
def test_what_was_seen_is_said_in_words(
    app: Flask, account: Account, columns: dict[str, object], words: str
) -> None:
    assert words in facts(app, **columns)


def test_what_was_not_seen_yet_is_announced(app: Flask, account: Account) -> None:
    assert "لم تُفحص نقطة النهاية بعد." in facts(app)


def test_a_plain_endpoint_has_no_certificate(app: Flask, account: Account) -> None:
    assert "لا شهادة" in facts(app, "http://api.nour.example/", expires_at=None)


def test_a_sandbox_is_not_spoken_of(app: Flask, account: Account, environ: dict[str, str]) -> None:
    assert facts(app, f"{environ['PORTAL_BASE_URL']}/sandbox/abc") == ""


def test_the_time_of_real_attempts_stands_beside(app: Flask, account: Account) -> None:
    hook = factories.make_hook("https://api.nour.example/")
    factories.make_check()
    factories.make_rollups(hook, delivered=3, times=[210, 240, 270])
    seen = endpoint_of(hook, now())
    assert seen
    assert seen.response_ms == 250


def test_every_endpoint_is_listed_and_those_in_need_alone(
    support: Browser, account: Account, other_account: Account
) -> None:
    factories.make_check("https://good.example")
    factories.make_check("https://soon.example", expires_at=now() + timedelta(days=29))
    factories.make_check("https://away.example:8443", error="connection_refused")
    factories.make_check("https://slow.example", troubles=["slow"])
    factories.make_check("https://new.example", checked_at=None, expires_at=None)
    factories.make_check("https://other.example", account_id=other_account.id)
    everything = listed(support)
    assert len(everything.rows) == 5
    assert "تنتظر أول فحص" in everything.text
    assert "other.example" not in everything.text
    in_need = listed(support, state="attention")
    assert in_need.rows == [
        "https://slow.example:443",
        "https://away.example:8443",
        "https://soon.example:443",
    ]


def test_an_account_without_endpoints_reads_when_they_appear(staff: Browser) -> None:
    assert "لا نقاط نهاية تُراقب بعد." in listed(staff).text
    assert "لا تحتاج أي نقطة نهاية" in listed(staff, state="attention").text


def test_an_endpoint_names_the_hooks_that_send_to_it(staff: Browser, account: Account) -> None:
    hooks = [factories.make_hook("https://api.nour.example/") for _ in range(4)]
    factories.make_check(hook_ids=[hook.id for hook in hooks], hook_count=4)
    page = listed(staff)
    links = [link for link in page.links() if link.startswith("/settings/webhooks/hok_")]
    assert links == [f"/settings/webhooks/{hook.id}" for hook in hooks[:3]]
    assert "وخطاف واحد" in page.text


def test_an_endpoint_that_its_hook_has_left_is_not_listed(staff: Browser, account: Account) -> None:
    hook = factories.make_hook("https://new.example/")
    factories.make_check("https://old.example", hook_ids=[hook.id], hook_count=1)
    factories.make_check("https://new.example", hook_ids=[hook.id], hook_count=1)
    assert listed(staff).rows == ["https://new.example:443"]


@pytest.mark.parametrize("role", ["staff", "support"])
def test_whoever_asks_has_an_endpoint_looked_at_now(
    request: pytest.FixtureRequest, account: Account, receiver: Receiver, role: str
) -> None:
    browser: Browser = request.getfixturevalue(role)
    hook = factories.make_hook(f"{receiver.url}?key=s3cret")
    answer = browser.submit(f"{PATH}/{hook.id}/check", page="/notices")
    assert (answer.status_code, answer.location) == (303, PATH)
    page = browser.get(PATH).text
    assert "انتهى الفحص" in page
    assert "s3cret" not in page
    assert db.session.query(EndpointCheck).one().checked_at is not None
    assert receiver.arrivals == []
    again = browser.submit(f"{PATH}/{hook.id}/check", {"from": "hook"}, page=PATH)
    assert again.location == f"/settings/webhooks/{hook.id}#watch"
    assert "قبل لحظات" in browser.get(PATH).text


def test_a_hook_of_another_account_is_not_looked_at(outsider: Browser, account: Account) -> None:
    hook = factories.make_hook()
    answer = outsider.submit(f"{PATH}/{hook.id}/check", page="/settings/webhooks/new")
    assert answer.status_code == 404
    assert db.session.query(EndpointCheck).count() == 0


def test_a_deleted_hook_is_not_looked_at(staff: Browser, account: Account) -> None:
    hook = factories.make_hook()
    staff.submit(f"/settings/webhooks/{hook.id}/delete", {"reason": "طلب العميل"})
    assert staff.submit(f"{PATH}/{hook.id}/check", page="/notices").status_code == 404


def test_older_endpoints_are_a_page_away(staff: Browser, account: Account) -> None:
    for number in range(26):
        factories.make_check(f"https://host{number}.example")
    page = listed(staff)
    assert len(page.rows) == 25
    assert "host0.example" in staff.get(page.one("a", id="older")["href"]).text
