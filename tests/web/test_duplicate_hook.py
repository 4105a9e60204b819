"""A copy of a hook: the form that makes one, filled with what another has."""

from typing import Any

import pytest

from portal.models import Account, Hook
from tests import factories
from tests.clients import Api, Browser
from tests.web.html import read

PATH = "/settings/webhooks"
FILTER = {"all": [{"left": "data.total", "op": "gt", "right": "100"}]}


@pytest.fixture
def hook(account: Account) -> Hook:
    """A hook that has everything a hook may have."""
    return factories.make_hook(
        "https://example.com/in?key=1",
        ("message.received", "order.status"),
        name="طلبات المتجر",
        description="إلى المحاسبة",
        policy="gentle",
        headers={"X-Key": "s3cret"},
        filter=FILTER,
    )


def filled(browser: Browser, path: str) -> dict[str, Any]:
    """What the form at ``path`` sends if nothing is changed in it."""
    text = browser.get(path).text
    page = read(text)
    chosen = {
        name: [box["value"] for box in page.all("input", name=name) if "checked" in box]
        for name in ("event_types", "policy", "signature")
    }
    areas = {
        name: text.partition(f'name="{name}"')[2].partition(">\n")[2].partition("</textarea>")[0]
        for name in ("description", "headers")
    }
    texts = {name: page.one("input", name=name)["value"] for name in ("name", "url", "secret")}
    on = {"enabled": "1"} if "checked" in page.one("input", name="enabled") else {}
    return {**texts, **areas, **chosen, **on}


def test_a_copy_is_offered_and_nothing_is_saved_until_it_is_sent(
    staff: Browser, api: Api, hook: Hook
) -> None:
    path = f"{PATH}/new?copy={hook.id}"
    for where in (PATH, f"{PATH}/{hook.id}/edit"):
        assert path in read(staff.get(where).text).links()
    page = read(staff.get(path).text)
    assert "نسخة من الخطاف «طلبات المتجر»" in page.text
    assert "وتُنسخ معها شروط الإرسال" in page.text
    assert len(api.get("/hooks").json["items"]) == 1


def test_a_copy_has_all_but_the_secret_and_is_off(staff: Browser, api: Api, hook: Hook) -> None:
    path = f"{PATH}/new?copy={hook.id}"
    sent = filled(staff, path)
    assert (sent["secret"], "enabled" in sent) == ("", False)
    answer = staff.submit(path, sent)
    assert answer.status_code == 303
    shown = staff.get(answer.location).text
    assert factories.SECRET not in shown
    assert "whsec_" in shown
    copy, original = api.get("/hooks").json["items"]
    own = ("id", "created_at", "name", "enabled", "state")
    assert [{k: v for k, v in one.items() if k not in own} for one in (copy, original)] == [
        {k: v for k, v in original.items() if k not in own}
    ] * 2
    assert (copy["name"], copy["enabled"], copy["filter"]) == ("طلبات المتجر (نسخة)", False, FILTER)


def test_what_is_changed_in_the_form_counts_and_what_is_wrong_is_said(
    staff: Browser, api: Api, hook: Hook
) -> None:
    path = f"{PATH}/new?copy={hook.id}"
    sent = filled(staff, path)
    refused = staff.submit(path, {**sent, "name": hook.name})
    assert refused.status_code == 422
    assert read(refused.text).one("form", id="hook-form")["action"] == path
    staff.submit(path, {**sent, "name": "غيره", "enabled": "1", "headers": ""})
    copy = api.get("/hooks").json["items"][0]
    assert (copy["name"], copy["enabled"], copy["headers"]) == ("غيره", True, {})


def test_the_name_of_a_copy_is_free_however_it_is_spelled(
    staff: Browser, api: Api, account: Account, hook: Hook
) -> None:
    def offered(hook_id: str) -> str:
        return filled(staff, f"{PATH}/new?copy={hook_id}")["name"]

    first = factories.make_hook(name="طلبات المتجر (نسخه)")
    assert offered(hook.id) == "طلبات المتجر (نسخة 2)"
    copy = factories.make_hook(name="طلبات المتجر (نسخة 2)")
    assert offered(copy.id) == "طلبات المتجر (نسخة 3)"
    api.delete(f"/hooks/{first.id}")
    assert offered(copy.id) == "طلبات المتجر (نسخة)"
    longest = factories.make_hook(name="ن" * 200)
    assert offered(longest.id) == "ن" * 193 + " (نسخة)"


def test_only_who_may_change_hooks_copies_one_of_the_account(
    support: Browser, outsider: Browser, staff: Browser, api: Api, hook: Hook
) -> None:
    path = f"{PATH}/new?copy={hook.id}"
    assert path not in read(support.get(PATH).text).links()
    assert support.get(path).status_code == 403
    assert outsider.get(path).status_code == 404
    api.delete(f"/hooks/{hook.id}")
    for wanted in (path, f"{PATH}/new?copy=hok_nothing"):
        assert staff.get(wanted).status_code == 404
        assert staff.submit(wanted, {"name": "x"}, page=f"{PATH}/new").status_code == 404
    assert staff.get(f"{PATH}/new?copy=").status_code == 200
