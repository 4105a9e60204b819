"""People come by an invitation, go at once, and go from one account to another."""

from playwright.sync_api import Page, expect

from portal.domain.members import PlatformRole
from tests.browser.conftest import Live, make_person
from tests.browser.steps import sign_in


def test_somebody_who_was_invited_joins_and_is_out_at_once_when_switched_off(
    page: Page, bare_page: Page, live: Live
) -> None:
    sign_in(page, live)
    page.goto(f"{live.url}/settings/people")
    page.get_by_role("combobox", name="الدور", exact=True).select_option("support")
    page.get_by_role("button", name="أنشئ دعوة").click()
    link = page.locator("#new-link").inner_text()
    bare_page.goto(link)
    expect(bare_page.get_by_role("heading", level=1)).to_contain_text("دعوة إلى حساب")
    bare_page.get_by_label("البريد الإلكتروني").fill("new@nour.example")
    bare_page.get_by_label("كلمة المرور").fill(live.password)
    bare_page.get_by_role("button", name="انضم إلى الحساب").click()
    bare_page.wait_for_url(f"{live.url}/")
    page.goto(f"{live.url}/settings/people")
    row = page.get_by_role("row").filter(has_text="new@nour.example")
    row.get_by_role("link", name="إيقاف").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="إيقاف").click()
    expect(dialog).to_contain_text("اكتب السبب في جملة قصيرة")
    dialog.get_by_label("السبب").fill("انتهت فترة التجربة")
    dialog.get_by_role("button", name="إيقاف").click()
    expect(page.locator("#toasts")).to_contain_text("انتهت جلساته فورًا")
    bare_page.goto(f"{live.url}/deliveries")
    expect(bare_page).to_have_url(f"{live.url}/login?next=/deliveries")


def test_the_platforms_support_finds_an_account_and_only_reads_there(
    page: Page, live: Live, newcomer: str
) -> None:
    assert newcomer.endswith("@wadi.example")
    helper = make_person(live, "h@own.example", "support", "own", beyond=PlatformRole.SUPPORT)
    sign_in(page, live, helper)
    page.goto(f"{live.url}/accounts")
    page.get_by_role("searchbox").fill("wad")
    expect(page.locator("#accounts-list li")).to_have_count(1)
    page.get_by_role("button", name="ادخل حساب wadi").click()
    page.wait_for_url(f"{live.url}/")
    expect(page.locator(".visiting")).to_contain_text("من فريق دعم المنصة")
    expect(page.get_by_role("link", name="المستخدمون والأدوار")).to_have_count(0)
    page.goto(f"{live.url}/deliveries")
    expect(page.get_by_role("heading", level=1)).to_have_text("سجل التسليم")
