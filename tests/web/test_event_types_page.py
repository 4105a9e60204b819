"""أنواع الأحداث: the catalogue as people read it and add to it."""

import json
import re

import pytest

from portal.models import Account
from tests import factories
from tests.clients import Api, Browser
from tests.web.html import read

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

URL = "/settings/event-types"
NEW = f"{URL}/new-type"
FIELDS = {
    "key": "order.shipped",
    "label": "شُحن الطلب",
    "group": "الطلبات",
    "description": "خرج الطلب من المستودع.",
    "example": '{"order": {"رقم": 7}}',
    "schema": '{"type": "object"}',
}


def add(api: Api, key: str = "own.kind") -> None:
    """An event type of the account's own."""
    answer = api.post("/event-types", {"key": key, "label": "نوع خاص", "example": {"a": 1}})
    assert answer.status_code == 201


def test_every_type_is_listed_with_how_many_hooks_want_it(
    staff: Browser, api: Api, account: Account
) -> None:
    add(api)
    for _ in range(2):
        factories.make_hook(event_types=["own.kind"])
    page = read(staff.get(URL).text)
    known = [kind["key"] for kind in api.get("/event-types").json["items"]]
    assert sorted(page.rows) == sorted(known)
    assert page.one("tr", data_id="own.kind")["data-state"] == "own"
    assert page.one("tr", data_id="message.received")["data-state"] == "builtin"
    assert re.search(r"نوع خاص\s*own.kind\s*—\s*2", page.text)


def test_a_type_shows_its_example_and_the_hooks_that_want_it(
    staff: Browser, api: Api, account: Account
) -> None:
    hook = factories.make_hook(event_types=["message.received"])
    page = read(staff.get(f"{URL}/message.received").text)
    example = api.get("/event-types/message.received").json["example"]
    assert all(json.dumps(name) in page.text for name in example)
    assert f"/settings/webhooks/{hook.id}" in page.links()
    assert not page.all("form", action=f"{URL}/message.received/delete")
    assert "لا يشترك فيه أي خطاف" in read(staff.get(f"{URL}/order.status").text).text


def test_an_admin_adds_a_type_and_it_can_be_published(admin: Browser, api: Api) -> None:
    answer = admin.submit(NEW, FIELDS)
    assert (answer.status_code, answer.location) == (303, f"{URL}/order.shipped")
    made = api.get("/event-types/order.shipped").json
    assert made["example"] == {"order": {"رقم": 7}}
    assert made["schema"] == {"type": "object"}
    assert (made["label"], made["group"]) == ("شُحن الطلب", "الطلبات")
    assert api.post("/events", {"type": "order.shipped", "data": {}}).status_code == 202


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("key", "Order Shipped"),
        ("key", "message.received"),
        ("label", " "),
        ("group", "ط" * 201),
        ("example", "[1]"),
        ("example", '{"a": '),
        ("schema", "true"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_what_is_typed_stays(
    admin: Browser, api: Api, name: str, typed: str
) -> None:
    before = len(api.get("/event-types").json["items"])
    answer = admin.submit(NEW, {**FIELDS, name: typed})
    page = read(answer.text)
    assert answer.status_code == 422
    assert f'id="{name}-error"' in answer.text
    assert page.one("input", name="group")["value"] == (typed if name == "group" else "الطلبات")
    assert len(api.get("/event-types").json["items"]) == before


def test_a_type_is_changed_and_keeps_its_key(admin: Browser, api: Api) -> None:
    add(api)
    path = f"{URL}/own.kind/edit"
    answer = admin.submit(path, {**FIELDS, "key": "other.kind", "schema": ""})
    assert answer.location == f"{URL}/own.kind"
    changed = api.get("/event-types/own.kind").json
    assert (changed["label"], changed["schema"]) == ("شُحن الطلب", None)


def test_a_type_is_deleted_unless_a_hook_wants_it(
    admin: Browser, api: Api, account: Account
) -> None:
    add(api)
    add(api, "own.wanted")
    factories.make_hook(event_types=["own.wanted"])
    for key, is_left in (("own.kind", False), ("own.wanted", True)):
        admin.submit(f"{URL}/{key}/delete", {"reason": "طلب العميل"})
        assert (api.get(f"/event-types/{key}").status_code == 200) is is_left


def test_a_type_is_not_deleted_without_a_reason(admin: Browser, api: Api) -> None:
    add(api)
    path = f"{URL}/own.kind/delete"
    asked = read(admin.get(path).text)
    assert "هل تريد حذف نوع الحدث" in asked.text
    answer = admin.submit(path, {"reason": " "})
    assert answer.status_code == 422
    assert "اكتب السبب" in answer.text
    assert api.get("/event-types/own.kind").status_code == 200


def test_what_the_portal_ships_is_not_changed(admin: Browser) -> None:
    assert admin.get(f"{URL}/message.received/edit").status_code == 404
    assert admin.submit(f"{URL}/message.received/delete", page=URL).status_code == 404


def test_staff_and_support_read_and_do_not_change(staff: Browser, support: Browser) -> None:
    for reader in (staff, support):
        page = read(reader.get(URL).text)
        assert NEW not in page.links()
        assert reader.get(NEW).status_code == 403


def test_others_do_not_see_an_account_s_own_types(outsider: Browser, api: Api) -> None:
    add(api)
    assert outsider.get(f"{URL}/own.kind").status_code == 404
    assert "own.kind" not in read(outsider.get(URL).text).rows
