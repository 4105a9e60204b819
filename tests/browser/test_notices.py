"""التنبيهات in a browser: what the watch of the running portal finds is told, and dismissed."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Locator, Page, expect

from tests import hostile
from tests.authority import Authority
from tests.browser.conftest import Live
from tests.browser.looks import bare_machine_text, scrambled, violations
from tests.browser.steps import DESK, PHONE, call, fits, is_dark, make_hook, sign_in
from tests.hostile import receiver
from tests.receiver import Receiver
from tests.waiting import until


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@contextmanager
def ending(live: Live, authority: Authority, days: int, name: str) -> Iterator[dict[str, str]]:
    """A hook to a server whose certificate ends in so many days, signed by itself."""
    with receiver(hostile.fine, authority.context("127.0.0.1", days, own=True)) as there:
        members = {"name": name, "url": f"{there.url}?key=s3cret", "event_types": ["order.status"]}
        hook = call(live, "POST", "/hooks", json=members)
        yield hook | {"host": f"127.0.0.1:{there.port}"}
        call(live, "DELETE", f"/hooks/{hook['id']}")


def told(page: Page, live: Live, words: str) -> Locator:
    """The notice with ``words``, as soon as the portal has come round to it."""

    def found() -> bool:
        page.goto(f"{live.url}/notices?state=unseen")
        return page.locator("li.notice").filter(has_text=words).count() > 0

    until(found, timeout=30)
    return page.locator("li.notice").filter(has_text=words)


def unseen(page: Page) -> int:
    """What the badge in the menu says."""
    return int(page.locator("#unseen [aria-hidden]").inner_text())


def test_the_end_of_a_certificate_is_told_and_seen_by_keyboard_alone(
    page: Page, live: Live, authority: Authority, receiver: Receiver, staff: str
) -> None:
    listener = make_hook(live, receiver, event_types=["endpoint.warning"])
    sign_in(page, live, staff)
    with ending(live, authority, 5, "متجر ينتهي") as hook:
        notice = told(page, live, f"تنتهي شهادة الأمان في {hook['host']} بعد 5 أيام")
        arrivals = until(lambda: [a.json for a in receiver.arrivals if "mark" in a.json["data"]])
    assert arrivals[0]["type"] == "endpoint.warning"
    assert arrivals[0]["data"]["hooks"] == [{"id": hook["id"], "name": "متجر ينتهي"}]
    expect(notice.get_by_role("link", name="متجر ينتهي")).to_be_visible()
    before = unseen(page)
    name = notice.get_attribute("id")
    notice.get_by_role("button", name="تم الاطلاع").focus()
    page.keyboard.press("Enter")
    seen = page.locator(f"#{name}")
    expect(seen).to_have_attribute("data-state", "seen")
    expect(seen).to_be_focused()
    expect(seen).to_contain_text(f"اطّلع عليه {staff}")
    expect(page.locator("#unseen")).to_contain_text(f"{before - 1}")
    expect(page.locator("#announce")).to_have_text("تم الاطلاع على التنبيه.")
    page.goto(f"{live.url}/notices")
    expect(seen).to_have_attribute("data-state", "seen")
    call(live, "DELETE", f"/hooks/{listener['id']}")


def test_everything_is_seen_at_once_without_scripts(
    bare_page: Page, live: Live, authority: Authority, staff: str
) -> None:
    sign_in(bare_page, live, staff)
    with ending(live, authority, -3, "شهادة منتهية") as hook:
        notice = told(bare_page, live, f"انتهت صلاحية شهادة الأمان في {hook['host']}")
        notice.get_by_role("button", name="تم الاطلاع").click()
        expect(bare_page.locator("li.notice").filter(has_text=hook["host"]).first).to_be_visible()
        bare_page.get_by_role("button", name="تم الاطلاع على الكل").click()
    expect(bare_page.get_by_text("تم الاطلاع على التنبيهات.")).to_be_visible()
    expect(bare_page.locator("#unseen")).to_be_hidden()
    bare_page.goto(f"{live.url}/notices?state=unseen")
    expect(bare_page.get_by_text("لا تنبيهات جديدة.")).to_be_visible()


@pytest.mark.parametrize("kind", ["page", "bare_page"])
def test_support_has_an_endpoint_looked_at_now_and_dismisses_nothing(
    request: pytest.FixtureRequest, live: Live, receiver: Receiver, support: str, kind: str
) -> None:
    page: Page = request.getfixturevalue(kind)
    hook = make_hook(live, receiver, enabled=False)
    sign_in(page, live, support)
    page.goto(f"{live.url}/notices")
    expect(page.get_by_role("button", name="تم الاطلاع")).to_have_count(0)
    call(live, "PATCH", f"/hooks/{hook['id']}", json={"enabled": True})
    row = page.locator(f"tr[data-id='http://127.0.0.1:{receiver.port}']")

    def is_listed() -> bool:
        page.goto(f"{live.url}/watch")
        return row.get_attribute("data-state") == "well" if row.count() else False

    until(is_listed, timeout=30)
    row.get_by_role("button", name="افحص الآن").click()
    expect(page.locator("#toasts")).to_contain_text("فُحصت نقطة النهاية قبل لحظات")
    expect(row).to_contain_text("ملي ثانية")
    assert receiver.arrivals == []


def test_notices_and_endpoints_can_be_read_by_everybody(
    page: Page, live: Live, authority: Authority
) -> None:
    named = {"name": "اسم " + "طويل" * 30, "url": f"https://{'long-name.' * 12}invalid/x"}
    nowhere = call(live, "POST", "/hooks", json=named | {"event_types": ["order.status"]})
    sign_in(page, live)
    with ending(live, authority, 20, "CRM (old)") as hook:
        told(page, live, f"{hook['host']} بعد 20 يومًا")
        told(page, live, "تعذّر العثور على عنوان الخادم")
        for size, scheme in ((DESK, "light"), (PHONE, "dark")):
            page.set_viewport_size(size)
            page.emulate_media(color_scheme=scheme)
            for path in ("/notices", "/watch", "/watch?state=attention"):
                page.goto(live.url + path)
                assert fits(page), path
                assert is_dark(page) == (scheme == "dark")
                assert [*violations(page), *scrambled(page), *bare_machine_text(page)] == []
    call(live, "DELETE", f"/hooks/{nowhere['id']}")


def test_words_around_a_host_stand_on_both_sides_of_it(
    page: Page, live: Live, authority: Authority
) -> None:
    sign_in(page, live)
    with ending(live, authority, 6, "اتجاه") as hook:
        title = told(page, live, f"{hook['host']} بعد 6 أيام").get_by_role("heading")
    edges = title.evaluate(
        """one => {
          const range = document.createRange();
          const x = (node, at) => {
            range.setStart(node, at); range.setEnd(node, at + 1);
            return range.getBoundingClientRect().x;
          };
          const [before, host, after] = one.childNodes;
          return [x(before, 0), host.getBoundingClientRect().x, x(after, after.length - 1)];
        }"""
    )
    assert edges == sorted(edges, reverse=True)
