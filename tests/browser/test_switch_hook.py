"""The switch of a hook in a browser: whoever turns it on is asked about what is held."""

from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Live
from tests.browser.steps import PHONE, call, deliveries, fits, make_hook, publish, sign_in
from tests.receiver import Receiver
from tests.waiting import until

PATH = "/settings/webhooks"


def hold(live: Live, receiver: Receiver, number: int = 3) -> dict[str, Any]:
    """A hook that is off and for which so many deliveries are held."""
    hook = make_hook(live, receiver, enabled=False)
    for place in range(number):
        publish(live, f"حدث {place}", hook["event_types"][0])
    return hook


def row(page: Page, hook: dict[str, Any]) -> Locator:
    """The row of ``hook`` in the list."""
    return page.locator(f"tr[data-id={hook['id']}]")


def states(live: Live, hook: dict[str, Any]) -> set[str]:
    """The states of all that ``hook`` is owed."""
    return {one["state"] for one in deliveries(live, hook)}


def is_on(live: Live, hook: dict[str, Any]) -> bool:
    """Whether ``hook`` is on."""
    return call(live, "GET", f"/hooks/{hook['id']}")["enabled"]


def test_switching_on_says_how_many_are_held_and_sends_them_when_told_to(
    page: Page, live: Live, receiver: Receiver, staff: str
) -> None:
    hook = hold(live, receiver)
    sign_in(page, live, staff)
    page.goto(live.url + PATH)
    expect(row(page, hook)).to_contain_text("محفوظ: 3 عمليات تسليم")
    row(page, hook).get_by_role("switch").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("العدد: 3 عمليات تسليم.")
    assert receiver.arrivals == []
    dialog.get_by_role("button", name="تفعيل وإرسال المحفوظ").click()
    expect(page.get_by_text("وبدأ إرسال العمليات المحفوظة")).to_be_visible()
    expect(row(page, hook)).to_have_attribute("data-state", "on")
    receiver.wait_for(3)
    until(lambda: states(live, hook) == {"delivered"})


def test_what_is_held_is_skipped_when_told_to_and_kept_when_the_question_is_left(
    page: Page, live: Live, receiver: Receiver
) -> None:
    hook = hold(live, receiver)
    sign_in(page, live)
    page.set_viewport_size(PHONE)
    page.goto(live.url + PATH)
    assert fits(page)
    row(page, hook).get_by_role("switch").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("link", name="إلغاء").click()
    expect(dialog).to_be_hidden()
    assert states(live, hook) == {"held"}
    row(page, hook).get_by_role("switch").click()
    dialog.get_by_role("button", name="تفعيل وتخطّي المحفوظ").click()
    expect(row(page, hook)).to_have_attribute("data-state", "on")
    assert states(live, hook) == {"skipped"}
    assert receiver.arrivals == []


def test_a_tab_grown_old_asks_too(page: Page, live: Live, receiver: Receiver) -> None:
    hook = make_hook(live, receiver)
    sign_in(page, live)
    page.goto(live.url + PATH)
    row(page, hook).get_by_role("switch").click()
    expect(row(page, hook)).to_have_attribute("data-state", "off")
    publish(live, "بعد الإيقاف", hook["event_types"][0])
    row(page, hook).get_by_role("switch").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("العدد: عملية تسليم واحدة.")
    assert not is_on(live, hook)
    dialog.get_by_role("link", name="إلغاء").click()
    # The row waits for nothing: it may be used again.
    expect(row(page, hook)).not_to_have_attribute("aria-busy", "true")
    row(page, hook).get_by_role("switch").click()
    dialog.get_by_role("button", name="تفعيل وإرسال المحفوظ").click()
    receiver.wait_for(1)


def test_the_form_of_a_hook_saves_the_rest_and_asks(
    page: Page, live: Live, receiver: Receiver
) -> None:
    hook = hold(live, receiver, 1)
    sign_in(page, live)
    page.goto(f"{live.url}{PATH}/{hook['id']}/edit")
    page.get_by_label("الوصف").fill("وصف جديد")
    page.get_by_role("switch", name="مفعّل").check()
    page.get_by_role("button", name="حفظ التغييرات").click()
    page.wait_for_url(f"{live.url}{PATH}/{hook['id']}/switch")
    expect(page.get_by_text("حُفظت التغييرات.")).to_be_visible()
    expect(page.locator("#switch-on")).to_contain_text("العدد: عملية تسليم واحدة.")
    assert call(live, "GET", f"/hooks/{hook['id']}")["description"] == "وصف جديد"
    assert states(live, hook) == {"held"}
    page.get_by_role("button", name="تفعيل وإرسال المحفوظ").click()
    receiver.wait_for(1)


def test_without_scripts_the_question_is_a_page(
    bare_page: Page, live: Live, receiver: Receiver
) -> None:
    hook = make_hook(live, receiver, enabled=False)
    sign_in(bare_page, live)
    bare_page.goto(live.url + PATH)
    publish(live, "بعد فتح الصفحة", hook["event_types"][0])
    row(bare_page, hook).get_by_role("switch").click()
    bare_page.wait_for_url(f"{live.url}{PATH}/{hook['id']}/switch")
    bare_page.get_by_role("button", name="تفعيل وتخطّي المحفوظ").click()
    expect(row(bare_page, hook)).to_have_attribute("data-state", "on")
    assert states(live, hook) == {"skipped"}
