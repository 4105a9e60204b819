"""A delivery that failed, in a browser: why, what is next, and what to send to whom."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Live
from tests.browser.steps import DESK, PHONE, call, deliveries, fits, make_hook, make_policy, sign_in
from tests.receiver import Answer, Receiver
from tests.waiting import until

ANSWER = '{"error": "total is missing", "كلمات": ["خطاف", "رسالة", "متجر"]}'


@pytest.fixture
def failed(live: Live, receiver: Receiver) -> dict[str, Any]:
    """A delivery that was refused, after one that was taken."""
    hook = make_hook(live, receiver, policy=make_policy(live, 0))
    (kind,) = hook["event_types"]
    publish(live, kind, {"id": 1, "total": 5})
    until(lambda: len(deliveries(live, hook, "delivered")) == 1)
    receiver.answer(Answer(422, {"content-type": "application/json"}, ANSWER.encode()))
    publish(live, kind, {"id": 2, "note": "متجر"})
    until(lambda: len(deliveries(live, hook, "undelivered")) == 1)
    return deliveries(live, hook, "undelivered")[0]


def publish(live: Live, kind: str, data: dict[str, Any]) -> None:
    """Publish one event."""
    call(live, "POST", "/events", json={"type": kind, "data": data})


def test_support_reads_why_compares_and_writes_to_the_receiver(
    page: Page, live: Live, failed: dict[str, Any], support: str
) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    sign_in(page, live, support)
    page.goto(f"{live.url}/deliveries/{failed['id']}")
    expect(page.get_by_role("heading", level=1)).to_contain_text("رفض النظام المستقبِل بعض القيم")
    expect(page.locator(".verdict")).to_contain_text("من يعالجها")
    compared = page.locator("#last-good")
    expect(compared).to_contain_text("total: كان في الناجح (رقم) وليس هنا.")
    expect(compared).to_contain_text("note: هنا وحده (نص).")

    page.locator("#letter summary").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#letter-text")).to_be_visible()
    page.get_by_role("button", name="نسخ الرسالة").click()
    expect(page.locator("#announce")).to_have_text("تم النسخ")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "total is missing" in copied
    assert "السلام عليكم" in copied

    page.get_by_role("button", name="نسخ الطلب أمرًا لـ curl").click()
    until(lambda: page.evaluate("navigator.clipboard.readText()").startswith("curl -X POST"))


def test_a_body_is_read_pretty_and_raw(page: Page, live: Live, failed: dict[str, Any]) -> None:
    sign_in(page, live)
    page.goto(f"{live.url}/deliveries/{failed['id']}")
    expect(page.locator(".attempt pre").first).to_contain_text("total is missing")
    page.locator(".attempt .raw-link a").first.click()
    assert page.locator("body").inner_text() == ANSWER


def test_without_scripts_all_of_it_is_there(
    bare_page: Page, live: Live, failed: dict[str, Any]
) -> None:
    sign_in(bare_page, live)
    bare_page.goto(f"{live.url}/deliveries/{failed['id']}")
    bare_page.locator("#letter summary").click()
    assert "total is missing" in bare_page.locator("#letter-text").input_value()
    bare_page.get_by_role("button", name="إعادة الإرسال").click()
    expect(bare_page.locator("#toasts")).to_contain_text("بدأت إعادة الإرسال")


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_texts_in_a_list_stand_in_their_order_and_keys_before_values(
    page: Page, live: Live, failed: dict[str, Any], size: dict[str, int]
) -> None:
    """By position, because neighbouring Arabic texts swap their places where nobody looks."""
    page.set_viewport_size(size)
    sign_in(page, live)
    page.goto(f"{live.url}/deliveries/{failed['id']}")
    shown = page.locator(".attempt pre").first
    words = json.loads(ANSWER)["كلمات"]
    places = [box(shown.locator("bdi", has_text=word)) for word in words]
    assert places == sorted(places, key=lambda place: place["y"])
    assert len({place["x"] for place in places}) == 1
    key, value = (box(shown.locator("bdi", has_text=text)) for text in ("error", "total is"))
    assert (key["y"], key["x"] < value["x"]) == (value["y"], True)
    assert fits(page)


def test_an_event_is_found_and_says_why_it_did_not_arrive(
    page: Page, live: Live, failed: dict[str, Any]
) -> None:
    sign_in(page, live)
    page.goto(f"{live.url}/events")
    expect(page.locator("[name=q]")).to_be_focused()
    page.keyboard.type(failed["id"])
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/events/{failed['event']}")
    verdict = page.locator(f".hook-verdict[data-id={failed['hook']}]")
    expect(verdict).to_contain_text("انتهت المحاولات")
    page.goto(f"{live.url}/events?q=unknown-key")
    expect(page.get_by_text("لم نعثر على حدث باسم")).to_be_visible()


def box(place: Any) -> dict[str, float]:
    """Where the first such element stands."""
    return place.first.bounding_box()
