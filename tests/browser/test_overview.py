"""The overview in a browser: charts from right to left, causes with their hosts, by keyboard."""

from dataclasses import replace

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Live, make_person
from tests.browser.steps import (
    DESK,
    PHONE,
    come_in,
    deliveries,
    is_dark,
    make_hook,
    make_policy,
    publish,
)
from tests.browser.test_every_page import faults_of
from tests.receiver import Receiver
from tests.waiting import until


def admin_of(live: Live, account: str) -> str:
    """The address of the admin of an account that is new."""
    return make_person(live, f"admin@{account}.example", "admin", account)


@pytest.fixture(scope="module")
def alone(live: Live) -> Live:
    """The same portal for an account in which only these tests do something."""
    email = admin_of(live, "overview")
    made = live.portal.flask("api-keys", "create", "overview", "--account", "overview")
    return replace(live, email=email, key=made.stdout.split()[-1])


def failing(live: Live, receiver: Receiver) -> dict[str, str]:
    """A hook whose only delivery was answered 500 and given up, as the overview knows by now."""
    receiver.answer(500)
    hook = make_hook(live, receiver, policy=make_policy(live, 0))
    publish(live, "لا يصل", hook["event_types"][0])
    until(lambda: deliveries(live, hook, "undelivered"))
    return hook


def row_of(page: Page, receiver: Receiver) -> Locator:
    """The row of what fails at ``receiver``, once the overview tells of it."""
    row = page.locator(f"li[data-host='127.0.0.1:{receiver.port}']")

    def is_told() -> bool:
        page.reload()
        return row.count() == 1

    until(is_told, 20)
    return row


def overlaps(words: Locator) -> bool:
    """Whether one of the words that stand side by side runs into the next."""
    boxes = sorted((box["x"], box["width"]) for one in words.all() if (box := one.bounding_box()))
    return any(x + width > after for (x, width), (after, _) in zip(boxes, boxes[1:], strict=False))


def across(locator: Locator) -> list[float]:
    """Where each of the elements begins, in pixels from the left."""
    return [(one.bounding_box() or {})["x"] for one in locator.all()]


def test_one_sees_what_fails_where_since_when_and_whose_turn_it_is(
    page: Page, alone: Live, receiver: Receiver
) -> None:
    hook = failing(alone, receiver)
    come_in(page, alone)
    row = row_of(page, receiver)
    expect(row).to_contain_text("خطأ داخلي في النظام المستقبِل")
    expect(row).to_contain_text("عملية تسليم واحدة، محاولة واحدة، خطاف واحد، منذ")
    expect(row).to_contain_text("من يعالجه: فريق النظام المستقبِل.")
    host = row.locator("h3 bdi").last
    expect(host).to_have_text(f"127.0.0.1:{receiver.port}")
    # The host stands to the left of the words, and its own text runs from left to right.
    assert across(host)[0] < across(row.locator("h3 bdi").first)[0]
    assert host.evaluate("one => getComputedStyle(one).direction") == "ltr"
    log = row.get_by_role("link", name=hook["name"])
    log.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/deliveries?hook={hook['id']}&status_class=5xx")
    expect(page.locator("tbody tr")).to_have_count(1)


def test_a_cause_that_is_mended_is_over(page: Page, alone: Live, receiver: Receiver) -> None:
    hook = failing(alone, receiver)
    come_in(page, alone)
    expect(row_of(page, receiver)).to_have_attribute("data-phase", "going_on")
    receiver.answer(200)
    publish(alone, "يصل", hook["event_types"][0])
    until(lambda: deliveries(alone, hook, "delivered"))
    until(lambda: row_of(page, receiver).get_attribute("data-phase") == "just_over", 20)
    expect(row_of(page, receiver)).to_contain_text("لم يتكرر بعد آخر ظهور له")


def test_the_period_is_switched_by_keyboard_and_stands_in_the_address(
    page: Page, alone: Live, receiver: Receiver
) -> None:
    failing(alone, receiver)
    come_in(page, alone)
    row_of(page, receiver)
    chart = page.locator("svg[data-chart=sent]")
    expect(chart.locator("g")).to_have_count(24)
    page.locator("#period-week").focus()
    page.keyboard.press("Enter")
    expect(chart.locator("g")).to_have_count(28)
    assert page.url == f"{alone.url}/?period=week"
    expect(page.locator("#period-week")).to_have_attribute("aria-current", "true")
    expect(page.locator("#period-week")).to_be_focused()
    expect(page.locator("#announce")).to_have_text("خلال آخر 7 أيام")
    expect(page.get_by_role("heading", name="ما أُرسل خلال آخر 7 أيام")).to_be_visible()
    page.go_back()
    expect(chart.locator("g")).to_have_count(24)


def test_time_runs_from_right_to_left_and_a_table_tells_the_same(
    page: Page, alone: Live, receiver: Receiver
) -> None:
    failing(alone, receiver)
    come_in(page, alone)
    row_of(page, receiver)
    for period, count in (("day", 24), ("week", 28)):
        page.goto(f"{alone.url}/?period={period}")
        places = across(page.locator("svg[data-chart=sent] .hover"))
        assert len(places) == count
        assert places == sorted(places, reverse=True)
        now = page.locator("svg[data-chart=sent] .now")
        assert across(now)[0] <= places[-2]
        rows = page.get_by_role("table").get_by_role("row")
        assert rows.count() == count + 1
        drawn = page.locator("svg[data-chart=sent] .bad").count()
        failed = [row.get_by_role("cell").nth(1).inner_text() for row in rows.all()[1:]]
        assert len([number for number in failed if number != "0"]) == drawn >= 1


def test_everybody_can_read_it_on_a_phone_and_a_desk_in_both_themes(
    page: Page, alone: Live, receiver: Receiver
) -> None:
    failing(alone, receiver)
    come_in(page, alone)
    row_of(page, receiver)
    for size, scheme in ((DESK, "light"), (PHONE, "dark")):
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)
        assert is_dark(page) is (scheme == "dark")
        for period in ("day", "week"):
            page.goto(f"{alone.url}/?period={period}")
            assert not list(faults_of(page))
            assert not overlaps(page.locator("svg[data-chart=sent] text:not(.value):visible"))


def test_it_is_read_and_switched_without_scripts(
    bare_page: Page, alone: Live, receiver: Receiver
) -> None:
    failing(alone, receiver)
    come_in(bare_page, alone)
    row_of(bare_page, receiver)
    bare_page.get_by_role("link", name="آخر 7 أيام", exact=True).click()
    bare_page.wait_for_url(f"{alone.url}/?period=week")
    expect(bare_page.locator("svg[data-chart=sent] g")).to_have_count(28)
    expect(row_of(bare_page, receiver)).to_be_visible()


def test_a_newcomer_is_shown_how_to_begin(page: Page, live: Live) -> None:
    come_in(page, live, admin_of(live, "untouched"))
    expect(page.locator("#overview")).to_contain_text("لا توجد خطافات ويب بعد")
    expect(page.get_by_role("button", name="جرّب الآن")).to_be_visible()
