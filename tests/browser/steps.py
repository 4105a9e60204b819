"""What people do in a browser, and programs beside it, again and again."""

from itertools import count
from typing import Any

import requests
from playwright.sync_api import Page

from tests.browser.conftest import Live
from tests.receiver import Receiver
from tests.waiting import until

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}

_numbers = count(1)
# The cookies of those who have signed in: the portal and the e-mail address lead to them.
_signed_in: dict[tuple[str, str], Any] = {}


def sign_in(page: Page, live: Live, email: str | None = None, anew: bool = False) -> None:
    """Be signed in, as the admin unless ``email`` is another's.

    Whoever was signed in before has the cookies only, and no page open, unless that is to be done
    ``anew``.
    """
    known = (live.url, email or live.email)
    page.context.clear_cookies()
    if known in _signed_in and not anew:
        page.context.add_cookies(_signed_in[known])
        return
    page.goto(f"{live.url}/login")
    page.fill("[name=email]", known[1])
    page.fill("[name=password]", live.password)
    page.get_by_role("button", name="دخول").click()
    page.wait_for_url(f"{live.url}/")
    _signed_in[known] = page.context.cookies()


def come_in(page: Page, live: Live, email: str | None = None) -> None:
    """Be signed in as above, and see the first page."""
    sign_in(page, live, email)
    page.goto(f"{live.url}/")


def call(live: Live, method: str, path: str, **kw: Any) -> Any:
    """Ask the API; returns the JSON of an answer that is no refusal."""
    answer = requests.request(
        method,
        f"{live.url}/api/v1{path}",
        headers={"Authorization": f"Bearer {live.key}"},
        timeout=10,
        **kw,
    )
    assert answer.status_code < 300, answer.text
    return answer.json() if answer.content else None


def publish(live: Live, text: str, kind: str = "message.received") -> None:
    """Publish one event over HTTP."""
    call(live, "POST", "/events", json={"type": kind, "data": {"text": text}})


def make_hook(live: Live, receiver: Receiver, **members: Any) -> dict[str, Any]:
    """A hook to ``receiver`` for a kind of event that nobody else hears of."""
    number = next(_numbers)
    kind = call(
        live,
        "POST",
        "/event-types",
        json={"key": f"browser.kind{number}", "label": f"نوع {number}", "example": {}},
    )
    named = {"name": f"خطاف التجربة {number}", "url": receiver.url, "event_types": [kind["key"]]}
    return call(live, "POST", "/hooks", json=named | members)


def make_policy(live: Live, *delays: int) -> str:
    """The slug of a policy with these delays."""
    made = {"name": f"سياسة {next(_numbers)}", "retry_delays": delays}
    return call(live, "POST", "/policies", json=made)["slug"]


def deliveries(live: Live, hook: dict[str, Any], state: str = "") -> list[dict[str, Any]]:
    """The deliveries of ``hook``, those in ``state`` alone where one is given."""
    wanted = {"hook": hook["id"], "state": state, "limit": "100"}
    return call(live, "GET", "/deliveries", params=wanted)["items"]


def lose(live: Live, receiver: Receiver, number: int) -> dict[str, Any]:
    """A hook for which so many deliveries were given up, and whose receiver works by now."""
    receiver.answer(500)
    hook = make_hook(live, receiver, policy=make_policy(live, 0))
    for place in range(number):
        publish(live, f"حدث {place}", hook["event_types"][0])
    until(lambda: len(deliveries(live, hook, "undelivered")) == number)
    receiver.answer(200)
    return hook


def fits(page: Page) -> bool:
    """Whether nothing of the page has to be scrolled to sideways."""
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def is_dark(page: Page) -> bool:
    """Whether the page is light text on dark ground."""
    shades = "getComputedStyle(document.body)"
    ground, text = (
        sum(map(int, page.evaluate(f"{shades}.{name}.match(/\\d+/g).slice(0, 3)")))
        for name in ("backgroundColor", "color")
    )
    return ground < 200 and text > 500
