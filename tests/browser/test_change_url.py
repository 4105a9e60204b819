"""تغيير الرابط in a browser: tried with real events, switched, and back when it fails."""

from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import Live
from tests.browser.steps import (
    DESK,
    PHONE,
    call,
    deliveries,
    fits,
    make_hook,
    make_policy,
    publish,
    sign_in,
)
from tests.receiver import Receiver
from tests.waiting import until


def is_blamed(page: Page, live: Live, hook: dict[str, Any]) -> bool:
    """Whether the hook's page says that its failures began with the change of its address."""
    page.goto(f"{live.url}/settings/webhooks/{hook['id']}")
    return page.get_by_text("بدأ الفشل بعد تغيير الرابط").is_visible()


def test_a_new_address_is_tried_taken_and_left_when_it_fails(
    page: Page, live: Live, receiver: Receiver
) -> None:
    hook = make_hook(live, receiver, policy=make_policy(live, 0))
    for place in range(2):
        publish(live, f"حدث {place}", hook["event_types"][0])
    until(lambda: len(deliveries(live, hook, "delivered")) == 2)
    sign_in(page, live)
    page.goto(f"{live.url}/settings/webhooks/{hook['id']}")
    page.get_by_role("link", name="الإعدادات", exact=True).click()
    page.get_by_role("link", name="جرّب الرابط الجديد بأحداث حقيقية أولًا").click()
    page.get_by_label("الرابط الجديد").fill(f"{receiver.url}/new")
    page.get_by_role("button", name="جرّب الرابط الجديد").click()
    comparison = page.locator("#comparison")
    expect(comparison).to_contain_text("وصل إلى الرابط الجديد 2 من 2")
    expect(comparison.locator("tbody tr")).to_have_count(2)
    for size in (PHONE, DESK):
        page.set_viewport_size(size)
        assert fits(page)
    page.get_by_label("السبب").fill("انتقل النظام")
    page.get_by_role("button", name="بدّل إلى الرابط الجديد").click()
    expect(page.get_by_text("تم تبديل الرابط")).to_be_visible()
    assert call(live, "GET", f"/hooks/{hook['id']}")["url"] == f"{receiver.url}/new"

    receiver.answer(500)
    publish(live, "لا يصل", hook["event_types"][0])
    until(lambda: len(deliveries(live, hook, "undelivered")) == 1)
    # How a hook does is written down a moment after the outcome.
    until(lambda: is_blamed(page, live, hook))
    page.get_by_role("button", name="الرجوع إلى الرابط السابق").click()
    expect(page.get_by_text("رجع الخطاف إلى رابطه السابق")).to_be_visible()
    assert call(live, "GET", f"/hooks/{hook['id']}")["url"] == receiver.url


def test_an_address_that_fails_is_taken_only_after_a_question(
    page: Page, live: Live, receiver: Receiver
) -> None:
    hook = make_hook(live, receiver)
    sign_in(page, live)
    page.goto(f"{live.url}/settings/webhooks/{hook['id']}/url")
    page.get_by_label("الرابط الجديد").fill("http://127.0.0.1:9/hook")
    page.get_by_role("button", name="جرّب الرابط الجديد").click()
    expect(page.locator("#comparison")).to_contain_text("رفض الخادم الاتصال")
    page.get_by_label("السبب").fill("انتقل النظام")
    page.get_by_role("button", name="بدّل إلى الرابط الجديد").click()
    page.locator("#dialog").get_by_role("button", name="إلغاء").click()
    assert call(live, "GET", f"/hooks/{hook['id']}")["url"] == receiver.url


def test_it_is_tried_and_switched_without_scripts(
    bare_page: Page, live: Live, receiver: Receiver
) -> None:
    hook = make_hook(live, receiver)
    sign_in(bare_page, live)
    bare_page.goto(f"{live.url}/settings/webhooks/{hook['id']}/url")
    bare_page.get_by_label("الرابط الجديد").fill(f"{receiver.url}/new")
    bare_page.get_by_role("button", name="جرّب الرابط الجديد").click()
    bare_page.get_by_label("السبب").fill("انتقل النظام")
    bare_page.get_by_role("button", name="بدّل إلى الرابط الجديد").click()
    bare_page.get_by_role("button", name="الرجوع إلى الرابط السابق").click()
    assert call(live, "GET", f"/hooks/{hook['id']}")["url"] == receiver.url
