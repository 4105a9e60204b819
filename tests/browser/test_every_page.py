"""Whatever a page shows, everybody can read it: by machine, in Arabic, on a phone, in the dark."""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Page

from tests.browser.conftest import Live
from tests.browser.looks import (
    bare_machine_text,
    mark_reachable,
    reached,
    scrambled,
    violations,
)
from tests.browser.pages import Loads, addresses, furnish
from tests.browser.steps import DESK, PHONE, come_in, fits, sign_in
from tests.receiver import Receiver

# Bytes over the wire, the page's own and those of what it needs: with stylesheet and font kept,
# and with nothing kept.
WARM, COLD = 200 * 1024, 400 * 1024

# The portal that is looked at has a database of its own.
once = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def paths(app: Flask, live: Live, page: Page, receiver: Receiver) -> list[str]:
    """Where every page is; the admin is signed in."""
    come_in(page, live)
    return sorted(addresses(app, furnish(live, page, receiver)))


def pages(page: Page, live: Live, paths: list[str]) -> Iterator[str]:
    """Opens one page after the other; leaves out what is no page."""
    for path in paths:
        answer = page.request.get(f"{live.url}{path}", max_redirects=0)
        if answer.status == 200 and "<html" in answer.text():
            page.goto(f"{live.url}{path}")
            yield path


@once
def test_every_page_weighs_little_and_can_be_read_by_everybody(
    page: Page, live: Live, paths: list[str]
) -> None:
    # Colours that are still changing are nobody's to judge.
    page.emulate_media(reduced_motion="reduce")
    loads, weights, faults = Loads(page), {}, []
    for path in pages(page, live, paths):
        weights[path], loads.weight = loads.weight, 0
        faults += [f"{path}: {fault}" for fault in faults_of(page)]
        hold(page, PHONE, "dark")
        # What a page says of itself is the same; its colours and places are not.
        faults += [f"{path} on a phone: {fault}" for fault in faults_of(page, "color-contrast")]
        hold(page, DESK, "light")
    assert not faults, "\n".join(faults)
    assert {path: weight for path, weight in weights.items() if weight > WARM} == {}
    loads.forget()
    page.goto(f"{live.url}{max(weights, key=weights.__getitem__)}", wait_until="networkidle")
    # With all that it had kept.
    assert max(weights.values()) + 100 * 1024 < loads.weight < COLD


def hold(page: Page, size: dict[str, int], theme: str) -> None:
    """Let a page be seen at this size, in this theme."""
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=theme)


def faults_of(page: Page, *rules: str) -> Iterator[str]:
    """What is wrong with a page that is open; by machine only ``rules`` where they are named."""
    yield from violations(page, *rules)
    yield from (f"scrambled: {text}" for text in scrambled(page))
    yield from (f"not isolated: {text}" for text in bare_machine_text(page))
    if not fits(page):
        yield "has to be scrolled sideways"


@pytest.mark.parametrize("path", ["/", "/deliveries", "/settings/webhooks", "/help"])
def test_everything_on_a_page_is_reached_by_keyboard_alone(
    page: Page, live: Live, path: str
) -> None:
    sign_in(page, live)
    page.goto(f"{live.url}{path}")
    wanted = mark_reachable(page)
    seen = set()
    for _ in range(wanted + 5):
        page.keyboard.press("Tab")
        seen.add(reached(page))
    assert set(range(wanted)) <= seen
