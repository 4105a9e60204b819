"""إعادة الإرسال in a browser: asked about, started, followed, paused, resumed and cancelled."""

from threading import Event
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Live
from tests.browser.steps import (
    DESK,
    PHONE,
    deliveries,
    fits,
    is_dark,
    lose,
    make_hook,
    publish,
    sign_in,
)
from tests.receiver import Answer, Receiver
from tests.waiting import until

START = "ابدأ إعادة الإرسال"


def figures(page: Page) -> list[str]:
    """What arrived, what failed, what is left, and the sum, as the page of a resend shows them."""
    return page.locator(".resend-figures dd").all_inner_texts()


def expect_state(page: Page, state: str) -> None:
    """Wait until the page of a resend says by itself that it is in ``state``."""
    expect(page.locator(f"#resend[data-state={state}]")).to_be_visible()


def expect_figures(page: Page, *expected: int) -> None:
    """Wait until the page of a resend shows these figures."""
    expect(page.locator(".resend-figures dd")).to_have_text([str(one) for one in expected])


def start(page: Page, live: Live, hook: dict[str, Any]) -> None:
    """Begin to send everything of ``hook`` again, and land on the page of that."""
    page.goto(f"{live.url}/resends/new?hook={hook['id']}")
    page.get_by_role("button", name=START).click()
    expect(page.locator("#resend")).to_be_visible()


def test_support_chooses_some_of_the_log_and_sends_those_again(
    page: Page, live: Live, receiver: Receiver, support: str
) -> None:
    hook = lose(live, receiver, 3)
    before = len(receiver.arrivals)
    sign_in(page, live, support)
    page.goto(f"{live.url}/deliveries?hook={hook['id']}")
    boxes = page.get_by_role("checkbox", name="تحديد عملية التسليم")
    expect(boxes).to_have_count(3)
    for place in (0, 2):
        boxes.nth(place).check()
    page.get_by_role("button", name="إعادة إرسال المحدد").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("إعادة الإرسال: عمليتا تسليم")
    assert len(receiver.arrivals) == before
    page.get_by_role("button", name=START).click()
    expect_state(page, "done")
    expect(page.get_by_text("المحدد من السجل: عمليتا تسليم")).to_be_visible()
    assert len(receiver.arrivals) == before + 2
    assert len(deliveries(live, hook, "undelivered")) == 1


def test_nothing_chosen_is_said_and_sends_nothing(
    page: Page, live: Live, receiver: Receiver
) -> None:
    hook = lose(live, receiver, 1)
    sign_in(page, live)
    page.goto(f"{live.url}/deliveries?hook={hook['id']}")
    page.get_by_role("button", name="إعادة إرسال المحدد").click()
    expect(page.get_by_text("لم تحدد أي عملية.")).to_be_visible()
    expect(page.get_by_role("button", name=START)).to_have_count(0)


def test_all_that_a_filter_means_is_counted_sent_and_followed_to_its_end(
    page: Page, live: Live, receiver: Receiver
) -> None:
    hook = lose(live, receiver, 6)
    publish(live, "وصل", hook["event_types"][0])
    until(lambda: deliveries(live, hook, "delivered"))
    before, held = len(receiver.arrivals), Event()
    receiver.answer(Answer(hold=held), 200)
    sign_in(page, live)
    page.goto(f"{live.url}/deliveries")
    page.get_by_role("combobox", name="الخطاف").first.select_option(hook["id"])
    page.get_by_role("combobox", name="الحالة").select_option("undelivered")
    expect(page.locator("#selection tbody tr")).to_have_count(6)
    page.get_by_role("link", name="إعادة إرسال كل ما يطابق").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("إعادة الإرسال: 6 عمليات تسليم")
    expect(page.get_by_text(f"الخطاف: {hook['name']}")).to_be_visible()
    expect(page.get_by_text("الحالة: غير مُسلَّمة")).to_be_visible()
    assert len(receiver.arrivals) == before

    page.get_by_role("button", name=START).click()
    expect_state(page, "probing")
    expect_figures(page, 0, 0, 6, 6)
    page.evaluate("window.isTheSamePage = true")
    receiver.wait_for(before + 1)
    held.set()
    expect_state(page, "done")
    expect_figures(page, 6, 0, 0, 6)
    expect(page.get_by_role("heading", level=1)).to_have_text("اكتملت إعادة الإرسال.")
    bar = page.get_by_role("progressbar")
    expect(bar).to_have_attribute("aria-valuetext", "وصل 6 وفشل 0 من 6")
    # It looked again by itself as long as there was something to see, and no longer.
    assert page.evaluate("window.isTheSamePage")
    assert page.locator("#resend").get_attribute("hx-get") is None
    assert len(receiver.arrivals) == before + 6


def test_it_is_paused_goes_on_with_a_probe_and_is_cancelled(
    page: Page, live: Live, receiver: Receiver
) -> None:
    hook = lose(live, receiver, 5)
    before, first, second = len(receiver.arrivals), Event(), Event()
    receiver.answer(Answer(hold=first), Answer(hold=second), 200)
    sign_in(page, live)
    start(page, live, hook)
    receiver.wait_for(before + 1)
    page.get_by_role("button", name="إيقاف مؤقت").click()
    expect_state(page, "paused")
    expect(page.get_by_text("ما خرج للإرسال يكتمل: عملية تسليم واحدة.")).to_be_visible()
    first.set()
    expect_figures(page, 1, 0, 4, 5)
    expect_state(page, "paused")
    assert len(receiver.arrivals) == before + 1

    page.get_by_role("button", name="استئناف الإرسال").click()
    expect_state(page, "probing")
    receiver.wait_for(before + 2)
    page.get_by_role("button", name="إلغاء إعادة الإرسال").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("لن تُرسل العمليات المتبقية.")
    dialog.get_by_role("button", name="إلغاء إعادة الإرسال").click()
    expect_state(page, "cancelled")
    second.set()
    expect_figures(page, 2, 0, 3, 5)
    expect(page.get_by_text("لم تُرسل", exact=True)).to_be_visible()
    for name in ("إيقاف مؤقت", "استئناف الإرسال", "إلغاء إعادة الإرسال"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    assert len(receiver.arrivals) == before + 2
    assert len(deliveries(live, hook, "undelivered")) == 3


def test_one_that_meets_failures_stops_by_itself_says_why_and_can_go_on(
    page: Page, live: Live, receiver: Receiver
) -> None:
    hook = lose(live, receiver, 4)
    before = len(receiver.arrivals)
    receiver.answer(500)
    sign_in(page, live)
    start(page, live, hook)
    expect_state(page, "stopped")
    title = "توقفت إعادة الإرسال تلقائيًا: خطأ داخلي في النظام المستقبِل."
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    expect(page.get_by_text("عاد الفشل، فأوقفنا الإرسال حتى لا يتكرر.")).to_be_visible()
    expect_figures(page, 0, 1, 3, 4)
    assert len(receiver.arrivals) == before + 1

    receiver.answer(200)
    page.get_by_role("button", name="استئناف الإرسال").click()
    expect_state(page, "done")
    expect_figures(page, 3, 1, 0, 4)


def test_where_nothing_matches_nothing_can_be_started(
    page: Page, live: Live, receiver: Receiver
) -> None:
    hook = make_hook(live, receiver)
    sign_in(page, live)
    page.goto(f"{live.url}/deliveries?hook={hook['id']}")
    expect(page.get_by_text("لا نتائج مطابقة.")).to_be_visible()
    expect(page.get_by_role("link", name="إعادة إرسال كل ما يطابق")).to_have_count(0)
    page.goto(f"{live.url}/resends/new?hook={hook['id']}")
    title = "لا عمليات تسليم لإعادة إرسالها"
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    expect(page.get_by_role("button", name=START)).to_have_count(0)
    page.get_by_role("link", name="العودة إلى السجل").click()
    page.wait_for_url(f"{live.url}/deliveries?hook={hook['id']}")


def test_without_scripts_it_is_started_and_followed_by_loading_the_page_again(
    bare_page: Page, live: Live, receiver: Receiver
) -> None:
    hook = lose(live, receiver, 2)
    sign_in(bare_page, live)
    start(bare_page, live, hook)

    def is_done() -> bool:
        bare_page.reload()
        return bare_page.locator("#resend[data-state=done]").count() == 1

    until(is_done)
    assert figures(bare_page) == ["2", "0", "0", "2"]


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_the_pages_fit_any_width_and_the_dark(
    page: Page, live: Live, receiver: Receiver, size: dict[str, int]
) -> None:
    hook = lose(live, receiver, 2)
    receiver.answer(500)
    sign_in(page, live)
    page.set_viewport_size(size)

    def looks_well() -> bool:
        page.emulate_media(color_scheme="light")
        is_light = not is_dark(page)
        page.emulate_media(color_scheme="dark")
        return fits(page) and is_light and is_dark(page)

    for path in ("/deliveries", "/resends/new"):
        page.goto(f"{live.url}{path}?hook={hook['id']}")
        assert looks_well(), path
    start(page, live, hook)
    expect_state(page, "stopped")
    assert looks_well()
