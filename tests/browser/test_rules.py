"""القواعد in a browser: the second seed's picture, built by hand and called over HTTP."""

import json
import re

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.browser.conftest import Live
from tests.browser.steps import DESK, PHONE, call, fits, is_dark, sign_in

VARIABLES = {"body": [{"path": "order.status", "alias": "حالة الطلب"}, {"path": "order.id"}]}
PAID = {"left": "body.order.status", "op": "eq", "right": "paid"}


def make(live: Live, **members: object) -> dict:
    """A synchronous trigger with two variables."""
    made = {"name": "دفع المتجر", "mode": "sync", "variables": VARIABLES}
    return call(live, "POST", "/triggers", json=made | members)


def saved(live: Live, trigger: dict) -> list[dict]:
    """The rules as they are saved."""
    return call(live, "GET", f"/triggers/{trigger['id']}")["rules"]


def build_paid(page: Page) -> None:
    """Fill in the rule by which what is paid is a success."""
    page.get_by_label("اسم القاعدة").fill("دُفع")
    page.get_by_label("المتغيّر", exact=True).select_option("body.order.status")
    page.get_by_label("القيمة", exact=True).fill("paid")
    page.get_by_text("الرمز 200: قُبل الطلب").click()
    page.get_by_label("نص الاستجابة").fill('{"result": "نجح"}')


def rehearse_before_saving(page: Page, status: str, code: int, result: str) -> None:
    """Try the rule that stands in the form, and read what would be answered and why."""
    if not page.locator("#sample-body").is_visible():
        page.locator("#fold-trial > summary").click()
    page.locator("#sample-body").fill(json.dumps({"order": {"status": status}}))
    page.get_by_role("button", name="جرّب القاعدة").click()
    outcome = page.locator("#outcome")
    expect(outcome.locator(".status-code")).to_have_text(str(code))
    expect(outcome.locator(".rule-tried").first).to_have_attribute("data-result", result)


def build_otherwise(page: Page) -> None:
    """Fill in the rule by which everything else is a failure."""
    page.get_by_label("اسم القاعدة").fill("ما عدا ذلك")
    page.get_by_role("button", name="حذف الشرط").click()
    expect(page.get_by_text("تنطبق القاعدة على كل استدعاء")).to_be_visible()
    page.get_by_text("الرمز 422: فُهم الطلب").click()
    page.get_by_label("نص الاستجابة").fill('{"result": "فشل"}')


def save(page: Page) -> None:
    """Press the button at the end of the form."""
    page.get_by_role("button", name="إضافة القاعدة").last.click()


def check_both_ways(page: Page, live: Live, trigger: dict) -> None:
    """Call with what is paid and what is not, and read why on the pages of the calls."""
    for status, code, result in (("paid", 200, "نجح"), ("late", 422, "فشل")):
        answer = requests.post(trigger["url"], json={"order": {"status": status}}, timeout=10)
        assert (answer.status_code, answer.json()) == (code, {"result": result})
    late, paid = call(live, "GET", f"/triggers/{trigger['id']}/calls")["items"]
    assert (paid["rule"], late["rule"]) == ("دُفع", "ما عدا ذلك")
    page.goto(f"{live.url}/calls/{paid['id']}")
    expect(page.locator(".rule-tried[data-result='met']")).to_contain_text("دُفع")
    expect(page.locator(".condition[data-result='met']")).to_contain_text("يساوي")
    page.goto(f"{live.url}/calls/{late['id']}")
    expect(page.locator(".rule-tried[data-result='met']")).to_contain_text("ما عدا ذلك")
    expect(page.locator(".rule-tried[data-result='not_met']")).to_contain_text("late")


def test_the_seed_s_picture_is_built_rehearsed_saved_called_and_explained(
    page: Page, live: Live
) -> None:
    trigger = make(live)
    sign_in(page, live)
    page.goto(f"{live.url}/triggers/{trigger['id']}")
    page.get_by_role("link", name="أضف قاعدة").click()
    build_paid(page)
    rehearse_before_saving(page, "late", 200, "not_met")
    expect(page.locator("#outcome .condition")).to_contain_text("late")
    rehearse_before_saving(page, "paid", 200, "met")
    expect(page.locator("#outcome")).to_contain_text("نجح")
    assert saved(live, trigger) == []
    save(page)
    page.wait_for_url(re.compile(r"/rules$"))
    expect(page.get_by_text("تم حفظ القاعدة")).to_be_visible()
    expect(page.locator(".rule-sentence")).to_contain_text("إذا كان «حالة الطلب» يساوي «paid»")
    page.get_by_role("link", name="أضف قاعدة").click()
    build_otherwise(page)
    rehearse_before_saving(page, "late", 422, "not_met")
    expect(page.locator("#outcome")).to_contain_text("فشل")
    save(page)
    expect(page.locator(".rule")).to_have_count(2)
    assert call(live, "GET", f"/triggers/{trigger['id']}/calls")["items"] == []
    check_both_ways(page, live, trigger)


def test_without_scripts_the_same_rules_are_made_and_moved(bare_page: Page, live: Live) -> None:
    trigger = make(live)
    sign_in(bare_page, live)
    bare_page.goto(f"{live.url}/triggers/{trigger['id']}/rules/new")
    build_otherwise(bare_page)
    save(bare_page)
    bare_page.get_by_role("link", name="أضف قاعدة").click()
    build_paid(bare_page)
    rehearse_before_saving(bare_page, "paid", 422, "met")
    save(bare_page)
    expect(bare_page.get_by_text("لا نصل إليها")).to_be_visible()
    bare_page.get_by_role("button", name="نقل القاعدة «دُفع» إلى أعلى").click()
    expect(bare_page.get_by_text("تم نقل القاعدة")).to_be_visible()
    expect(bare_page.get_by_text("لا نصل إليها")).to_have_count(0)
    check_both_ways(bare_page, live, trigger)
    bare_page.goto(f"{live.url}/triggers/{trigger['id']}/rules")
    bare_page.get_by_role("link", name="حذف القاعدة «دُفع»").click()
    bare_page.get_by_role("button", name="حذف القاعدة").click()
    expect(bare_page.locator(".rule")).to_have_count(1)


def test_groups_are_added_and_removed_and_what_is_typed_stays(page: Page, live: Live) -> None:
    trigger = make(live)
    sign_in(page, live)
    page.goto(f"{live.url}/triggers/{trigger['id']}/rules/new")
    page.locator("#c-0-left").select_option("body.order.status")
    page.locator("#c-0-right").fill("paid")
    page.locator("#group-c").click()
    expect(page.locator("#c-1-0-left")).to_be_focused()
    page.locator("#c-1-0-left").select_option("other")
    page.locator("#c-1-0-path").fill("body.total")
    page.locator("#c-1-0-op").select_option("between")
    expect(page.locator("#c-1-0-right")).to_be_hidden()
    page.locator("#c-1-0-low").fill("١٠")
    page.locator("#c-1-0-high").fill("20")
    page.locator("#condition-c-1").click()
    page.locator("#c-1-1-left").select_option("call.peer")
    page.locator("#c-1-1-op").select_option("in")
    page.locator("#c-1-1-lines").fill("127.0.0.1\n10.0.0.1")
    page.locator("#remove-c-0").click()
    expect(page.locator("#c-kind")).to_be_focused()
    expect(page.locator("#c-0-0-low")).to_have_value("١٠")
    page.locator("#add-event").click()
    page.locator("#p-0-type").select_option("order.status")
    page.locator("#p-0-pick").select_option("body.order.status")
    page.locator("#insert-p-0-data").click()
    expect(page.locator("#p-0-data")).to_have_value(re.compile("{{ body.order.status }}"))
    page.get_by_role("button", name="اقرأ من جديد").click()
    expect(page.locator(".rule-sentence")).to_contain_text("كان body.total بين «١٠» و«20»")
    page.get_by_role("button", name="إضافة القاعدة").last.click()
    page.wait_for_url(re.compile(r"/rules$"))
    [rule] = saved(live, trigger)
    between = {"left": "body.total", "op": "between", "right": ["١٠", "20"]}
    peer = {"left": "call.peer", "op": "in", "right": ["127.0.0.1", "10.0.0.1"]}
    assert rule["when"] == {"all": [{"any": [between, peer]}]}
    assert rule["publish"][0]["data"] == {"حالة الطلب": "{{ body.order.status }}"}


def test_the_sentence_follows_what_is_typed_and_old_results_say_that_they_are_old(
    page: Page, live: Live
) -> None:
    trigger = make(live, rules=[{"name": "دُفع", "when": {"all": [PAID]}}])
    sign_in(page, live)
    page.goto(f"{live.url}/triggers/{trigger['id']}/rules/1/edit")
    rehearse_before_saving(page, "paid", 200, "met")
    expect(page.locator("#outcome .stale-note")).to_be_hidden()
    page.locator("#c-0-right").fill("late")
    expect(page.locator("#outcome .stale-note")).to_be_visible()
    page.locator("#name").focus()
    expect(page.locator(".rule-sentence")).to_contain_text("يساوي «late»")
    page.get_by_role("button", name="حفظ القاعدة").last.click()
    page.wait_for_url(re.compile(r"/rules$"))
    assert saved(live, trigger)[0]["when"]["all"][0]["right"] == "late"


def test_the_list_changes_in_place(page: Page, live: Live) -> None:
    rules = [{"name": "أ", "when": {"all": [PAID]}}, {"name": "ب", "when": {"all": [PAID]}}]
    trigger = make(live, rules=rules)
    sign_in(page, live)
    page.goto(f"{live.url}/triggers/{trigger['id']}/rules")
    page.get_by_role("button", name="نقل القاعدة «ب» إلى أعلى").click()
    expect(page.locator(".rule h2").first).to_contain_text("ب")
    page.get_by_role("button", name="إيقاف القاعدة «ب»").click()
    expect(page.locator(".rule").first).to_have_attribute("data-state", "off")
    expect(page.get_by_role("button", name="تفعيل القاعدة «ب»")).to_be_focused()
    assert [(one["name"], one["enabled"]) for one in saved(live, trigger)] == [
        ("ب", False),
        ("أ", True),
    ]
    page.get_by_role("link", name="حذف القاعدة «أ»").click()
    page.get_by_role("dialog").get_by_role("button", name="حذف القاعدة").click()
    expect(page.locator(".rule")).to_have_count(1)


def test_what_is_wrong_is_focused_and_shown(page: Page, live: Live) -> None:
    trigger = make(live, mode="async")
    sign_in(page, live)
    page.goto(f"{live.url}/triggers/{trigger['id']}/rules/new")
    page.get_by_label("المتغيّر", exact=True).select_option("body.order.status")
    page.locator("#fold-call > summary").click()
    page.get_by_label("اسم الرد").fill("check")
    page.get_by_role("button", name="إضافة القاعدة").last.click()
    expect(page.locator("#c-0-right")).to_be_focused()
    expect(page.locator("#url-error")).to_be_visible()
    expect(page.get_by_label("اسم الرد")).to_have_value("check")


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_the_pages_of_rules_fit_any_width_and_the_dark(
    page: Page, live: Live, size: dict[str, int]
) -> None:
    path = "body." + "a.very.long.path.that.goes.on." * 8 + "end"
    when: dict = {"all": [{"left": path, "op": "eq", "right": "ط" * 200}]}
    for _ in range(7):
        when = {"any": [when, {"left": path, "op": "between", "right": [1, 2]}]}
    published = {"type": "order.status", "data": {"a": "طويل" * 60}}
    trigger = make(live, rules=[{"name": "طويل" * 40, "when": when, "publish": [published]}])
    sign_in(page, live)
    page.set_viewport_size(size)
    for rest in ("", "/rules", "/rules/1/edit", "/rules/1/delete", "/rules/new"):
        page.emulate_media(color_scheme="light")
        page.goto(f"{live.url}/triggers/{trigger['id']}{rest}")
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert fits(page), rest
        assert not is_dark(page), rest
        page.emulate_media(color_scheme="dark")
        assert is_dark(page), rest
