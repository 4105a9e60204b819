"""المشغّلات in a browser: made with a sample, called over HTTP, and changed."""

import re

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.browser.conftest import Live
from tests.browser.steps import DESK, PHONE, call, come_in, fits, is_dark, sign_in

NEW = "/triggers/new"
SAMPLE = '{"order": {"id": 7, "customer": "نورة"}, "items": [{"sku": "A"}]}'


def section(page: Page, name: str) -> None:
    """Open the section of the form called ``name``."""
    page.locator("details.fold > summary", has_text=name).click()


def test_a_trigger_is_made_with_basic_and_a_sample_and_then_called(page: Page, live: Live) -> None:
    come_in(page, live)
    page.get_by_role("link", name="المشغّلات").click()
    page.get_by_role("link", name="أنشئ مشغّلًا").first.click()
    page.get_by_label("الاسم", exact=True).fill("طلبات المتجر")
    section(page, "المصادقة")
    expect(page.get_by_label("اسم المستخدم")).to_be_hidden()
    page.get_by_text("مصادقة HTTP الأساسية (Basic)").click()
    page.get_by_label("اسم المستخدم").fill("khuttaf")
    page.get_by_label("كلمة المرور").fill("pass-word")
    section(page, "المتغيّرات")
    page.get_by_label("نموذج نص الطلب").fill(SAMPLE)
    page.locator("button[value='parse:body']").click()
    rows = page.locator("#variables_body tbody tr")
    expect(rows).to_have_count(5)
    expect(page.locator("tr[data-path='order.id']")).to_contain_text("رقم")
    page.locator("tr[data-path='order.id']").get_by_label("الاسم المستعار").fill("رقم الطلب")
    page.get_by_role("button", name="حذف المتغيّر items", exact=True).click()
    expect(rows).to_have_count(4)
    # What was typed is still there: only the tables were exchanged.
    expect(page.get_by_label("كلمة المرور")).to_have_value("pass-word")
    page.get_by_role("button", name="إنشاء المشغّل").last.click()
    page.wait_for_url(re.compile(r"/triggers/trg_\w+$"))
    expect(page.get_by_text("تم إنشاء المشغّل.")).to_be_visible()
    expect(page.get_by_text("ننتظر أول استدعاء")).to_be_visible()
    url = page.get_by_role("button", name="نسخ رابط المشغّل").get_attribute("data-copy") or ""
    with_credentials = url.replace("://", "://khuttaf:pass-word@")
    assert requests.post(url, json={}, timeout=10).status_code == 401
    answer = requests.post(with_credentials, json={"order": {"id": 8}}, timeout=10)
    assert (answer.status_code, answer.text) == (200, "ok")
    expect(page.get_by_text("ننتظر أول استدعاء")).to_be_hidden()
    page.goto(f"{live.url}/triggers")
    mine = page.locator("tr[data-id]", has_text="طلبات المتجر")
    expect(mine).to_contain_text("مقبول")
    [made] = [one for one in call(live, "GET", "/triggers")["items"] if one["url"] == url]
    calls = call(live, "GET", f"/triggers/{made['id']}/calls")["items"]
    assert [one["verdict"] for one in calls] == ["accepted", "refused"]


def test_a_switch_in_the_list_stops_the_address(page: Page, live: Live) -> None:
    made = call(live, "POST", "/triggers", json={"name": "يُوقف"})
    sign_in(page, live)
    page.goto(f"{live.url}/triggers")
    row = page.locator(f"[data-id='{made['id']}']")
    row.get_by_role("switch").click()
    expect(row).to_have_attribute("data-state", "off")
    assert requests.post(made["url"], json={}, timeout=10).status_code == 404
    row.get_by_role("switch").click()
    expect(row).to_have_attribute("data-state", "on")
    assert requests.post(made["url"], json={}, timeout=10).status_code == 200


def test_an_address_is_replaced_in_a_dialog(page: Page, live: Live) -> None:
    made = call(live, "POST", "/triggers", json={"name": "تسرّب رابطه"})
    sign_in(page, live)
    page.goto(f"{live.url}/triggers/{made['id']}")
    page.get_by_role("link", name="استبدل الرابط").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("يتوقف الرابط الحالي فورًا")
    dialog.get_by_role("button", name="استبدل الرابط").click()
    expect(page.get_by_text("تم استبدال الرابط")).to_be_visible()
    assert requests.post(made["url"], json={}, timeout=10).status_code == 404


def test_what_is_wrong_is_seen_even_in_a_closed_section(page: Page, live: Live) -> None:
    sign_in(page, live)
    page.goto(live.url + NEW)
    section(page, "الحدود")
    page.get_by_label("الحد الأقصى للطلبات في الدقيقة").fill("كثير")
    section(page, "الحدود")
    page.get_by_role("button", name="إنشاء المشغّل").last.click()
    expect(page.locator("#per_minute-error")).to_be_visible()
    expect(page.get_by_label("الحد الأقصى للطلبات في الدقيقة")).to_have_value("كثير")
    expect(page.locator("#name-error")).to_be_visible()


def test_enter_in_a_row_saves_and_removes_nothing(page: Page, live: Live) -> None:
    variables = {"body": [{"path": "a"}, {"path": "b"}]}
    made = call(live, "POST", "/triggers", json={"name": "س", "variables": variables})
    sign_in(page, live)
    page.goto(f"{live.url}/triggers/{made['id']}/edit?open=variables")
    alias = page.locator("tr[data-path='a']").get_by_label("الاسم المستعار")
    alias.fill("ألف")
    alias.press("Enter")
    page.wait_for_url(f"{live.url}/triggers/{made['id']}")
    saved = call(live, "GET", f"/triggers/{made['id']}")["variables"]["body"]
    assert saved == [{"path": "a", "alias": "ألف"}, {"path": "b"}]


def test_support_reads_and_changes_nothing(page: Page, live: Live, support: str) -> None:
    made = call(live, "POST", "/triggers", json={"name": "للقراءة"})
    sign_in(page, live, support)
    page.goto(f"{live.url}/triggers/{made['id']}")
    expect(page.get_by_text("محجوب، لأن من يعرف الرابط")).to_be_visible()
    assert made["url"] not in page.content()
    expect(page.locator("main").get_by_role("switch")).to_have_count(0)
    expect(page.locator("main").get_by_role("link", name="تعديل")).to_have_count(0)


def test_without_scripts_a_trigger_is_made_parsed_and_switched_all_the_same(
    bare_page: Page, live: Live
) -> None:
    sign_in(bare_page, live)
    bare_page.goto(live.url + NEW)
    bare_page.get_by_label("الاسم", exact=True).fill("بلا نصوص برمجية")
    section(bare_page, "المتغيّرات")
    bare_page.get_by_label("نموذج معاملات الاستعلام").fill("?query[0][a]=1")
    bare_page.locator("button[value='parse:query']").click()
    expect(bare_page.locator("#variables_query tbody tr")).to_have_count(3)
    expect(bare_page.get_by_label("الاسم", exact=True).first).to_have_value("بلا نصوص برمجية")
    bare_page.locator("button[value='add:headers']").click()
    bare_page.get_by_label("اسم الرأس").fill("X-Request-Id")
    bare_page.get_by_role("button", name="إنشاء المشغّل").last.click()
    bare_page.wait_for_url(re.compile(r"/triggers/trg_\w+$"))
    expect(bare_page.get_by_text("query[0].a")).to_be_visible()
    bare_page.get_by_role("switch").click()
    expect(bare_page.get_by_text("تم إيقاف المشغّل.")).to_be_visible()
    bare_page.get_by_role("link", name="حذف المشغّل").click()
    bare_page.get_by_label("السبب").fill("انتهت التجربة")
    bare_page.get_by_role("button", name="حذف نهائيًا").click()
    expect(bare_page.get_by_text("تم حذف المشغّل")).to_be_visible()


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_the_pages_fit_any_width_and_the_dark(page: Page, live: Live, size: dict[str, int]) -> None:
    path = "a.very.long.path.that.goes.on." * 8 + "end"
    variables = {"body": [{"path": path, "alias": "اسم مستعار"}]}
    auth = {"kind": "basic", "username": "khuttaf", "password": "p"}
    members = {"name": "طويل" * 40, "variables": variables, "auth": auth}
    made = call(live, "POST", "/triggers", json=members)
    requests.post(made["url"], json={}, timeout=10, auth=("khuttaf", "p"))
    sign_in(page, live)
    page.set_viewport_size(size)
    for place in ("/triggers", NEW, f"/triggers/{made['id']}", f"/triggers/{made['id']}/edit"):
        page.emulate_media(color_scheme="light")
        page.goto(live.url + place)
        page.evaluate("document.querySelectorAll('details.fold').forEach(one => one.open = true)")
        assert fits(page), place
        assert not is_dark(page), place
        page.emulate_media(color_scheme="dark")
        assert is_dark(page), place
