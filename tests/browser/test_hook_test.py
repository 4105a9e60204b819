"""Trying a hook from its page: an edited event, and the answer in place."""

from threading import Event

from playwright.sync_api import Page, expect

from tests.browser.conftest import Live
from tests.browser.steps import DESK, PHONE, fits, make_hook, sign_in
from tests.receiver import Answer, Receiver


def test_an_edited_event_is_sent_and_its_answer_read_in_place(
    page: Page, live: Live, receiver: Receiver
) -> None:
    hold = Event()
    receiver.answer(Answer(202, {"x-answer": "queued"}, '{"قُبل": true}'.encode(), hold=hold))
    hook = make_hook(live, receiver)
    sign_in(page, live)
    page.goto(f"{live.url}/settings/webhooks/{hook['id']}")
    page.get_by_role("link", name="الاختبار").click()
    page.get_by_label("بيانات الحدث").fill('{"text": ')
    page.get_by_role("button", name="إرسال حدث تجريبي").click()
    expect(page.locator("#data-error")).to_contain_text("السطر 1")
    page.get_by_label("بيانات الحدث").fill('{"text": "معدّل"}')
    page.get_by_role("button", name="إرسال حدث تجريبي").click()
    expect(page.get_by_text("ننتظر استجابة نقطة النهاية")).to_be_visible()
    (arrival,) = receiver.wait_for(1)
    hold.set()
    outcome = page.locator("#outcome")
    expect(outcome).to_contain_text("وصل الحدث التجريبي: استجابت نقطة النهاية بالرمز 202")
    expect(outcome.locator("pre").first).to_contain_text("قُبل")
    assert arrival.json["data"] == {"text": "معدّل"}
    assert page.url.endswith("/test")
    for size in (PHONE, DESK):
        page.set_viewport_size(size)
        assert fits(page)
    outcome.get_by_role("link", name="تفاصيل عملية التسليم").click()
    expect(page.get_by_text("تجريبي", exact=True)).to_be_visible()


def test_a_failure_says_whose_side_it_is_without_scripts(
    bare_page: Page, live: Live, receiver: Receiver
) -> None:
    receiver.answer(500)
    hook = make_hook(live, receiver)
    sign_in(bare_page, live)
    bare_page.goto(f"{live.url}/settings/webhooks/{hook['id']}/test")
    bare_page.get_by_role("button", name="إرسال حدث تجريبي").click()
    outcome = bare_page.locator("#outcome")
    expect(outcome).to_contain_text("خطأ داخلي في النظام المستقبِل")
    expect(outcome).to_contain_text("من يعالجها")
