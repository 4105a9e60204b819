"""A page of another site can send no form to the portal, whatever it knows."""

from html import escape

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Live
from tests.browser.steps import come_in
from tests.clients import csrf_token
from tests.receiver import Answer, Receiver


@pytest.fixture
def elsewhere(page: Page, live: Live, receiver: Receiver) -> str:
    """A page at another address, with a form that bears a good token."""
    come_in(page, live)
    token = csrf_token(page.content())
    form = f"""<meta charset="utf-8"><form method="post" action="{live.url}/theme">
        <input name="csrf_token" value="{escape(token)}"><input name="theme" value="dark">
        <button>go</button></form>"""
    receiver.answer(Answer(200, {"Content-Type": "text/html"}, form.encode()))
    return receiver.url


def test_a_form_of_another_site_is_refused_though_the_cookie_comes_with_it(
    page: Page, live: Live, elsewhere: str
) -> None:
    page.goto(elsewhere)
    with page.expect_response(f"{live.url}/theme") as answered:
        page.get_by_role("button", name="go").click()
    assert "khuttaf=" in answered.value.request.all_headers()["cookie"]
    assert answered.value.status == 400
    expect(page.get_by_text("انتهت صلاحية الصفحة").first).to_be_visible()
    page.goto(live.url)
    assert page.locator("html").get_attribute("data-theme") == "auto"


def test_a_form_of_the_portal_is_taken(page: Page, live: Live) -> None:
    come_in(page, live)
    with page.expect_response(f"{live.url}/theme") as answered:
        page.locator("form[action='/theme'] button").first.click()
    assert answered.value.status in (204, 303)
    page.goto(live.url)
