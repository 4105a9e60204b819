"""الحقول المخفية in a browser: set by an admin, and what support sees and finds from then on."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Live
from tests.browser.steps import (
    DESK,
    PHONE,
    call,
    deliveries,
    fits,
    is_dark,
    make_hook,
    sign_in,
)
from tests.receiver import Answer, Receiver
from tests.waiting import until

NUMBER = "+966555123456"
# Fields that no other test knows: what is hidden stays so for all of a run.
_fields = count(1)


def hide(page: Page, live: Live, field: str) -> None:
    """Hide ``field`` from support, as the admin who is signed in."""
    page.goto(f"{live.url}/settings/masks")
    page.get_by_label("اسم الحقل أو مساره").fill(field)
    page.get_by_label("نوع القيمة").select_option("phone")
    page.get_by_label("أو الصق بيانات من عندك").fill(f'{{"{field}": "{NUMBER}"}}')


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "bare"])
def test_what_an_admin_hides_support_neither_sees_nor_finds(
    request: pytest.FixtureRequest,
    live: Live,
    browser: Browser,
    receiver: Receiver,
    support: str,
    scripts: bool,
) -> None:
    page: Page = request.getfixturevalue("page" if scripts else "bare_page")
    field = f"canary{next(_fields)}"
    receiver.answer(Answer(200, {}, f"<p>0555 123 456 {field.upper()[:-1]}</p>".encode()))
    hook = make_hook(live, receiver)
    event = {"type": hook["event_types"][0], "data": {"to": {field: NUMBER}}}
    call(live, "POST", "/events", json={**event, "id": f"order-{field}-{NUMBER}"})
    until(lambda: deliveries(live, hook, "delivered"))
    [delivery] = deliveries(live, hook)
    sign_in(page, live)
    hide(page, live, field)
    if not scripts:
        page.get_by_role("button", name="اعرض النتيجة").click()
    expect(page.locator("#mask-preview .masked")).to_have_text("•••••")
    expect(page.locator("#mask-preview")).to_contain_text("3456")
    page.get_by_role("button", name="احجب الحقل").click()
    expect(page.locator(".masks-table")).to_contain_text(field)
    page.goto(f"{live.url}/deliveries/{delivery['id']}")
    expect(page.locator("#delivery")).to_contain_text(NUMBER)

    with desk_of(browser, scripts) as desk:
        sign_in(desk, live, support)
        neither_seen_nor_found(desk, live, delivery["id"], hook["id"])


@contextmanager
def desk_of(browser: Browser, scripts: bool) -> Iterator[Page]:
    """A page of a browser of its own."""
    context = browser.new_context(java_script_enabled=scripts)
    yield context.new_page()
    context.close()


def neither_seen_nor_found(desk: Page, live: Live, delivery_id: str, hook_id: str) -> None:
    """Assert that whoever sits at ``desk`` sees dots, and neither exports nor finds the value."""
    desk.goto(f"{live.url}/deliveries/{delivery_id}")
    expect(desk.locator(".masked").first).to_have_attribute("title", "محجوب عن دورك")
    expect(desk.locator("#delivery")).to_contain_text("بعض الحقول محجوب عن دورك")
    assert not re.search(r"555\s?123\s?456", desk.content())
    export = desk.request.get(f"{live.url}/deliveries/export.csv?hook={hook_id}").text()
    assert delivery_id in export
    assert NUMBER not in export
    row = f"tr[data-id={delivery_id}]"
    for q, found in ((NUMBER, 0), ("5551234", 0), (delivery_id, 1)):
        desk.goto(f"{live.url}/deliveries?hook={hook_id}&q={q.replace('+', '%2B')}")
        expect(desk.locator(row)).to_have_count(found)


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_the_page_fits_any_width_and_the_dark(page: Page, live: Live, size: dict[str, int]) -> None:
    page.set_viewport_size(size)
    page.emulate_media(color_scheme="dark")
    sign_in(page, live)
    field = f"{'a.very.long.path.that.goes.on.' * 6}end{next(_fields)}"
    hide(page, live, field)
    page.get_by_role("button", name="احجب الحقل").click()
    expect(page.locator(".masks-table")).to_contain_text(field)
    assert fits(page)
    assert is_dark(page)
