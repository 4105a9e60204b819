"""صندوق التجربة: what arrives is seen live, and it answers slowly or with an error when told to."""

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


def open_sandbox(page: Page, live: Live) -> str:
    """The address of a sandbox that was made from the list."""
    page.goto(f"{live.url}/sandbox")
    page.get_by_role("button", name="صندوق").first.click()
    page.wait_for_url(f"{live.url}/sandbox/*")
    return page.url


def test_any_hook_can_point_to_a_sandbox_that_is_slow_and_fails(
    page: Page, live: Live, receiver: Receiver
) -> None:
    sign_in(page, live)
    url = open_sandbox(page, live)
    page.get_by_label("رمز الحالة").select_option("500")
    page.get_by_label("التأخير بالثواني").fill("1")
    page.get_by_role("button", name="حفظ").click()
    expect(page.get_by_text("ويجيب الصندوق هكذا من الآن")).to_be_visible()
    hook = make_hook(live, receiver, policy=make_policy(live, 0), url=url)
    publish(live, "إلى الصندوق", hook["event_types"][0])
    arrived = page.locator("#sandbox article")
    expect(arrived.get_by_text("التوقيع صحيح")).to_be_visible()
    expect(arrived).to_contain_text("إلى الصندوق")
    expect(arrived).to_contain_text("التأخير: ثانية واحدة")
    # The page is live: what became of the delivery comes by itself.
    expect(arrived.locator(".state[data-state=undelivered]")).to_be_visible()
    until(lambda: len(deliveries(live, hook, "undelivered")) == 1)
    (delivery,) = deliveries(live, hook)
    attempt = call(live, "GET", f"/deliveries/{delivery['id']}")["attempts"][0]
    assert attempt["status_code"] == 500
    assert attempt["duration_ms"] >= 1000
    for size in (PHONE, DESK):
        page.set_viewport_size(size)
        assert fits(page)
    page.goto(f"{live.url}/sandbox")
    page.set_viewport_size(PHONE)
    assert fits(page)


def test_a_sandbox_is_told_how_to_answer_without_scripts(bare_page: Page, live: Live) -> None:
    sign_in(bare_page, live)
    open_sandbox(bare_page, live)
    bare_page.get_by_label("التأخير بالثواني").fill("99")
    bare_page.get_by_role("button", name="حفظ").click()
    expect(bare_page.locator("#delay_seconds-error")).to_be_visible()
    bare_page.get_by_label("التأخير بالثواني").fill("٣")
    bare_page.get_by_role("button", name="حفظ").click()
    expect(bare_page.get_by_label("التأخير بالثواني")).to_have_value("3")
