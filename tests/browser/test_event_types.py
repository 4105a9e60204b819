"""أنواع الأحداث in a browser: read, added with what was wrong corrected, at any width."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Live
from tests.browser.steps import (
    DESK,
    PHONE,
    call,
    come_in,
    fits,
    is_dark,
    make_hook,
    publish,
    sign_in,
)
from tests.receiver import Receiver


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "bare"])
def test_a_type_is_added_after_its_example_was_corrected(
    request: pytest.FixtureRequest, live: Live, scripts: bool
) -> None:
    page: Page = request.getfixturevalue("page" if scripts else "bare_page")
    key = f"browser.added_{'with' if scripts else 'without'}"
    come_in(page, live)
    page.get_by_role("link", name="أنواع الأحداث").click()
    page.get_by_role("link", name="أضف نوعًا").click()
    page.get_by_label("المفتاح").fill(key)
    page.get_by_label("الاسم", exact=True).fill("شُحن الطلب")
    page.get_by_label("مثال على البيانات").fill('{"order": ')
    page.get_by_role("button", name="إضافة النوع").click()
    expect(page.locator("#example-error")).to_contain_text("السطر 1")
    page.get_by_label("مثال على البيانات").fill('{"order": {"حالة": "شُحن"}}')
    page.get_by_role("button", name="إضافة النوع").click()
    expect(page.get_by_role("heading", name="شُحن الطلب")).to_be_visible()
    expect(page.get_by_text("لا يشترك فيه أي خطاف")).to_be_visible()
    assert call(live, "GET", f"/event-types/{key}")["example"] == {"order": {"حالة": "شُحن"}}


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_the_pages_of_types_and_events_fit_any_width_and_the_dark(
    page: Page, live: Live, receiver: Receiver, size: dict[str, int]
) -> None:
    never = {"all": [{"left": "data.text", "op": "eq", "right": "طويل" * 60}]}
    hook = make_hook(live, receiver, filter=never, description="و" * 300)
    [kind] = hook["event_types"]
    publish(live, "نص" * 400, kind)
    sign_in(page, live)
    page.set_viewport_size(size)
    made = call(live, "POST", "/events", json={"type": kind, "data": {"text": "و" * 900}})
    shown = (
        "/settings/event-types",
        f"/settings/event-types/{kind}",
        f"/settings/event-types/{kind}/edit",
        f"/events/{made['id']}",
    )
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for path in shown:
            page.goto(f"{live.url}{path}")
            page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
            assert fits(page), path
            assert is_dark(page) == (scheme == "dark")
    verdict = page.locator(f".hook-verdict[data-id='{hook['id']}']")
    expect(verdict).to_have_attribute("data-state", "filter")
    expect(verdict).to_contain_text("لم تتحقق شروط الإرسال")
