"""«أجّل الإيقاف» in a browser: a hook that keeps failing gets more time."""

from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Live
from tests.browser.steps import (
    DESK,
    PHONE,
    call,
    fits,
    make_hook,
    make_policy,
    publish,
    sign_in,
)
from tests.receiver import Receiver
from tests.waiting import until

PATH = "/settings/webhooks"


def failing(live: Live, receiver: Receiver) -> str:
    """The id of a hook whose attempts have failed three times in a row."""
    receiver.answer(500)
    hook = make_hook(live, receiver, policy=make_policy(live, 0, 0, 0))
    publish(live, "لا يصل", hook["event_types"][0])
    path = f"/hooks/{hook['id']}"
    until(lambda: call(live, "GET", path)["switch_off_at"])
    return hook["id"]


def moment(shown: Locator) -> datetime:
    """The moment that a ``<time>`` stands for."""
    return datetime.fromisoformat(shown.get_attribute("datetime") or "")


def test_staff_see_when_a_failing_hook_goes_off_and_put_it_off(
    page: Page, live: Live, receiver: Receiver, staff: str
) -> None:
    hook_id = failing(live, receiver)
    sign_in(page, live, staff)
    page.goto(live.url + PATH)
    row = page.locator(f"tr[data-id={hook_id}]")
    expect(row).to_contain_text("يُوقف تلقائيًا خلال 5 أيام")
    row.get_by_role("link").first.click()
    warning = page.locator("#hook-facts .note").filter(has_text="فسنوقف الخطاف تلقائيًا")
    ends = warning.get_by_role("time").last
    before = moment(ends)
    warning.get_by_role("button", name="أجّل الإيقاف").click()
    expect(page.get_by_text("أُجّل الإيقاف التلقائي.")).to_be_visible()
    assert moment(ends) - before == timedelta(days=3)
    assert call(live, "GET", f"/hooks/{hook_id}")["enabled"]


def test_support_sees_it_and_cannot(
    page: Page, live: Live, receiver: Receiver, support: str
) -> None:
    hook_id = failing(live, receiver)
    sign_in(page, live, support)
    page.goto(f"{live.url}{PATH}/{hook_id}")
    expect(page.get_by_text("فسنوقف الخطاف تلقائيًا")).to_be_visible()
    expect(page.get_by_role("button", name="أجّل الإيقاف")).to_have_count(0)


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_the_warning_fits_any_width(
    page: Page, live: Live, receiver: Receiver, size: dict[str, int]
) -> None:
    hook_id = failing(live, receiver)
    sign_in(page, live)
    page.set_viewport_size(size)
    for path in (PATH, f"{PATH}/{hook_id}"):
        page.goto(live.url + path)
        assert fits(page), path
