"""One delivery: what happened, why, what comes next, and every attempt."""

import json
from collections.abc import Callable

import pytest

from portal.extensions import db
from portal.models import Account, Delivery
from portal.web.failures import FAILURES
from tests import factories
from tests.clients import Api, Browser
from tests.receiver import Answer, Receiver
from tests.web.html import HTMX, read

DATA = {"text": "السلام عليكم <b>", "n": 1.5}


@pytest.fixture
def failed(account: Account, receiver: Receiver, drain: Callable[[], int]) -> Delivery:
    """A delivery that has one failed attempt behind it."""
    receiver.answer(Answer(503, {"X-Kind": "bad"}, "مشغول <script>".encode()))
    hook = factories.make_hook(f"{receiver.url}?key=s3cret", headers={"X-Key": "hidden value"})
    event = factories.make_event(data=json.dumps(DATA, ensure_ascii=False))
    delivery = factories.make_delivery(hook, event)
    assert drain() == 1
    return db.session.get_one(Delivery, delivery.id)


def test_the_api_shows_every_attempt(api: Api, failed: Delivery, receiver: Receiver) -> None:
    shown = api.get(f"/deliveries/{failed.id}").json
    assert (shown["state"], shown["attempt_count"]) == ("waiting", 1)
    assert shown["last"]["status_code"] == 503
    [attempt] = shown["attempts"]
    [arrival] = receiver.wait_for(1)
    assert attempt["error"] == shown["last"]["error"] == "http_503"
    assert attempt["request"]["body"] == arrival.body.decode()
    assert attempt["request"]["headers"]["webhook-id"] == arrival.headers["webhook-id"]
    assert attempt["request"]["headers"]["X-Key"] == "••••••"
    assert attempt["response"]["body"] == "مشغول <script>"
    assert attempt["response"]["headers"]["x-kind"] == "bad"
    assert attempt["response"]["truncated"] is False
    assert attempt["duration_ms"] >= 0
    assert attempt["asked_by"] is None


def test_the_page_explains_the_failure_and_says_what_comes_next(
    admin: Browser, failed: Delivery
) -> None:
    page = read(admin.get(f"/deliveries/{failed.id}").text)
    assert "ستُعاد المحاولة" in page.text
    assert FAILURES["http_503"].title in page.text
    assert FAILURES["http_503"].meaning in page.text
    assert "المحاولة التالية" in page.text
    assert "مشغول <script>" in page.text
    assert "السلام عليكم <b>" in page.text
    assert not [script for script in page.all("script") if "src" not in script]
    assert not page.all("b")


def test_the_page_shows_no_secret_to_anybody(
    admin: Browser, support: Browser, failed: Delivery
) -> None:
    for browser in (admin, support):
        assert "hidden value" not in browser.get(f"/deliveries/{failed.id}").text
    assert "key=s3cret" in admin.get(f"/deliveries/{failed.id}").text
    assert "s3cret" not in support.get(f"/deliveries/{failed.id}").text


def test_an_attempt_without_an_answer_says_so(
    admin: Browser, api: Api, account: Account, drain: Callable[[], int]
) -> None:
    delivery = factories.make_delivery(factories.make_hook("http://127.0.0.1:1/"))
    drain()
    page = read(admin.get(f"/deliveries/{delivery.id}").text)
    assert "لم تصل استجابة." in page.text
    assert FAILURES["connection_refused"].title in page.text
    assert api.get(f"/deliveries/{delivery.id}").json["last"]["status_code"] is None


def test_every_state_has_its_own_words(admin: Browser, account: Account) -> None:
    hook = factories.make_hook(name="متجر النور")
    said = {
        "waiting": "الحدث في قائمة الانتظار إلى متجر النور.",
        "held": "الحدث محفوظ حتى تفعيل الخطاف متجر النور.",
        "delivered": "وصل الحدث إلى متجر النور.",
        "undelivered": "لم يصل الحدث إلى متجر النور.",
        "skipped": "تخطّى أحد المستخدمين هذا الحدث",
        "cancelled": "أُلغيت هذه العملية قبل اكتمالها.",
    }
    for state, sentence in said.items():
        delivery = factories.make_delivery(hook, state=state)
        page = read(admin.get(f"/deliveries/{delivery.id}").text)
        assert sentence in page.text
        assert page.one("div", id="delivery")["data-state"] == state


def test_every_failure_has_its_explanation(admin: Browser, account: Account) -> None:
    hook = factories.make_hook()
    for code in (*FAILURES, "http_418"):
        delivery = factories.make_delivery(hook, state="undelivered", last_error=code)
        answer = admin.get(f"/deliveries/{delivery.id}")
        assert answer.status_code == 200, code
        assert "{" not in answer.text.partition('id="delivery"')[2].partition("</dl>")[0], code


def test_a_page_that_moves_asks_again_until_it_is_finished(
    admin: Browser, account: Account
) -> None:
    hook = factories.make_hook()
    path = f"/deliveries/{factories.make_delivery(hook).id}"
    poll = read(admin.get(path).text).one("div", id="delivery")["hx-get"]
    assert admin.get(poll, headers=HTMX).status_code == 204
    changed = admin.get(poll.replace("seen=", "seen=old-"), headers=HTMX)
    assert changed.text.lstrip().startswith('<div id="delivery"')
    finished = factories.make_delivery(hook, state="delivered")
    page = read(admin.get(f"/deliveries/{finished.id}").text)
    assert "hx-get" not in page.one("div", id="delivery")


def test_unknown_deliveries_and_those_of_others_are_not_found(
    api: Api, outside_api: Api, admin: Browser, outsider: Browser, failed: Delivery
) -> None:
    assert outside_api.get(f"/deliveries/{failed.id}").status_code == 404
    assert api.get("/deliveries/dlv_nothing").status_code == 404
    for browser, name in ((outsider, failed.id), (admin, "dlv_nothing"), (admin, "متجر")):
        answer = browser.get(f"/deliveries/{name}")
        assert answer.status_code == 404
        assert "لم نعثر على هذه الصفحة" in read(answer.text).text
