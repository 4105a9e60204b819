"""Changing a hook, through the API and through the page."""

from collections.abc import Callable
from typing import Any

import pytest
from standardwebhooks import Webhook

from portal.extensions import db
from portal.models import Account, Hook
from tests import factories
from tests.clients import Api, Browser
from tests.receiver import Receiver
from tests.web.html import HTMX, read

PATH = "/settings/webhooks"
EVENT = {"type": "message.received", "data": {"text": "السلام عليكم"}}


def fields(browser: Browser, hook_id: str, **changes: Any) -> dict[str, Any]:
    """What the edit page would send if only ``changes`` were made there."""
    page = read(browser.get(f"{PATH}/{hook_id}/edit").text)
    texts = {name: page.one("input", name=name)["value"] for name in ("name", "url", "secret")}
    boxes = page.all("input", name="event_types")
    [policy] = [radio for radio in page.all("input", name="policy") if "checked" in radio]
    shown = {
        **texts,
        "event_types": [box["value"] for box in boxes if "checked" in box],
        "policy": policy["value"],
        "enabled": "1" if "checked" in page.one("input", name="enabled") else None,
    }
    return {name: value for name, value in (shown | changes).items() if value is not None}


def test_a_patch_changes_what_it_names_and_leaves_the_rest(api: Api, account: Account) -> None:
    hook = factories.make_hook(headers={"X-Source": "khuttaf"}, description="قديم")
    before = api.get(f"/hooks/{hook.id}").json
    answer = api.patch(f"/hooks/{hook.id}", {"name": "جديد", "policy": "gentle"})
    assert answer.status_code == 200
    assert answer.json == before | {"name": "جديد", "policy": "gentle"}
    assert api.get(f"/hooks/{hook.id}").json == answer.json
    assert api.patch(f"/hooks/{hook.id}", {}).json == answer.json


def test_event_types_are_replaced_whole(api: Api, account: Account) -> None:
    hook = factories.make_hook(event_types=["message.received", "contact.created"])
    wanted = ["contact.created", "order.status"]
    answer = api.patch(f"/hooks/{hook.id}", {"event_types": wanted})
    assert answer.json["event_types"] == wanted
    assert api.post("/events", EVENT).json["deliveries"] == 0


def test_a_wrong_patch_changes_nothing(api: Api, account: Account) -> None:
    hook, other = factories.make_hook(), factories.make_hook()
    before = api.get(f"/hooks/{hook.id}").json
    for change in ({"name": other.name}, {"name": "x", "url": "no"}, {"held": "later"}, []):
        assert api.patch(f"/hooks/{hook.id}", change).status_code == 422, change
    assert api.patch(f"/hooks/{hook.id}", "{").status_code == 400
    assert api.get(f"/hooks/{hook.id}").json == before


def test_a_hook_may_keep_its_own_name(api: Api, account: Account) -> None:
    hook = factories.make_hook(name="متجر")
    assert api.patch(f"/hooks/{hook.id}", {"name": " متجر "}).status_code == 200


def test_a_new_secret_replaces_the_old_and_none_keeps_it(
    api: Api, receiver: Receiver, drain: Callable[[], int]
) -> None:
    hook = factories.make_hook(receiver.url)
    api.patch(f"/hooks/{hook.id}", {"secret": None, "description": "x"})
    api.post("/events", EVENT)
    drain()
    answer = api.patch(f"/hooks/{hook.id}", {"secret": "whsec_" + "QUJD" * 8})
    assert "secret" not in answer.json
    api.post("/events", EVENT)
    drain()
    kept, replaced = receiver.wait_for(2)
    Webhook(factories.SECRET).verify(kept.body, dict(kept.headers.items()))
    Webhook("whsec_" + "QUJD" * 8).verify(replaced.body, dict(replaced.headers.items()))


def test_what_waits_goes_to_the_new_url(
    api: Api, receiver: Receiver, drain: Callable[[], int]
) -> None:
    hook = factories.make_hook("http://127.0.0.1:9/old")
    api.post("/events", EVENT)
    api.patch(f"/hooks/{hook.id}", {"url": receiver.url})
    drain()
    assert len(receiver.wait_for(1)) == 1


def test_unknown_deleted_and_foreign_hooks_are_not_found(
    api: Api, outside_api: Api, outsider: Browser, account: Account
) -> None:
    hook, gone = factories.make_hook(), factories.make_hook()
    api.delete(f"/hooks/{gone.id}")
    for client, hook_id in ((outside_api, hook.id), (api, gone.id), (api, "hok_nothing")):
        assert client.patch(f"/hooks/{hook_id}", {"name": "x"}).status_code == 404
        assert client.get(f"/hooks/{hook_id}").status_code == 404
    for hook_id in (hook.id, "hok_nothing"):
        assert outsider.get(f"{PATH}/{hook_id}").status_code == 404
        answer = outsider.submit(f"{PATH}/{hook_id}/edit", {"name": "x"}, page=f"{PATH}/new")
        assert answer.status_code == 404


def test_the_page_is_filled_and_saves_what_was_changed(
    staff: Browser, api: Api, account: Account
) -> None:
    hook = factories.make_hook(headers={"X-Source": "khuttaf"}, policy="gentle")
    before = api.get(f"/hooks/{hook.id}").json
    sent = fields(staff, hook.id, name="اسم جديد", headers="X-Source: khuttaf")
    assert sent["secret"] == ""
    answer = staff.submit(f"{PATH}/{hook.id}/edit", sent)
    assert answer.status_code == 303
    assert "تم حفظ التغييرات." in staff.get(answer.location).text
    assert api.get(f"/hooks/{hook.id}").json == before | {"name": "اسم جديد"}


def test_the_page_never_holds_the_secret(admin: Browser, account: Account) -> None:
    hook = factories.make_hook()
    for path in (f"{PATH}/{hook.id}", f"{PATH}/{hook.id}/edit", PATH):
        page = admin.get(path).text
        assert factories.SECRET not in page
        assert factories.SECRET.removeprefix("whsec_") not in page
    assert f"••••••••{factories.SECRET[-4:]}" in admin.get(f"{PATH}/{hook.id}").text


def test_the_page_refuses_with_htmx_and_without(admin: Browser, account: Account) -> None:
    hook = factories.make_hook(name="قديم")
    path = f"{PATH}/{hook.id}/edit"
    for headers in ({}, HTMX):
        answer = admin.submit(path, fields(admin, hook.id, name="", url="x"), headers=headers)
        assert answer.status_code == 422
        assert "هذا الحقل مطلوب." in answer.text
        assert ("<html" in answer.text) is (headers == {})
    saved = admin.submit(path, fields(admin, hook.id, description="جديد"), headers=HTMX)
    assert (saved.status_code, saved.headers["HX-Redirect"]) == (204, f"{PATH}/{hook.id}")


@pytest.fixture
def held(api: Api, account: Account) -> Hook:
    """A hook that is off and for which a delivery is held."""
    hook = factories.make_hook(name="قديم", enabled=False)
    api.post("/events", EVENT)
    return hook


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_a_page_that_switches_on_saves_the_rest_and_asks_about_what_is_held(
    staff: Browser, api: Api, held: Hook, headers: dict[str, str]
) -> None:
    sent = fields(staff, held.id, name="جديد", enabled="1")
    answer = staff.submit(f"{PATH}/{held.id}/edit", sent, headers=headers)
    question = f"{PATH}/{held.id}/switch"
    assert (answer.location or answer.headers["HX-Redirect"]) == question
    said = api.get(f"/hooks/{held.id}").json
    assert (said["name"], said["enabled"]) == ("جديد", False)
    assert [one["state"] for one in api.get("/deliveries").json["items"]] == ["held"]
    page = read(staff.get(question).text)
    assert "حُفظت التغييرات." in page.text
    assert "العدد: عملية تسليم واحدة." in page.text


def test_a_page_that_switches_on_and_is_refused_changes_nothing(
    staff: Browser, api: Api, held: Hook
) -> None:
    sent = fields(staff, held.id, name="", enabled="1")
    answer = staff.submit(f"{PATH}/{held.id}/edit", sent)
    assert answer.status_code == 422
    assert "checked" in read(answer.text).one("input", name="enabled")
    assert api.get(f"/hooks/{held.id}").json["name"] == "قديم"


def test_a_page_that_switches_on_with_nothing_held_is_simply_saved(
    staff: Browser, api: Api, account: Account
) -> None:
    hook = factories.make_hook(enabled=False)
    answer = staff.submit(f"{PATH}/{hook.id}/edit", fields(staff, hook.id, enabled="1"))
    assert answer.location == f"{PATH}/{hook.id}"
    assert api.get(f"/hooks/{hook.id}").json["enabled"] is True


def test_an_ed25519_hook_stays_one_when_its_page_is_saved(
    admin: Browser, api: Api, account: Account
) -> None:
    hook = factories.make_hook(signature="ed25519")
    before = api.get(f"/hooks/{hook.id}").json
    path = f"{PATH}/{hook.id}/edit"
    assert admin.submit(path, fields(admin, hook.id)).status_code == 303
    assert api.get(f"/hooks/{hook.id}").json == before
    answer = admin.submit(path, fields(admin, hook.id, secret="given by hand"))
    assert answer.status_code == 422
    assert "تولّد المنصة رمز الأمان" in answer.text


def test_a_hook_whose_url_is_no_longer_allowed_can_still_be_switched_off(api: Api) -> None:
    hook = factories.make_hook()
    hook.url = "http://10.0.0.1/"
    db.session.commit()
    assert api.patch(f"/hooks/{hook.id}", {"enabled": False}).json["enabled"] is False
    refused = api.patch(f"/hooks/{hook.id}", {"url": "http://10.0.0.2/"})
    assert refused.status_code == 422


def test_another_way_of_signing_shows_the_secret_that_was_made_for_it(api: Api) -> None:
    hook = factories.make_hook(signature="ed25519")
    answer = api.patch(f"/hooks/{hook.id}", {"signature": "hmac"})
    assert answer.json["secret"].startswith("whsec_")
    assert "secret" not in api.patch(f"/hooks/{hook.id}", {"description": "س"}).json
