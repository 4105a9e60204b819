"""السياسات in a browser: an admin makes, changes and deletes one; the others look on."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Live
from tests.browser.steps import (
    DESK,
    PHONE,
    call,
    come_in,
    fits,
    is_dark,
    make_hook,
    make_policy,
    sign_in,
)
from tests.receiver import Receiver
from tests.waiting import until

PATH = "/settings/policies"


def card(page: Page, name: str) -> Locator:
    """The card of the policy called ``name``."""
    return page.get_by_role("listitem").filter(
        has=page.get_by_role("heading", name=name, exact=True)
    )


def delete(page: Page, name: str) -> None:
    """Delete the policy called ``name``, and mean it."""
    card(page, name).get_by_role("link", name=f"حذف السياسة «{name}»").click()
    asked = page.get_by_role("dialog")
    asked.get_by_label("السبب").fill("لا حاجة إليها")
    asked.get_by_role("button", name="حذف نهائيًا").click()


def test_an_admin_makes_a_policy_reads_what_it_will_do_changes_and_deletes_it(
    page: Page, live: Live
) -> None:
    come_in(page, live)
    page.get_by_role("link", name="السياسات").click()
    page.get_by_role("link", name="إنشاء سياسة").click()
    page.get_by_label("الاسم").fill("متجر بطيء")
    page.get_by_label("مواعيد المحاولات").fill("٦٠، 0، 0")
    page.get_by_label("عدد الطلبات المتوازية").fill("1")
    page.get_by_role("button", name="إنشاء السياسة").click()
    page.wait_for_url(f"{live.url}{PATH}")
    expect(page.get_by_text("تم إنشاء السياسة.")).to_be_visible()
    mine = card(page, "متجر بطيء")
    expect(mine).to_contain_text("يُرسل كل حدث وحده. الانتظار قبل أول محاولة: دقيقة واحدة.")
    expect(mine).to_contain_text("يُرسل طلبًا واحدًا في كل مرة.")
    expect(mine).to_contain_text("عدد المحاولات: 3، تتوالى دون انتظار بينها.")

    mine.get_by_role("link", name="تعديل").click()
    expect(page.get_by_label("مواعيد المحاولات")).to_have_value("60، 0، 0")
    page.get_by_label("مواعيد المحاولات").fill("0 300")
    page.get_by_label("الحد الأقصى للطلبات في الدقيقة").fill("٣٠")
    page.get_by_role("button", name="حفظ التغييرات").click()
    expect(mine).to_contain_text("الحد الأقصى في الدقيقة: 30 طلبًا.")
    expect(mine).to_contain_text("والمدة من أولها إلى آخرها: 5 دقائق تقريبًا.")

    delete(page, "متجر بطيء")
    expect(page.get_by_text("تم حذف السياسة.")).to_be_visible()
    expect(mine).to_have_count(0)


def test_a_policy_that_a_hook_has_is_not_deleted_and_the_page_says_why(
    page: Page, live: Live, receiver: Receiver
) -> None:
    slug = make_policy(live, 0)
    make_hook(live, receiver, policy=slug)
    name = call(live, "GET", f"/policies/{slug}")["name"]
    sign_in(page, live)
    page.goto(live.url + PATH)
    delete(page, name)
    expect(page.get_by_role("alert")).to_contain_text("لا يمكن الحذف لأن خطافًا واحدًا")
    expect(card(page, name)).to_be_visible()


def test_whoever_thinks_better_of_deleting_keeps_the_policy(page: Page, live: Live) -> None:
    slug = make_policy(live, 0)
    sign_in(page, live)
    page.goto(live.url + PATH)
    page.locator(f"[data-id='{slug}']").get_by_role("link", name="حذف").click()
    asked = page.get_by_role("dialog")
    asked.get_by_role("button", name="حذف نهائيًا").click()
    expect(asked.get_by_text("اكتب السبب")).to_be_visible()
    page.keyboard.press("Escape")
    expect(asked).to_be_hidden()
    assert call(live, "GET", f"/policies/{slug}")["slug"] == slug


def test_staff_read_policies_and_change_none(page: Page, live: Live, staff: str) -> None:
    slug = make_policy(live, 0)
    come_in(page, live, staff)
    page.get_by_role("link", name="السياسات").click()
    mine = page.locator(f"[data-id='{slug}']")
    expect(mine).to_contain_text("عدد المحاولات: محاولة واحدة")
    expect(page.locator("main").get_by_role("button")).to_have_count(0)
    expect(page.locator("main").get_by_role("link")).to_have_count(0)
    for path in (f"{PATH}/new", f"{PATH}/{slug}/edit"):
        page.goto(live.url + path)
        expect(page.get_by_role("heading", level=1)).to_have_text("لا تملك صلاحية لهذا الإجراء")


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(
    page: Page, live: Live
) -> None:
    sign_in(page, live)
    page.goto(f"{live.url}{PATH}/new")
    page.get_by_label("حجم الدفعة").fill("كثير")
    page.get_by_label("المهلة بالثواني").fill("61")
    with page.expect_response(re.compile(f"{PATH}/new$")) as answer:
        page.get_by_role("button", name="إنشاء السياسة").click()
    assert answer.value.status == 422
    expect(page.locator("#name-error")).to_have_text("هذا الحقل مطلوب.")
    expect(page.locator("#batch_size-error")).to_contain_text("من 1 إلى 1000")
    expect(page.locator("#timeout_seconds-error")).to_contain_text("من 1 إلى 60")
    expect(page.get_by_label("الاسم")).to_be_focused()
    expect(page.get_by_label("حجم الدفعة")).to_have_value("كثير")
    expect(page.get_by_label("حجم الدفعة")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#in_flight-error")).to_have_count(0)


def test_without_scripts_a_policy_is_refused_made_and_deleted_all_the_same(
    bare_page: Page, live: Live
) -> None:
    sign_in(bare_page, live)
    bare_page.goto(f"{live.url}{PATH}/new")
    bare_page.get_by_role("button", name="إنشاء السياسة").click()
    expect(bare_page.locator("#name-error")).to_have_text("هذا الحقل مطلوب.")
    bare_page.get_by_label("الاسم").fill("بلا نصوص برمجية")
    bare_page.get_by_role("button", name="إنشاء السياسة").click()
    mine = card(bare_page, "بلا نصوص برمجية")
    expect(mine).to_contain_text("يُرسل كل حدث وحده فور وقوعه.")
    mine.get_by_role("link", name="حذف").click()
    bare_page.get_by_role("button", name="حذف نهائيًا").click()
    expect(bare_page.locator("#reason-error")).to_contain_text("اكتب السبب")
    bare_page.get_by_label("السبب").fill("لا حاجة إليها")
    bare_page.get_by_role("button", name="حذف نهائيًا").click()
    expect(mine).to_have_count(0)


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_the_pages_fit_any_width_and_the_dark(page: Page, live: Live, size: dict[str, int]) -> None:
    make_policy(live, *[60] * 50)
    sign_in(page, live)
    page.set_viewport_size(size)
    for path in (PATH, f"{PATH}/new"):
        page.emulate_media(color_scheme="light")
        page.goto(live.url + path)
        assert fits(page), path
        assert not is_dark(page), path
        page.emulate_media(color_scheme="dark")
        assert is_dark(page), path
    page.get_by_role("button", name="إنشاء السياسة").click()
    expect(page.locator("#name-error")).to_be_visible()
    assert fits(page)


def test_on_a_phone_nothing_hides_what_is_wrong(page: Page, live: Live) -> None:
    sign_in(page, live)
    page.set_viewport_size(PHONE)
    page.goto(f"{live.url}{PATH}/new")
    page.get_by_role("button", name="إنشاء السياسة").click()
    summary = page.locator("#policy-form .note")
    expect(summary).to_contain_text("الاسم: هذا الحقل مطلوب.")
    bar = page.locator(".top-bar").bounding_box()
    until(lambda: (summary.bounding_box() or {"y": 0})["y"] >= (bar or {"height": 0})["height"])


def test_cards_leave_room_around_their_words(page: Page, live: Live) -> None:
    sign_in(page, live)
    page.goto(live.url + PATH)
    simple = page.locator("[data-id=simple]")
    padding = simple.evaluate("card => parseFloat(getComputedStyle(card).paddingInlineStart)")
    assert padding >= 16
