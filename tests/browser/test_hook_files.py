"""Hooks from a file in a browser: looked through, then made, at any width."""

import json

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Live
from tests.browser.steps import DESK, PHONE, call, fits, is_dark, sign_in


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "bare"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_hooks_are_made_from_a_file_after_a_look(
    request: pytest.FixtureRequest, live: Live, scripts: bool, size: dict[str, int]
) -> None:
    page: Page = request.getfixturevalue("page" if scripts else "bare_page")
    name = f"من ملف {size['width']} {scripts}"
    hook = {"name": name, "url": "https://example.com/in", "event_types": ["order.status"]}
    wrong = {"name": "و" * 150, "url": f"https://example.com/{'x' * 300}", "policy": "none"}
    file = json.dumps({"hooks": [hook | {"header_names": ["X-Key"]}, wrong]}).encode()
    sign_in(page, live)
    page.set_viewport_size(size)
    page.goto(f"{live.url}/settings/webhooks")
    page.get_by_role("link", name="استيراد من ملف").click()
    assert fits(page)
    page.get_by_label("ملف الخطافات").set_input_files(
        {"name": "hooks.json", "mimeType": "application/json", "buffer": file}
    )
    page.get_by_role("button", name="معاينة").click()
    expect(page.locator("tr[data-id='2']")).to_have_attribute("data-state", "wrong")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert fits(page)
        assert is_dark(page) == (scheme == "dark")
    page.get_by_role("button", name="إنشاء الخطافات الجديدة").press("Enter")
    expect(page.get_by_role("link", name=name)).to_be_visible()
    made = [one for one in call(live, "GET", "/hooks")["items"] if one["name"] == name]
    assert [one["enabled"] for one in made] == [False]
