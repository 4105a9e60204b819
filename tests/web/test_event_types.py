"""Event types through the API."""

import pytest

from portal.models import Account
from tests import factories
from tests.clients import Api, Browser

OWN = {
    "key": "invoice.paid",
    "label": "دُفعت فاتورة 🧾",
    "group": "الفواتير",
    "description": "دُفعت فاتورة كاملة.",
    "example": {"z": 1, "id": "inv_1"},
    "schema": {"type": "object"},
}
SHIPPED = """message.received message.sent message.status conversation.opened conversation.closed
    conversation.assigned contact.created contact.updated broadcast.finished template.status
    cart.abandoned order.status hook.disabled hook.warning
    endpoint.warning""".split()  # noqa: SIM905 - a table
WRONG = [
    ({"key": "Invoice"}, "/key", "bad_event_type"),
    ({"key": ""}, "/key", "bad_event_type"),
    ({"key": "message.received"}, "/key", "key_taken"),
    ({"label": " "}, "/label", "required"),
    ({"label": "ن" * 201}, "/label", "bad_length"),
    ({"label": 1}, "/label", "not_a_text"),
    ({"group": "ن" * 201}, "/group", "bad_length"),
    ({"description": "ن" * 2001}, "/description", "bad_length"),
    ({"example": []}, "/example", "not_an_object"),
    ({"example": {"x": "x" * 65_536}}, "/example", "bad_length"),
    ({"schema": "object"}, "/schema", "not_an_object"),
    ({"schema": {"x": "x" * 65_536}}, "/schema", "bad_length"),
    ({"schema": {"type": "objct"}}, "/schema", "bad_schema"),
    ({"schema": {"required": ["total"]}}, "/example", "off_schema"),
]


@pytest.fixture
def own(api: Api) -> str:
    """The key of an event type of the account."""
    return api.post("/event-types", OWN).json["key"]


def test_the_shipped_ones_come_first_with_label_group_and_example(api: Api, own: str) -> None:
    items = api.get("/event-types").json["items"]
    assert [kind["key"] for kind in items] == [*SHIPPED, own]
    assert all(kind["label"] and kind["group"] and kind["example"] for kind in items)


def test_an_event_type_is_made_read_published_and_hooked(api: Api, admin: Browser) -> None:
    answer = api.post("/event-types", OWN)
    assert (answer.status_code, answer.json) == (201, OWN)
    assert api.get("/event-types/invoice.paid").json == OWN
    factories.make_hook(event_types=["invoice.paid"])
    assert api.post("/events", {"type": "invoice.paid", "data": {}}).json["deliveries"] == 1
    assert OWN["label"] in admin.get("/settings/webhooks/new").text
    assert OWN["label"] in admin.get("/deliveries").text


def test_only_key_and_label_are_needed(api: Api) -> None:
    made = api.post("/event-types", {"key": "a", "label": "x"}).json
    assert made == {"key": "a", "label": "x"} | {
        "group": "",
        "description": "",
        "example": {},
        "schema": None,
    }


def test_what_is_wrong_is_named(api: Api) -> None:
    for changes, pointer, code in WRONG:
        answer = api.post("/event-types", OWN | changes)
        said = [(error["pointer"], error["code"]) for error in answer.json["errors"]]
        assert (answer.status_code, said[0]) == (422, (pointer, code)), changes
    assert len(api.get("/event-types").json["items"]) == len(SHIPPED)


def test_an_event_type_is_changed_but_not_its_key(api: Api, own: str) -> None:
    answer = api.patch(f"/event-types/{own}", {"label": "جديد", "schema": None})
    assert answer.json == OWN | {"label": "جديد", "schema": None}
    refused = api.patch(f"/event-types/{own}", {"key": "other"})
    assert refused.json["errors"][0]["code"] == "cannot_change"


def test_an_event_type_in_use_stays_until_no_hook_wants_it(api: Api, own: str) -> None:
    hook = factories.make_hook(event_types=[own])
    answer = api.delete(f"/event-types/{own}")
    assert (answer.status_code, answer.json["code"]) == (409, "in_use")
    api.delete(f"/hooks/{hook.id}")
    assert api.delete(f"/event-types/{own}").status_code == 204
    assert api.get(f"/event-types/{own}").status_code == 404


def test_the_shipped_ones_cannot_be_changed(api: Api) -> None:
    path = "/event-types/message.received"
    for answer in (api.patch(path, {"label": "x"}), api.delete(path)):
        assert (answer.status_code, answer.json["code"]) == (409, "builtin")


def test_event_types_of_others_are_not_found(
    api: Api, outside_api: Api, own: str, other_account: Account
) -> None:
    for client, key in ((outside_api, own), (api, "nothing")):
        assert client.get(f"/event-types/{key}").status_code == 404
        assert client.patch(f"/event-types/{key}", {}).status_code == 404
        assert client.delete(f"/event-types/{key}").status_code == 404
    assert outside_api.post("/events", {"type": own, "data": {}}).status_code == 422
    assert outside_api.post("/event-types", OWN).status_code == 201
