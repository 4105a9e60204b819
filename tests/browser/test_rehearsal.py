"""Trying a trigger, previewing a change and going back to a version, in a browser."""

import re
from typing import Any

import requests
from playwright.sync_api import Page, expect

from tests.browser.conftest import Live
from tests.browser.steps import DESK, PHONE, call, fits, is_dark, sign_in

IS_PAID = {"all": [{"left": "body.order.status", "op": "eq", "right": "paid"}]}
PAID = {
    "name": "طلب مدفوع",
    "when": IS_PAID,
    "publish": [{"type": "order.status", "data": {"id": "{{ body.order.id }}"}}],
    "response": {"status": 201, "body": {"رسالة": "وصل الطلب {{ body.order.id }}"}},
}
LATE = {
    "name": "متأخر",
    "when": {"all": [{"left": "body.order.days", "op": "gt", "right": 30}]},
    "response": {"status": 409, "body": "متأخر"},
}
BODY = '{"order": {"id": 7, "status": "paid", "customer": "نورة"}}'


def make(live: Live, **members: Any) -> dict[str, Any]:
    """A synchronous trigger that has been called three times."""
    given = {"name": "تجربة الإصدارات", "mode": "sync", "rules": [PAID], **members}
    made = call(live, "POST", "/triggers", json=given)
    for status in ("paid", "waiting", "paid"):
        body = {"order": {"id": 7, "status": status}}
        assert requests.post(made["url"], json=body, timeout=10).ok
    return made


def test_a_pasted_call_is_tried_and_a_mistake_is_named(page: Page, live: Live) -> None:
    made = make(live)
    sign_in(page, live)
    page.goto(f"{live.url}/triggers/{made['id']}")
    page.get_by_role("link", name="جرّب").click()
    page.get_by_label("نص الطلب").fill('{"order": ')
    page.get_by_role("button", name="جرّب", exact=True).last.click()
    expect(page.locator("#body-error")).to_contain_text("السطر 1، العمود 11")
    page.get_by_label("نص الطلب").fill(BODY)
    page.get_by_role("button", name="جرّب", exact=True).last.click()
    outcome = page.locator("#outcome")
    expect(outcome).to_contain_text("وصل الطلب 7")
    expect(outcome.locator(".rule-tried")).to_have_attribute("data-result", "met")
    expect(outcome).to_be_focused()
    expect(page.locator("#body-error")).to_have_count(0)
    expect(page.get_by_label("نص الطلب")).to_have_value(BODY)
    page.get_by_role("button", name="خذ منه").click()
    expect(page.get_by_label("نص الطلب")).to_have_value(re.compile('"status": "paid"'))
    assert len(call(live, "GET", f"/triggers/{made['id']}/calls")["items"]) == 3


def test_a_change_is_previewed_with_a_typed_password_kept_and_then_saved(
    page: Page, live: Live
) -> None:
    made = make(live)
    sign_in(page, live)
    page.goto(f"{live.url}/triggers/{made['id']}/edit?open=auth")
    page.get_by_text("مصادقة HTTP الأساسية (Basic)").first.click()
    page.get_by_label("اسم المستخدم").fill("khuttaf")
    page.get_by_label("كلمة المرور").fill("pass-word")
    page.locator("#response_status").evaluate("one => { one.value = '202' }")
    page.get_by_role("button", name="عاين الأثر قبل الحفظ").click()
    preview = page.locator("#preview")
    expect(preview).to_contain_text("لتغيّرت نتيجة: استدعاء واحد")
    expect(preview).to_contain_text("لا تشمل المعاينة ما غيّرته هنا: المصادقة")
    expect(page.get_by_label("كلمة المرور")).to_have_value("pass-word")
    assert call(live, "GET", f"/triggers/{made['id']}")["version"] == 1
    preview.get_by_role("button", name="احفظ").click()
    page.wait_for_url(re.compile(r"/triggers/trg_\w+$"))
    now = call(live, "GET", f"/triggers/{made['id']}")
    assert (now["version"], now["response"]["status"]) == (2, 202)
    assert now["auth"]["has_password"]


def test_versions_are_compared_and_one_is_gone_back_to(page: Page, live: Live) -> None:
    made = make(live)
    call(live, "PATCH", f"/triggers/{made['id']}", json={"rules": [LATE, PAID]})
    sign_in(page, live)
    page.goto(f"{live.url}/triggers/{made['id']}")
    page.get_by_role("link", name="كل الإصدارات").click()
    expect(page.locator("tr[data-state='current']")).to_contain_text("أُضيفت القاعدة «متأخر».")
    page.get_by_role("link", name="ارجع إلى الإصدار 1").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("حُذفت القاعدة «متأخر».")
    dialog.get_by_role("button", name="ارجع إلى هذا الإصدار").click()
    expect(page.get_by_text("رجع المشغّل إلى الإصدار 1")).to_be_visible()
    now = call(live, "GET", f"/triggers/{made['id']}")
    assert (now["version"], [rule["name"] for rule in now["rules"]]) == (3, ["طلب مدفوع"])


def test_all_of_it_works_without_scripts(bare_page: Page, live: Live) -> None:
    made = make(live)
    sign_in(bare_page, live)
    path = f"{live.url}/triggers/{made['id']}"
    bare_page.goto(f"{path}/try")
    bare_page.get_by_label("نص الطلب").fill(BODY)
    bare_page.get_by_role("button", name="جرّب", exact=True).last.click()
    expect(bare_page.locator("#outcome")).to_contain_text("وصل الطلب 7")
    bare_page.goto(f"{path}/edit")
    bare_page.get_by_role("button", name="عاين الأثر قبل الحفظ").click()
    expect(bare_page.locator("#preview")).to_contain_text("لا تتغيّر نتيجة أي استدعاء")
    call(live, "PATCH", f"/triggers/{made['id']}", json={"rules": []})
    bare_page.goto(f"{path}/versions/1")
    bare_page.get_by_role("link", name="ارجع إلى هذا الإصدار").click()
    bare_page.get_by_role("button", name="ارجع إلى هذا الإصدار").click()
    expect(bare_page.locator("body")).to_contain_text("رجع المشغّل إلى الإصدار 1")


def test_the_pages_fit_a_phone_and_a_desk_in_light_and_dark(page: Page, live: Live) -> None:
    made = make(live)
    changed = PAID | {"response": {"status": 202, "body": "طويل جدًا " * 40}, "enabled": False}
    basic = {"kind": "basic", "username": "khuttaf", "password": "pass-word"}
    call(live, "PATCH", f"/triggers/{made['id']}", json={"rules": [LATE, changed], "auth": basic})
    call(live, "PATCH", f"/triggers/{made['id']}", json={"response": {"status": 404, "body": {}}})
    sign_in(page, live)
    path = f"{live.url}/triggers/{made['id']}"
    first = call(live, "GET", f"/triggers/{made['id']}/calls")["items"][0]["id"]
    shown = (
        f"{path}/versions",
        f"{path}/versions/2",
        f"{path}/versions/1/restore",
        f"{path}/calls/replay",
        f"{live.url}/calls/{first}",
    )
    for size, scheme in ((DESK, "light"), (PHONE, "dark")):
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)
        for address in shown:
            page.goto(address)
            assert fits(page), (address, size)
            assert is_dark(page) == (scheme == "dark")
        page.goto(f"{path}/try")
        page.get_by_label("نص الطلب").fill(BODY)
        page.get_by_role("button", name="جرّب", exact=True).last.click()
        expect(page.locator("#outcome")).to_contain_text("404")
        assert fits(page), (size, "try")
        page.goto(f"{path}/edit")
        page.locator("#response_status").evaluate("one => { one.value = '418' }")
        page.get_by_role("button", name="عاين الأثر قبل الحفظ").click()
        expect(page.locator("#preview .difference")).to_have_count(3)
        assert fits(page), (size, "preview")
