"""What is done with a reason stands in the audit log, and a secret is shown only for one."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import Live
from tests.browser.steps import DESK, make_hook, sign_in
from tests.receiver import Receiver


def test_a_secret_is_shown_a_hook_deleted_and_both_are_found_in_the_log(
    page: Page, live: Live, receiver: Receiver
) -> None:
    hook = make_hook(live, receiver)
    sign_in(page, live)
    page.goto(f"{live.url}/settings/webhooks/{hook['id']}/security")
    page.get_by_role("link", name="أظهر الرمز").click()
    page.get_by_role("button", name="أظهر الرمز").click()
    expect(page.locator("#reason-error")).to_contain_text("اكتب السبب")
    page.get_by_label("السبب").fill("ضاع الرمز من المستقبِل")
    page.get_by_role("button", name="أظهر الرمز").click()
    expect(page.locator("[data-secret=secret]")).to_have_text(hook["secret"])
    page.goto(f"{live.url}/settings/webhooks")
    row = page.locator(f"tr[data-id={hook['id']}]")
    row.locator("summary").click()
    row.get_by_role("link", name="حذف", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("السبب").fill("انتهى عقد العميل")
    dialog.get_by_role("button", name="حذف نهائيًا").click()
    expect(page.locator("#toasts")).to_contain_text("تم حذف الخطاف")
    page.goto(f"{live.url}/settings/audit?target={hook['id']}")
    entries = page.locator(".audit-entry")
    expect(entries).to_have_count(3)
    page.get_by_role("searchbox").fill("عقد")
    expect(entries).to_have_count(1)
    expect(entries).to_contain_text("حذف خطاف")
    expect(entries).to_contain_text("انتهى عقد العميل")
    page.get_by_role("link", name="مسح التصفية").click()
    page.get_by_role("combobox", name="الموضوع").select_option("secret")
    expect(entries.first).to_contain_text("كشف رمز محفوظ")
    with page.expect_download() as download:
        page.get_by_role("link", name="تصدير CSV").click()
    assert download.value.suggested_filename.startswith("audit-")


def test_its_filters_stand_on_one_line_and_none_falls_below_the_others(
    page: Page, live: Live
) -> None:
    sign_in(page, live)
    page.set_viewport_size(DESK)
    page.goto(f"{live.url}/settings/audit")
    boxes = [one.bounding_box() for one in page.locator(".audit-filters .select").all()]
    assert len(boxes) == 4
    tops = [box["y"] for box in boxes if box]
    assert max(tops) - min(tops) < 10
