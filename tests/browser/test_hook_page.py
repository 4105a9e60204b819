"""The pages of a hook in a browser: its tabs, its secrets, a copy of it, how it signs."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect
from standardwebhooks import Webhook

from tests.browser.conftest import Live
from tests.browser.steps import (
    DESK,
    PHONE,
    call,
    fits,
    make_hook,
    publish,
    sign_in,
)
from tests.receiver import Receiver
from tests.waiting import until

PATH = "/settings/webhooks"
TABS = ["نظرة عامة", "سجل التسليم", "الإعدادات", "الأمان"]


def address(live: Live, hook: dict[str, Any], tab: str = "") -> str:
    """Where a page of ``hook`` is."""
    return f"{live.url}{PATH}/{hook['id']}{tab}"


def new_secret(page: Page) -> str:
    """The secret that the page shows once."""
    return page.locator("#new-secret").inner_text()


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_tabs_are_walked_by_keyboard(
    page: Page, live: Live, receiver: Receiver, size: dict[str, int]
) -> None:
    hook = make_hook(live, receiver)
    sign_in(page, live)
    page.set_viewport_size(size)
    page.goto(address(live, hook))
    tabs = page.get_by_role("navigation", name="صفحات الخطاف")
    for before, words in zip(TABS, TABS[1:], strict=False):
        tabs.get_by_role("link", name=before, exact=True).focus()
        page.keyboard.press("Tab")
        expect(tabs.get_by_role("link", name=words, exact=True)).to_be_focused()
        page.keyboard.press("Enter")
        current = tabs.locator("[aria-current=page]")
        expect(current).to_have_text(words)
        assert fits(page)


def test_the_list_and_the_page_say_how_a_hook_is_doing(
    page: Page, live: Live, receiver: Receiver, support: str
) -> None:
    receiver.answer(200)
    hook = make_hook(live, receiver)
    sign_in(page, live, support)
    row = page.locator(f"tr[data-id={hook['id']}]")
    page.goto(live.url + PATH)
    expect(row).to_contain_text("لم يُرسل شيء بعد")
    publish(live, "مرحبًا", hook["event_types"][0])
    receiver.wait_for(1)

    def works() -> bool:
        page.reload()
        return "يعمل: 1 من 1 خلال 24 ساعة" in row.inner_text()

    until(works)
    row.get_by_role("link", name=hook["name"]).click()
    expect(page.locator("#hook-facts")).to_contain_text("يعمل: 1 من 1 خلال 24 ساعة")
    expect(page.get_by_role("link", name="الأمان", exact=True)).to_have_count(0)


def test_a_secret_is_rotated_with_an_overlap_and_the_old_one_ended(
    page: Page, live: Live, receiver: Receiver, staff: str
) -> None:
    hook = make_hook(live, receiver)
    sign_in(page, live, staff)
    page.goto(address(live, hook, "/security"))
    page.get_by_role("radio", name="مدة أخرى").check()
    page.get_by_label("عدد الساعات").fill("٩٩٩")
    page.get_by_role("button", name="تبديل رمز الأمان").click()
    expect(page.locator("#hours-error")).to_contain_text("من 0 إلى 168")
    page.get_by_role("radio", name="3 أيام").check()
    page.get_by_role("button", name="تبديل رمز الأمان").click()
    expect(page.locator("#new-secret")).to_be_visible()
    secret = new_secret(page)
    rows = page.locator(".secrets-table tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("الحالي")
    expect(rows.nth(1)).to_contain_text("ينتهي خلال 3 أيام")

    publish(live, "بالرمزين", hook["event_types"][0])
    (arrival,) = receiver.wait_for(1)
    for known in (secret, hook["secret"]):
        Webhook(known).verify(arrival.body, dict(arrival.headers.items()))

    def both_are_used() -> bool:
        page.reload()
        return "لم يُستخدم بعد" not in page.locator(".secrets-table").inner_text()

    until(both_are_used)
    expect(page.locator("#new-secret")).to_have_count(0)
    page.get_by_role("link", name="إنهاء الآن").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("سيرفض طلباتنا")
    dialog.get_by_role("button", name="إنهاء الرمز الآن").click()
    expect(rows.nth(1)).to_contain_text("انتهى")
    expect(rows.nth(1)).to_contain_text("مُحي")


def test_a_secret_of_ones_own_is_rotated_to_without_scripts(
    bare_page: Page, live: Live, receiver: Receiver
) -> None:
    hook = make_hook(live, receiver)
    sign_in(bare_page, live)
    bare_page.set_viewport_size(PHONE)
    bare_page.goto(address(live, hook, "/security"))
    bare_page.get_by_label("رمز الأمان الجديد").fill("رمز اتفقنا عليه معًا")
    bare_page.get_by_role("radio", name="دون تداخل").check()
    bare_page.get_by_role("button", name="تبديل رمز الأمان").click()
    assert new_secret(bare_page) == "رمز اتفقنا عليه معًا"
    assert fits(bare_page)
    rows = bare_page.locator(".secrets-table tbody tr")
    expect(rows.nth(1)).to_contain_text("انتهى")


def test_a_hook_is_copied_and_saved_only_when_told_to(
    page: Page, live: Live, receiver: Receiver
) -> None:
    hook = make_hook(live, receiver, headers={"X-Source": "khuttaf"})
    sign_in(page, live)
    page.goto(live.url + PATH)
    row = page.locator(f"tr[data-id={hook['id']}]")
    row.locator("summary").click()
    row.get_by_role("link", name="إنشاء نسخة").click()
    name = f"{hook['name']} (نسخة)"
    expect(page.get_by_label("الاسم")).to_have_value(name)
    expect(page.get_by_role("switch", name="مفعّل")).not_to_be_checked()
    assert call(live, "GET", "/hooks", params={"q": name})["items"] == []
    page.get_by_role("button", name="إنشاء الخطاف").click()
    expect(page.locator("#new-secret")).to_be_visible()
    assert new_secret(page) != hook["secret"]
    (copy,) = call(live, "GET", "/hooks", params={"q": name})["items"]
    same = ("url", "event_types", "headers", "policy", "signature")
    assert [copy[key] for key in same] == [hook[key] for key in same]
    assert copy["state"] == "off"


def test_another_way_of_signing_is_chosen_and_its_public_key_shown(
    page: Page, live: Live, receiver: Receiver
) -> None:
    hook = make_hook(live, receiver)
    sign_in(page, live)
    page.goto(address(live, hook, "/edit"))
    expect(page.get_by_text("يستبدل رمز الأمان فور الحفظ")).to_be_visible()
    page.get_by_role("radio", name="مفتاح عام").check()
    page.get_by_role("button", name="حفظ التغييرات").click()
    page.wait_for_url(address(live, hook, "/security"))
    expect(page.get_by_role("heading", name="المفتاح العام الجديد")).to_be_visible()
    shown = call(live, "GET", f"/hooks/{hook['id']}")
    assert (shown["signature"], shown["public_key"]) == ("ed25519", new_secret(page))
    publish(live, "بمفتاح", hook["event_types"][0])
    (arrival,) = receiver.wait_for(1)
    assert arrival.headers["webhook-signature"].startswith("v1a,")
