"""A key is made for one thing, shown once, and worth nothing once it is revoked."""

import requests
from playwright.sync_api import Page, expect

from tests.browser.conftest import Live
from tests.browser.steps import sign_in


def asked(live: Live, key: str, method: str, path: str) -> int:
    """The status of a request with ``key``."""
    headers = {"Authorization": f"Bearer {key}"}
    url = f"{live.url}/api/v1{path}"
    return requests.request(method, url, headers=headers, json={}, timeout=10).status_code


def test_a_key_for_reading_alone_is_made_shown_once_and_revoked(page: Page, live: Live) -> None:
    sign_in(page, live)
    page.goto(f"{live.url}/settings/api-keys")
    page.get_by_label("اسم المفتاح").fill("شاشة التقارير")
    page.get_by_text("الصلاحيات ومدة المفتاح وحدوده").click()
    page.get_by_role("radio", name="قراءة فقط").check()
    page.get_by_role("combobox", name="الصلاحية", exact=True).select_option("90")
    page.get_by_role("button", name="إنشاء مفتاح").click()
    key = page.locator("#new-key").inner_text()
    page.goto(f"{live.url}/settings/api-keys")
    assert key not in page.content()
    assert (asked(live, key, "GET", "/hooks"), asked(live, key, "POST", "/hooks")) == (200, 403)
    page.goto(f"{live.url}/settings/api-keys")
    row = page.get_by_role("row").filter(has_text="شاشة التقارير")
    expect(row).to_contain_text("قراءة")
    expect(row).to_contain_text("127.0.0.1")
    row.get_by_text("إلغاء المفتاح", exact=True).click()
    row.get_by_label("السبب").fill("انتهى المشروع")
    row.get_by_role("button", name="إلغاء المفتاح نهائيًا").click()
    expect(page.locator("#toasts")).to_contain_text("تم إلغاء المفتاح")
    assert asked(live, key, "GET", "/hooks") == 401


def test_without_keys_the_cards_of_the_page_do_not_touch(
    page: Page, live: Live, newcomer: str
) -> None:
    sign_in(page, live, newcomer)
    page.goto(f"{live.url}/settings/api-keys")
    empty = page.locator(".empty").bounding_box()
    below = page.locator("section[aria-labelledby=how-title]").bounding_box()
    assert empty
    assert below
    assert below["y"] - empty["y"] - empty["height"] >= 12
