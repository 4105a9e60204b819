"""شروط الإرسال in a browser: chosen, tried on what came, saved, and followed."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Live
from tests.browser.steps import (
    DESK,
    PHONE,
    call,
    deliveries,
    fits,
    is_dark,
    make_hook,
    sign_in,
)
from tests.receiver import Receiver


def publish(live: Live, kind: str, *totals: object) -> None:
    """Publish an event of ``kind`` for each of ``totals``."""
    for total in totals:
        call(live, "POST", "/events", json={"type": kind, "data": {"order": {"total": total}}})


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "bare"])
def test_conditions_are_chosen_tried_saved_and_followed(
    request: pytest.FixtureRequest, live: Live, receiver: Receiver, scripts: bool
) -> None:
    page: Page = request.getfixturevalue("page" if scripts else "bare_page")
    hook = make_hook(live, receiver)
    [kind] = hook["event_types"]
    publish(live, kind, 50, 150, {"no": "number"})
    sign_in(page, live)
    page.goto(f"{live.url}/settings/webhooks/{hook['id']}")
    page.get_by_role("link", name="أضف شروطًا").click()
    page.get_by_label("المتغيّر", exact=True).select_option("data.order.total")
    page.get_by_label("عامل المقارنة").select_option("gt")
    page.get_by_label("القيمة", exact=True).fill("١٠٠")
    page.get_by_role("button", name="جرّب على آخر الأحداث").click()
    expect(page.locator("#effect")).to_contain_text("يُرسل منها: 1، ولا يُرسل: 2")
    page.locator("#effect .judged[data-state='error'] summary").click()
    expect(page.locator("#effect")).to_contain_text("لا تُقارن هذه القيمة")
    page.get_by_role("button", name="حفظ الشروط").last.click()
    page.wait_for_url(re.compile(r"/webhooks/hok_\w+$"))
    expect(page.locator(".rule-sentence")).to_contain_text("كان data.order.total أكبر من «١٠٠»")
    publish(live, kind, 99, 101)
    # Three came before there was a filter.
    assert len(deliveries(live, hook)) == 4


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_the_page_fits_any_width_and_the_dark(
    page: Page, live: Live, receiver: Receiver, size: dict[str, int]
) -> None:
    path = "data." + "a.very.long.path.that.goes.on." * 8 + "end"
    when: dict = {"all": [{"left": path, "op": "eq", "right": "ط" * 200}]}
    for _ in range(5):
        when = {"any": [when, {"left": path, "op": "between", "right": [1, 2]}]}
    hook = make_hook(live, receiver, filter=when)
    publish(live, hook["event_types"][0], "ط" * 300)
    sign_in(page, live)
    page.set_viewport_size(size)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.goto(f"{live.url}/settings/webhooks/{hook['id']}/filter")
        page.get_by_role("button", name="جرّب على آخر الأحداث").click()
        page.locator("#effect summary").first.click()
        assert fits(page)
        assert is_dark(page) == (scheme == "dark")
        page.goto(f"{live.url}/settings/webhooks/{hook['id']}")
        assert fits(page)
