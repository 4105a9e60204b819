"""Debian's Chromium, and a whole portal for it to look at."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from portal.domain.members import PlatformRole
from portal.domain.states import Role
from portal.pipeline import people
from portal.pipeline.accounts import FIRST_ACCOUNT
from tests import servers
from tests.portal import EMAIL, PASSWORD, Portal

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@dataclass(frozen=True)
class Live:
    """A running portal: its address, its first admin, and a key for its API.

    Everybody in it has the same password.
    """

    url: str
    email: str
    password: str
    key: str
    portal: Portal


@pytest.fixture(scope="session")
def live() -> Iterator[Live]:
    """The portal as a user starts it, for all browser tests together."""
    with TemporaryDirectory(prefix="khuttaf-") as folder:
        portal = Portal(Path(folder))
        try:
            portal.start()
            yield Live(portal.url, EMAIL, PASSWORD, portal.make_key(), portal)
        finally:
            portal.stop()


@pytest.fixture(scope="session")
def staff(live: Live) -> str:
    """The address of somebody who works with hooks."""
    return make_person(live, "staff@nour.example", "staff")


@pytest.fixture(scope="session")
def support(live: Live) -> str:
    """The address of somebody who reads the log and resends."""
    return make_person(live, "support@nour.example", "support")


@pytest.fixture(scope="session")
def newcomer(live: Live) -> str:
    """The address of the admin of an account in which nothing is yet."""
    return make_person(live, "admin@wadi.example", "admin", "wadi")


def make_person(
    live: Live,
    email: str,
    role: str,
    account: str = FIRST_ACCOUNT,
    beyond: PlatformRole | None = None,
) -> str:
    """Somebody new with ``role`` in ``account``, and ``beyond`` accounts; returns ``email``."""
    with live.portal.inside():
        people.make_user(email, live.password, Role(role), account, beyond)
    return email


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    servers.need("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=servers.find("chromium"), args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty page of an Arabic reader.

    At the end of the test asserts that no script failed, that nothing was refused by the content
    security policy, and that no page asked for anything from another machine.
    """
    yield from _watched(browser)


@pytest.fixture
def bare_page(browser: Browser) -> Iterator[Page]:
    """A page as above, in a browser that runs no scripts."""
    yield from _watched(browser, java_script_enabled=False)


def _watched(browser: Browser, **kind: bool) -> Iterator[Page]:
    context = browser.new_context(
        locale="ar-SA", timezone_id="Asia/Riyadh", viewport={"width": 1280, "height": 900}, **kind
    )
    context.set_default_timeout(10_000)
    page, complaints = context.new_page(), []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.extend(_complaint(message)))
    page.on("request", lambda request: complaints.extend(_strange(request)))
    yield page
    context.close()
    assert complaints == []


def _complaint(message: ConsoleMessage) -> list[str]:
    # A 422 is an ordinary answer to a form, and Chromium complains of each; htmx does of a poll
    # that leaving its page has cut off.
    ordinary = ("Failed to load resource", "htmx:afterRequest", "htmx:send")
    if message.type != "error" or message.text.startswith(ordinary):
        return []
    return [message.text]


def _strange(request: Request) -> list[str]:
    address = urlsplit(request.url)
    is_ours = address.scheme in ("data", "blob", "about") or address.hostname == "127.0.0.1"
    return [] if is_ours else [f"asked for {request.url}"]
