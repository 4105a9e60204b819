"""Right to left, by position: what an Arabic reader begins with stands at the right."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Live
from tests.browser.steps import DESK, make_hook, publish, sign_in
from tests.receiver import Receiver


@pytest.fixture
def log(page: Page, live: Live, receiver: Receiver) -> Page:
    """The log with something in it."""
    hook = make_hook(live, receiver)
    publish(live, "مرحبًا", hook["event_types"][0])
    sign_in(page, live)
    page.set_viewport_size(DESK)
    page.goto(f"{live.url}/deliveries")
    return page


def middle(page: Page, selector: str) -> float:
    """How far from the left the first such element has its middle."""
    box: Any = page.locator(selector).first.bounding_box()
    return box["x"] + box["width"] / 2


def test_menu_title_and_first_column_stand_at_the_right(log: Page) -> None:
    assert middle(log, "aside") > middle(log, "main")
    assert middle(log, ".page-head h1") > middle(log, "main")
    columns = log.locator("thead th")
    places = [columns.nth(place).bounding_box() for place in range(columns.count())]
    starts = [place["x"] for place in places if place]
    assert starts == sorted(starts, reverse=True)


def test_what_leads_back_points_to_the_right_and_what_leads_on_to_the_left(
    log: Page, live: Live
) -> None:
    log.locator("tbody .row-name").first.click()
    back = log.locator(".back")
    icon, words = back.locator("svg").bounding_box(), back.bounding_box()
    assert icon
    assert words
    assert icon["x"] + icon["width"] == pytest.approx(words["x"] + words["width"], abs=2)
    assert "arrow-right" in (back.locator("use").get_attribute("href") or "")


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026-11-22T14:05:09Z", "2026", "Z"),
        ("https://a.example.com/x/", "https", "/"),
        ("X-Request-Id: -9f2c_", "X", "_"),
        ("-5%", "-", "%"),
        ("+966 50 123 4567", "+966", "4567"),
    ],
)
def test_machine_text_that_is_isolated_keeps_its_ends(
    log: Page, text: str, first: str, last: str
) -> None:
    """In the middle of an Arabic sentence, as ``ui.machine`` and the filter ``ltr`` put it."""
    ends = log.evaluate(
        """([text, first, last]) => {
          const sentence = document.createElement("p");
          const machine = document.createElement("bdi");
          Object.assign(machine, {className: "ltr", dir: "ltr", textContent: text});
          sentence.append("وصل الطلب ", machine, " إلى نظامك.");
          document.querySelector("main").append(sentence);
          const at = (from, to) => {
            const range = document.createRange();
            range.setStart(machine.firstChild, from);
            range.setEnd(machine.firstChild, to);
            return range.getBoundingClientRect();
          };
          const start = at(0, first.length), end = at(text.length - last.length, text.length);
          return [start.left, end.right, machine.getBoundingClientRect().width];
        }""",
        [text, first, last],
    )
    start, end, width = ends
    assert end - start == pytest.approx(width, abs=1)
