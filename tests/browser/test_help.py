"""المساعدة in a browser: found in the menu, read at any width, opened from the keyboard."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Live
from tests.browser.steps import DESK, PHONE, come_in, fits, is_dark, sign_in

QUESTION = "لماذا لا يطابق التوقيع؟"


def test_a_reader_finds_the_help_and_opens_a_question_from_the_keyboard(
    page: Page, live: Live, support: str
) -> None:
    come_in(page, live, support)
    page.get_by_role("link", name="المساعدة").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("المساعدة")
    page.get_by_role("link", name="أسئلة وأجوبة").click()
    expect(page.get_by_role("heading", name="أسئلة وأجوبة")).to_be_in_viewport()
    answer = page.get_by_text("أكثر الأسباب:")
    expect(answer).to_be_hidden()
    page.locator("summary", has_text=QUESTION).focus()
    page.keyboard.press("Enter")
    expect(answer).to_be_visible()


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_page_fits_any_width_and_the_dark(page: Page, live: Live, size: dict[str, int]) -> None:
    sign_in(page, live)
    page.set_viewport_size(size)
    page.goto(f"{live.url}/help")
    assert fits(page)
    page.emulate_media(color_scheme="dark")
    assert is_dark(page)
    assert fits(page)
