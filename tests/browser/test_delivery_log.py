"""سجل التسليم in a browser: narrowed, searched, watched, with columns chosen, and as a file."""

import csv
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Locator, Page, expect

from portal.models import Account
from portal.queries import deliveries as queries
from portal.web.routes import delivery_log
from tests import factories
from tests.browser.conftest import Live
from tests.browser.looks import bare_machine_text, scrambled, violations
from tests.browser.steps import (
    DESK,
    PHONE,
    deliveries,
    fits,
    is_dark,
    lose,
    publish,
    sign_in,
)
from tests.receiver import Receiver
from tests.waiting import until

SEARCH = "ابحث بمعرّف أو رابط أو سبب فشل أو نص في بيانات الحدث"


@pytest.fixture
def hook(live: Live, receiver: Receiver) -> dict[str, Any]:
    """A hook with three deliveries that were given up, and one that says something."""
    made = lose(live, receiver, 3)
    receiver.answer(200)
    publish(live, "رسالةٌ إلى أحمد رقم ٤٢", made["event_types"][0])
    until(lambda: deliveries(live, made, "delivered"))
    return made


def open_log(page: Page, live: Live, hook: dict[str, Any], more: str = "") -> None:
    """Go to the log of ``hook``."""
    page.goto(f"{live.url}/deliveries?hook={hook['id']}{more}")


def rows(page: Page) -> Locator:
    """The deliveries that are shown."""
    return page.locator(".deliveries-table tbody tr")


def chips(page: Page) -> Locator:
    """What the log is narrowed by."""
    return page.get_by_role("list", name="التصفية الحالية").get_by_role("listitem")


def test_support_narrows_the_log_and_takes_fields_away_again(
    page: Page, live: Live, support: str, hook: dict[str, Any]
) -> None:
    sign_in(page, live, support)
    open_log(page, live, hook)
    expect(rows(page)).to_have_count(4)
    page.get_by_role("combobox", name="الحالة").select_option("undelivered")
    expect(rows(page)).to_have_count(3)
    page.get_by_text("تصفية أدق").click()
    page.get_by_role("combobox", name="الاستجابة").select_option("2xx")
    expect(page.get_by_text("لا نتائج مطابقة.")).to_be_visible()
    expect(chips(page)).to_have_count(3)
    assert "status_class=2xx" in page.url
    page.get_by_role("link", name="إزالة من التصفية: الحالة").click()
    expect(rows(page)).to_have_count(1)
    page.get_by_role("link", name="إزالة من التصفية: الاستجابة").press("Enter")
    expect(rows(page)).to_have_count(4)
    page.get_by_role("link", name="آخر ساعة").click()
    expect(rows(page)).to_have_count(4)
    expect(page.get_by_label("من", exact=True)).not_to_have_value("")
    page.get_by_label("قبل", exact=True).fill("2026-01-01T00:00")
    expect(page.get_by_text("لا نتائج مطابقة.")).to_be_visible()
    # The page that was left is read anew; going further meanwhile would cut that off.
    page.go_back()
    expect(rows(page)).to_have_count(4)


def test_a_search_as_it_is_typed_finds_texts_failures_and_ids(
    page: Page, live: Live, support: str, hook: dict[str, Any]
) -> None:
    [found] = deliveries(live, hook, "delivered")
    sign_in(page, live, support)
    open_log(page, live, hook)
    search = page.get_by_role("searchbox", name=SEARCH)
    for text, count in (
        ("رساله الي احمد", 1),
        ("42", 1),
        ("خطأ داخلي", 3),
        ("٥٠٠", 3),
        (found["event"][:28], 1),
    ):
        search.fill(text)
        expect(rows(page)).to_have_count(count)
        expect(chips(page).filter(has_text=text)).to_be_visible()
    search.fill(found["id"])
    expect(rows(page)).to_have_attribute("data-id", found["id"])
    search.fill("لا أحد يقول هذا")
    page.get_by_role("link", name="ابحث في السجل كله").click()
    expect(page.get_by_text("لا نتائج مطابقة.")).to_be_visible()


@pytest.fixture
def far_back(
    page: Page, served: str, account: Account, monkeypatch: pytest.MonkeyPatch
) -> tuple[str, str]:
    """The address of a log whose pages end after two rows each, and the id of its oldest
    delivery, which alone says «نادر»; somebody is signed in."""
    monkeypatch.setattr(queries, "FIRST_BITE", 2)
    for name in ("PATIENCE", "STEP_PATIENCE"):
        monkeypatch.setattr(delivery_log, name, 0)
    hook = factories.make_hook(account=account)
    wanted = factories.make_delivery(hook, factories.make_event(data='{"text": "نادر"}'))
    for _ in range(9):
        factories.make_delivery(hook)
    email = factories.make_person(account=account).email
    page.goto(f"{served}/login")
    page.fill("[name=email]", email)
    page.fill("[name=password]", factories.PASSWORD)
    page.get_by_role("button", name="دخول").click()
    page.wait_for_url(f"{served}/")
    return f"{served}/deliveries", wanted.id


once = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@once
def test_what_lies_far_back_is_looked_for_by_itself_behind_a_bar(
    page: Page, far_back: tuple[str, str]
) -> None:
    log, wanted = far_back
    page.goto(f"{log}?q=نادر")
    expect(rows(page)).to_have_attribute("data-id", wanted)
    expect(page.get_by_role("progressbar")).to_have_count(0)
    page.goto(f"{log}?q=معدوم")
    expect(page.get_by_text("لا نتائج مطابقة.")).to_be_visible()
    # The end is reached by itself, and the address is still that of the search.
    assert page.url.endswith("?q=" + quote("معدوم"))


@once
def test_a_search_that_goes_on_gives_way_to_another(page: Page, far_back: tuple[str, str]) -> None:
    log, _ = far_back
    # The next step is never answered.
    page.route("**/deliveries?before=*", lambda _: None)
    with page.expect_request("**/deliveries?before=*"):
        page.goto(f"{log}?q=معدوم")
    expect(page.get_by_role("progressbar")).to_be_visible()
    with page.expect_event("requestfailed", lambda request: "before=" in request.url):
        page.get_by_role("searchbox", name=SEARCH).fill("السلام")
    expect(rows(page)).to_have_count(2)
    expect(chips(page)).to_have_text("البحث: السلام")


def test_what_comes_meanwhile_is_announced_where_it_matches(
    page: Page, live: Live, hook: dict[str, Any]
) -> None:
    sign_in(page, live)
    open_log(page, live, hook, "&q=جديد")
    publish(live, "قديم", hook["event_types"][0])
    for _ in range(3):
        publish(live, "جديد", hook["event_types"][0])
    banner = page.get_by_role("status").get_by_role("link", name="ظهرت 3 عمليات جديدة")
    expect(banner).to_be_visible(timeout=15_000)
    banner.click()
    expect(rows(page)).to_have_count(3)
    expect(chips(page)).to_have_count(2)


def test_columns_are_chosen_and_stay(page: Page, live: Live, hook: dict[str, Any]) -> None:
    sign_in(page, live)
    open_log(page, live, hook, "&state=undelivered")
    page.get_by_text("الأعمدة", exact=True).click()
    form = page.locator("#columns form")
    for name in ("معرّف العملية", "الرابط"):
        form.get_by_label(name, exact=True).check()
    form.get_by_label("المحاولات", exact=True).uncheck()
    form.get_by_role("button", name="اعرض الأعمدة").click()
    expect(rows(page)).to_have_count(3)
    expect(chips(page)).to_have_count(2)
    assert fits(page)
    newest = deliveries(live, hook, "undelivered")[0]
    expect(rows(page).first).to_contain_text(newest["id"])
    expect(rows(page).first).to_contain_text(hook["url"])
    open_log(page, live, hook)
    expect(page.locator("td[data-label=المحاولات]")).to_have_count(0)
    page.set_viewport_size(PHONE)
    assert fits(page)
    page.get_by_text("الأعمدة", exact=True).click()
    page.get_by_role("button", name="الأعمدة المعتادة").click()
    expect(page.locator("td[data-label=المحاولات]")).to_have_count(4)
    expect(page.locator("td[data-label=الرابط]")).to_have_count(0)


def test_what_matches_is_downloaded(
    page: Page, live: Live, support: str, hook: dict[str, Any]
) -> None:
    sign_in(page, live, support)
    open_log(page, live, hook, "&state=undelivered")
    wanted = [one["id"] for one in deliveries(live, hook, "undelivered")]

    def download(name: str) -> Path:
        page.locator("#export").evaluate("menu => { menu.open = true; }")
        with page.expect_download() as started:
            page.get_by_role("link", name=name).click()
        assert started.value.suggested_filename.startswith("deliveries-20")
        return started.value.path()

    with download("جدول لبرنامج Excel").open(encoding="utf-8-sig", newline="") as file:
        table = list(csv.DictReader(file))
    assert [row["معرّف العملية"] for row in table] == wanted
    assert {row["الحالة"] for row in table} == {"غير مُسلَّمة"}
    lines = download("سجلات للبرامج").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["id"] for line in lines] == wanted


def test_without_scripts_the_log_is_narrowed_and_its_columns_are_chosen(
    bare_page: Page, live: Live, hook: dict[str, Any]
) -> None:
    page = bare_page
    sign_in(page, live)
    open_log(page, live, hook)
    page.get_by_role("searchbox", name=SEARCH).fill("احمد")
    page.get_by_role("button", name="تصفية", exact=True).click()
    expect(rows(page)).to_have_count(1)
    page.get_by_text("الأعمدة", exact=True).click()
    page.get_by_label("معرّف الحدث", exact=True).check()
    page.get_by_role("button", name="اعرض الأعمدة").click()
    expect(rows(page)).to_have_count(1)
    expect(page.locator("td[data-label='معرّف الحدث']")).to_have_count(1)
    expect(page.get_by_text("المحاولة التالية")).to_have_count(0)
    page.get_by_text("تصدير", exact=True).click()
    expect(page.get_by_role("link", name="جدول لبرنامج Excel")).to_be_visible()


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_the_log_fits_any_width_and_the_dark(
    page: Page, live: Live, hook: dict[str, Any], size: dict[str, int]
) -> None:
    sign_in(page, live)
    page.set_viewport_size(size)
    long = "&q=" + "س" * 80 + "&state=undelivered&status_class=5xx&since=2026-11-01T00:00"
    for more in ("", long):
        open_log(page, live, hook, more)
        for menu in ("columns", "export"):
            page.locator(f"#{menu} > summary").click()
            panel = page.locator(f"#{menu} > :not(summary)")
            expect(panel).to_be_visible()
            box = panel.bounding_box()
            assert box
            assert 0 <= box["x"] <= box["x"] + box["width"] <= size["width"]
            assert fits(page)
            assert violations(page) == scrambled(page) == bare_machine_text(page) == []
        page.emulate_media(color_scheme="light")
        assert not is_dark(page)
        page.emulate_media(color_scheme="dark")
        assert is_dark(page)
