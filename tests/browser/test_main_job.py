"""The main job through a real browser: sign in, make a hook, publish, read the delivery."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Live
from tests.browser.steps import call, come_in, publish, sign_in
from tests.receiver import Receiver
from tests.waiting import until

HOOK_NAME = "رسائل المتجر | incoming_ms"


def state_of(live: Live, message_id: str) -> str:
    """The state of the delivery that was sent as ``message_id``."""
    return call(live, "GET", "/deliveries", params={"q": message_id})["items"][0]["state"]


def test_a_newcomer_sees_an_example_arrive_in_two_clicks(
    page: Page, live: Live, newcomer: str
) -> None:
    come_in(page, live, newcomer)
    page.get_by_role("link", name="خطافات الويب").click()
    page.get_by_role("button", name="جرّب الآن").click()
    expect(page.get_by_text("التوقيع صحيح")).to_be_visible()
    expect(page.locator("#sandbox .state[data-state=delivered]").first).to_be_visible()


def test_staff_make_a_hook_and_read_its_delivery(
    page: Page, live: Live, receiver: Receiver
) -> None:
    sign_in(page, live)
    page.goto(f"{live.url}/settings/webhooks/new")
    page.fill("[name=name]", HOOK_NAME)
    page.check("[value='message.received']")
    page.fill("[name=url]", receiver.url)
    page.get_by_role("button", name="إنشاء الخطاف").click()
    expect(page.locator("#new-secret")).to_have_text(re.compile("^whsec_"))

    publish(live, "مرحبًا من المتجر")
    (arrival,) = receiver.wait_for(1)
    assert arrival.json["data"] == {"text": "مرحبًا من المتجر"}
    until(lambda: state_of(live, arrival.headers["webhook-id"]) == "delivered")

    page.goto(f"{live.url}/deliveries")
    row = page.get_by_role("row").filter(has_text=HOOK_NAME)
    expect(row.locator(".state[data-state=delivered]")).to_be_visible()
    row.get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("وصل الحدث")
    data = page.locator("section[aria-labelledby=event-title] pre")
    expect(data).to_contain_text("مرحبًا من المتجر")


def test_wrong_input_is_answered_in_arabic_beside_its_field(page: Page, live: Live) -> None:
    sign_in(page, live)
    page.goto(f"{live.url}/settings/webhooks/new")
    page.fill("[name=url]", "ftp://files.example.com")
    page.get_by_role("button", name="إنشاء الخطاف").click()
    expect(page.locator("#name-error")).to_contain_text("هذا الحقل مطلوب")
    expect(page.locator("#event_types-error")).to_contain_text("اختر حدثًا واحدًا على الأقل")
    expect(page.locator("#url-error")).to_be_visible()


def test_a_hook_is_switched_in_place_and_deleted_after_a_question(
    page: Page, live: Live, receiver: Receiver
) -> None:
    sign_in(page, live)
    named = {"name": "للحذف", "url": receiver.url, "event_types": ["contact.created"]}
    hook = call(live, "POST", "/hooks", json=named)
    page.goto(f"{live.url}/settings/webhooks")
    row = page.locator(f"tr[data-id={hook['id']}]")
    row.get_by_role("switch").click()
    expect(row).to_have_attribute("data-state", "off")
    row.get_by_role("switch").click()
    expect(row).to_have_attribute("data-state", "on")

    row.locator("summary").click()
    row.get_by_role("link", name="حذف", exact=True).click()
    page.locator("#dialog").get_by_label("السبب").fill("انتهت التجربة")
    page.locator("#dialog").get_by_role("button", name="حذف نهائيًا").click()
    page.wait_for_url(f"{live.url}/settings/webhooks")
    expect(row).to_have_count(0)
