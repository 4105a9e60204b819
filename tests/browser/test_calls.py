"""سجل الاستدعاءات in a browser: watched while calls come, narrowed, opened, tried and run again."""

from itertools import count
from typing import Any

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.browser import steps
from tests.browser.conftest import Live
from tests.browser.steps import DESK, PHONE, fits, is_dark, sign_in
from tests.waiting import until

_numbers = count(1)
RULE = {"name": "كل طلب", "response": {"status": 201, "body": {"ok": True}}}
SECRET = "a secret of forty letters, more or less."


def make_trigger(live: Live, **members: Any) -> dict[str, Any]:
    """A trigger of its own for a test."""
    made = {"name": f"مشغّل التجربة {next(_numbers)}", "auth": {"kind": "none"}, **members}
    return steps.call(live, "POST", "/triggers", json=made)


def call(trigger: dict[str, Any], body: Any = None, **headers: str) -> int:
    """Call a trigger as an outside system does; returns the status."""
    kind = {"Content-Type": "application/json"}
    raw = body if isinstance(body, bytes) else None
    answer = requests.post(
        trigger["url"],
        data=raw,
        json=None if raw is not None else body or {},
        headers=kind | headers,
        timeout=10,
    )
    return answer.status_code


def calls(live: Live, trigger: dict[str, Any], **query: str) -> list[dict[str, Any]]:
    """The calls of a trigger, newest first."""
    return steps.call(live, "GET", f"/triggers/{trigger['id']}/calls", params=query)["items"]


def open_log(page: Page, live: Live, trigger: dict[str, Any]) -> None:
    """Go to the log of a trigger."""
    page.goto(f"{live.url}/triggers/{trigger['id']}/calls")


def test_a_new_call_is_announced_and_shown_on_request(page: Page, live: Live) -> None:
    trigger = make_trigger(live)
    sign_in(page, live)
    open_log(page, live, trigger)
    expect(page.get_by_text("لم يصل أي استدعاء بعد.")).to_be_visible()
    assert call(trigger) == 200
    banner = page.get_by_role("link", name="ظهر استدعاء جديد واحد")
    expect(banner).to_be_visible(timeout=15_000)
    banner.click()
    expect(page.locator(".calls-table tbody tr")).to_have_count(1)


def test_the_log_is_narrowed_in_place_and_keeps_its_address(page: Page, live: Live) -> None:
    trigger = make_trigger(live)
    call(trigger, {"text": "مرحبًا"})
    call(trigger, b"{")
    sign_in(page, live)
    open_log(page, live, trigger)
    rows = page.locator(".calls-table tbody tr")
    expect(rows).to_have_count(2)
    page.get_by_role("combobox", name="النتيجة").select_option("refused")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("صيغة JSON غير صحيحة")
    assert "verdict=refused" in page.url
    page.reload()
    expect(page.get_by_role("combobox", name="النتيجة")).to_have_value("refused")
    page.get_by_role("link", name="مسح التصفية").click()
    page.get_by_role("searchbox").fill("مرحبا")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("مقبول")
    page.get_by_text("تصفية أدق").click()
    page.get_by_role("combobox", name="السبب").select_option("malformed")
    expect(page.get_by_text("لا نتائج مطابقة.")).to_be_visible()


def test_a_call_is_followed_until_its_run_has_ended(page: Page, live: Live) -> None:
    trigger = make_trigger(live, rules=[RULE])
    call(trigger)
    [made] = calls(live, trigger)
    sign_in(page, live)
    page.goto(f"{live.url}/calls/{made['id']}")
    expect(page.get_by_role("heading", level=1)).to_have_text("نفّذنا الاستدعاء بالقاعدة كل طلب.")
    assert page.locator("#call").get_attribute("hx-get") is None
    expect(page.locator(".step[data-step=passed]")).to_have_count(11)


def test_support_sees_why_a_signature_is_refused(page: Page, live: Live, support: str) -> None:
    auth = {"kind": "signature", "preset": "github", "secret": SECRET}
    trigger = make_trigger(live, auth=auth)
    assert call(trigger) == 401
    sign_in(page, live, support)
    open_log(page, live, trigger)
    page.get_by_role("link", name="تفاصيل الاستدعاء: مرفوض").click()
    title = "رفضنا هذا الاستدعاء: الطلب بلا توقيع."
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    expect(page.locator(".step[data-step=refused]").first).to_contain_text("المصادقة")
    expect(page.get_by_role("button", name="نفّذ من جديد")).to_have_count(0)


def test_a_call_is_tried_in_place_and_then_run_again(page: Page, live: Live, support: str) -> None:
    trigger = make_trigger(live, mode="sync", rules=[RULE])
    call(trigger, {"id": 17})
    [made] = calls(live, trigger)
    sign_in(page, live, support)
    page.goto(f"{live.url}/calls/{made['id']}")
    page.get_by_role("link", name="جرّب دون تنفيذ").click()
    tried = page.locator("#rehearsal.card")
    expect(tried).to_contain_text("كل طلب")
    expect(tried).to_contain_text("201")
    assert page.url.endswith(f"/calls/{made['id']}")
    assert len(calls(live, trigger)) == 1

    page.get_by_role("button", name="نفّذ من جديد").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("ستُطبّق قواعد المشغّل الحالية")
    dialog.get_by_role("button", name="نفّذ من جديد").click()
    expect(page.get_by_text("بدأ تنفيذ الاستدعاء من جديد.")).to_be_visible()
    expect(page.get_by_role("link", name="للاستدعاء الأصلي")).to_be_visible()
    until(lambda: calls(live, trigger)[0]["run"] == "done")
    assert len(calls(live, trigger)) == 2


def test_all_that_a_filter_means_is_tried_and_run_without_scripts(
    bare_page: Page, live: Live
) -> None:
    page, trigger = bare_page, make_trigger(live, mode="sync", rules=[RULE])
    for number in range(3):
        call(trigger, {"id": number})
    call(trigger, b"{")
    sign_in(page, live)
    open_log(page, live, trigger)
    page.get_by_role("link", name="إعادة تنفيذ المقبول").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("إعادة التنفيذ: 3 استدعاءات")
    page.get_by_role("link", name="جرّب دون تنفيذ").click()
    expect(page.locator("#rehearsals tbody tr")).to_have_count(3)
    expect(page.get_by_text("لا تتغيّر أي نتيجة.")).to_be_visible()
    assert len(calls(live, trigger)) == 4
    page.get_by_role("button", name="نفّذها من جديد").click()
    expect(page.get_by_text("بدأ التنفيذ من جديد: 3 استدعاءات.")).to_be_visible()
    until(lambda: len(calls(live, trigger, run="done")) == 6)


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_the_pages_fit_any_width_and_the_dark(page: Page, live: Live, size: dict[str, int]) -> None:
    trigger = make_trigger(live, mode="sync", rules=[RULE], variables={"body": [{"path": "text"}]})
    call(trigger, {"text": "x" * 300})
    call(trigger, b'{"a": "' + b"y" * 300)
    sign_in(page, live)
    page.set_viewport_size(size)
    log = f"/triggers/{trigger['id']}/calls"
    shown = [log, f"{log}?reason=malformed", f"{log}/replay?rehearse=1"]
    shown += [f"/calls/{one['id']}" for one in calls(live, trigger)]
    shown.append(f"/calls/{calls(live, trigger)[1]['id']}/rehearsal")
    for path in shown:
        page.goto(f"{live.url}{path}")
        page.emulate_media(color_scheme="light")
        assert not is_dark(page), path
        page.emulate_media(color_scheme="dark")
        assert is_dark(page), path
        assert fits(page), path
