"""Triggers through the API: made, read, changed, given a new address, deleted."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from portal.extensions import db
from portal.models import Call, Trigger, TriggerVersion
from tests import factories
from tests.clients import Api, Browser
from tests.outsiders import BASIC, GITHUB, SECRET, Caller, basic, signed

sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

OK = {"status": 200, "headers": {}, "body": "ok"}
DEFAULTS = {
    "enabled": True,
    "mode": "async",
    "auth": {"kind": "none"},
    "variables": {"headers": [], "query": [], "body": []},
    "response": OK,
    "on_error": {"status": 500, "headers": {}, "body": "error"},
    "accepted": {"status": 202, "headers": {}, "body": "accepted"},
    "deadline_seconds": 10,
    "rules": [],
    "limits": {"body_bytes": 1048576, "per_minute": None, "addresses": []},
    "dedupe": None,
}
PUBLISH = {"type": "order.status", "data": {"id": "{{ body.id }}"}}
FULL = {
    "name": "دفع",
    "enabled": False,
    "mode": "sync",
    "auth": {"kind": "basic", "username": "متجر"},
    "variables": {
        "headers": [{"name": "X-Request-Id", "alias": "الطلب"}],
        "query": [{"path": "query[0].a"}],
        "body": [{"path": "order.id", "alias": "رقم"}, {"path": '["a.b"]'}, {"path": "items[].id"}],
    },
    "response": {"status": 404, "headers": {"X-A": "{{ body.a }}"}, "body": {"z": 1, "a": [None]}},
    "on_error": {"status": 503, "headers": {"Retry-After": "60"}, "body": "لاحقًا"},
    "accepted": None,
    "deadline_seconds": 3,
    "rules": [
        {"name": "أول", "enabled": False, "when": None, "publish": [PUBLISH], "response": OK},
        {"name": "", "enabled": True, "when": {"any": []}, "publish": []},
    ],
    "limits": {"body_bytes": 10, "per_minute": 60, "addresses": ["10.0.0.0/8", "192.0.2.7/32"]},
    "dedupe": {"from": "header:X-Id"},
}


def make(api: Api, **members: Any) -> dict[str, Any]:
    """A new trigger, as the API shows it."""
    answer = api.post("/triggers", {"name": "دفع"} | members)
    assert answer.status_code == 201, answer.text
    return answer.json


def path_of(trigger: dict[str, Any]) -> str:
    """Where the trigger stands in the API."""
    return f"/triggers/{trigger['id']}"


def faults(answer: Any) -> set[tuple[str, str]]:
    """What a refusal names."""
    assert answer.status_code == 422, answer.text
    assert all(error["message"] for error in answer.json["errors"])
    return {(error["pointer"], error["code"]) for error in answer.json["errors"]}


def test_a_name_is_enough_and_the_rest_has_defaults(api: Api) -> None:
    made = make(api)
    assert {name: made[name] for name in DEFAULTS} == DEFAULTS
    assert (made["id"][:4], made["version"], made["name"]) == ("trg_", 1, "دفع")
    assert made["created_at"].endswith("Z")
    assert api.get(path_of(made)).json == made


def test_what_is_given_is_shown_to_the_letter_save_what_is_secret(api: Api) -> None:
    given = FULL | {"auth": FULL["auth"] | {"password": "كلمة"}}
    made = api.post("/triggers", json.dumps(given)).json
    assert {name: made[name] for name in FULL} == FULL | {
        "auth": FULL["auth"] | {"has_password": True}
    }
    assert list(made["response"]["body"]) == ["z", "a"]
    assert api.get(path_of(made)).json == made
    again = api.patch(path_of(made), json.dumps(made))
    assert (again.status_code, again.json) == (200, made)


def test_the_list_has_the_living_newest_first_by_name_and_page_by_page(
    api: Api, outside_api: Api
) -> None:
    make(outside_api)
    ids = [make(api, name=name)["id"] for name in ("دفع أول", "شحن", "دفعٌ ثان", "محذوف")]
    api.delete(f"/triggers/{ids[3]}")
    first = api.get("/triggers", limit=2).json
    second = api.get("/triggers", limit=2, cursor=first["next"]).json
    assert [one["id"] for one in first["items"] + second["items"]] == ids[2::-1]
    assert second["next"] is None
    found = api.get("/triggers", q="دفع").json["items"]
    assert [one["id"] for one in found] == [ids[2], ids[0]]


@sqlite
def test_credentials_are_never_shown_or_stored_in_the_clear(api: Api) -> None:
    made = [make(api, auth=BASIC), make(api, auth=GITHUB | {"previous_secret": "سرّ سابق"})]
    shown = [api.get(path_of(one)).text for one in made] + [api.get("/triggers").text]
    rows = [*db.session.query(TriggerVersion), *db.session.query(Trigger)]
    kept = [str(row.__dict__) for row in rows]
    for secret in (BASIC["password"], SECRET, "سرّ سابق"):
        assert not [text for text in shown + kept if secret in text]
    tokens = [one["url"].rpartition("/")[2] for one in made]
    assert not [text for text in kept if tokens[0] in text or tokens[1] in text]
    assert made[0]["auth"] == {
        "kind": "basic",
        "username": BASIC["username"],
        "has_password": True,
    }
    assert made[1]["auth"] == {
        "kind": "signature",
        "preset": "github",
        "has_secret": True,
        "has_previous_secret": True,
    }


@sqlite
def test_a_change_keeps_what_it_leaves_out_secrets_too(api: Api, client: Browser) -> None:
    made = make(api, auth=BASIC, dedupe={"from": "body:id"})
    path, door = path_of(made), urlsplit(made["url"]).path

    def status(username: str, password: str) -> int:
        return client.post(door, json={}, headers=basic(username, password)).status_code

    assert api.patch(path, {"name": "غيره"}).json["dedupe"] == {"from": "body:id"}
    assert status(BASIC["username"], BASIC["password"]) == 200
    changed = api.patch(path, {"auth": {"kind": "basic", "username": "آخر"}}).json
    assert changed["auth"] == {"kind": "basic", "username": "آخر", "has_password": True}
    assert status("آخر", BASIC["password"]) == 200
    assert status(BASIC["username"], BASIC["password"]) == 401
    api.patch(path, {"auth": {"kind": "basic", "password": "جديدة"}})
    assert (status("آخر", "جديدة"), status("آخر", BASIC["password"])) == (200, 401)


@sqlite
def test_secrets_rotate_and_the_previous_one_goes_when_it_is_told_to(
    api: Api, client: Browser
) -> None:
    made = make(api, auth=GITHUB)
    path, door = path_of(made), urlsplit(made["url"]).path

    def statuses() -> list[int]:
        sent = [signed(b"{}", secret) for secret in (SECRET, "سرٌّ جديد")]
        kind = "application/json"
        return [client.post(door, data=b"{}", content_type=kind, headers=one).status_code
                for one in sent]  # fmt: skip

    assert statuses() == [200, 401]
    rotated = {"kind": "signature", "secret": "سرٌّ جديد", "previous_secret": SECRET}
    assert api.patch(path, {"auth": rotated}).json["auth"]["has_previous_secret"]
    assert statuses() == [200, 200]
    assert api.patch(path, {"auth": {"kind": "signature", "preset": "github"}}).status_code == 200
    assert statuses() == [200, 200]
    api.patch(path, {"auth": {"kind": "signature", "previous_secret": None}})
    assert statuses() == [401, 200]


@sqlite
def test_another_kind_of_credentials_does_not_inherit_the_old_ones(api: Api) -> None:
    path = path_of(make(api, auth=BASIC))
    assert faults(api.patch(path, {"auth": {"kind": "signature", "preset": "github"}})) == {
        ("/auth/secret", "required")
    }
    assert api.patch(path, {"auth": {"kind": "none"}}).json["auth"] == {"kind": "none"}
    assert faults(api.patch(path, {"auth": {"kind": "basic", "username": "x"}})) == {
        ("/auth/password", "required")
    }


@sqlite
def test_a_custom_signature_lets_in_what_is_signed_that_way(api: Api, client: Browser) -> None:
    custom = {"header": "X-Token", "algorithm": "equal", "prefix": "Token "}
    made = make(api, auth={"kind": "signature", "custom": custom, "secret": "سرٌّ طويل"})
    assert made["auth"]["custom"] == custom
    door, token = urlsplit(made["url"]).path, "سرٌّ طويل".encode().decode("latin-1")
    right = client.post(door, json={}, headers={"X-Token": f"Token {token}"})
    assert right.status_code == 200
    assert client.post(door, json={}, headers={"X-Token": "Token x"}).status_code == 401


def test_versions_rise_with_every_change_of_how_calls_are_handled(api: Api) -> None:
    made = make(api, auth=BASIC)
    path = path_of(made)
    changes: list[tuple[dict[str, Any], int]] = [
        ({}, 1),
        ({"name": "غيره", "enabled": False}, 1),
        ({"auth": {"kind": "basic", "username": BASIC["username"]}}, 1),
        ({"auth": {"kind": "basic", "password": "غيرها"}}, 2),
        ({"response": {"body": {"a": 1, "b": 2}}}, 3),
        ({"response": {"body": {"a": 1, "b": 2}}}, 3),
        ({"response": {"body": {"b": 2, "a": 1}}}, 4),
        ({"mode": "sync"}, 5),
    ]
    for change, version in changes:
        assert api.patch(path, json.dumps(change)).json["version"] == version, change
    kept = db.session.query(TriggerVersion).order_by(TriggerVersion.number).all()
    assert [one.number for one in kept] == [1, 2, 3, 4, 5]
    assert [one.configuration["mode"] for one in kept] == ["async"] * 4 + ["sync"]
    assert {one.author for one in kept} == {"المنصة"}


def test_a_refused_change_changes_nothing(api: Api) -> None:
    made = make(api)
    assert api.patch(path_of(made), {"name": "غيره", "mode": "never"}).status_code == 422
    assert api.get(path_of(made)).json == made


def test_a_new_address_replaces_the_old_one_at_once(api: Api, client: Browser) -> None:
    made = make(api)
    new = api.post(f"{path_of(made)}/token/replace")
    assert new.status_code == 200
    assert new.json["url"] != made["url"]
    assert api.get(path_of(made)).json["url"] == new.json["url"]
    doors = [urlsplit(one["url"]).path for one in (made, new.json)]
    assert [client.post(door, json={}).status_code for door in doors] == [404, 200]


def test_deleting_keeps_the_calls_and_erases_the_secrets(api: Api, client: Browser) -> None:
    made = make(api, auth=BASIC)
    api.patch(path_of(made), {"auth": {"kind": "basic", "password": "غيرها"}})
    door = urlsplit(made["url"]).path
    client.post(door, json={}, headers=basic(BASIC["username"], "غيرها"))
    assert api.delete(path_of(made)).status_code == 204
    path = path_of(made)
    answers = [api.get(path), api.patch(path, {}), api.delete(path)]
    answers += [api.post(f"{path}/{verb}", {}) for verb in ("token/replace", "parse", "try")]
    assert {answer.status_code for answer in answers} == {404}
    assert client.post(door, json={}).status_code == 404
    [call] = api.get(f"{path}/calls").json["items"]
    assert api.get(f"/calls/{call['id']}").status_code == 200
    assert {one.secrets_sealed for one in db.session.query(TriggerVersion)} == {None}
    assert db.session.query(Call).count() == 1


@sqlite
def test_triggers_of_another_account_are_404_and_unharmed(
    api: Api, outside_api: Api, client: Browser
) -> None:
    made = make(api)
    client.post(urlsplit(made["url"]).path, json={})
    path, [call] = path_of(made), api.get(f"{path_of(made)}/calls").json["items"]
    answers = [outside_api.get(path), outside_api.get(f"{path}/calls")]
    answers += [outside_api.patch(path, {"enabled": False}), outside_api.delete(path)]
    answers += [
        outside_api.post(f"{path}/{verb}", {})
        for verb in ("token/replace", "parse", "try", "replay")
    ]
    answers += [outside_api.get(f"/calls/{call['id']}")]
    answers += [outside_api.post(f"/calls/{call['id']}/replay", {"rehearse": True})]
    assert {answer.status_code for answer in answers} == {404}
    assert api.get(path).json == made
    assert outside_api.get("/triggers").json["items"] == []


@sqlite
def test_without_a_key_nothing_is_done(client: Browser) -> None:
    for path in ("/triggers", "/triggers/x", "/triggers/x/calls", "/calls/x"):
        assert client.get(f"/api/v1{path}").status_code == 401


@sqlite
def test_a_trigger_cannot_publish_what_is_not_in_the_catalogue(api: Api, outside_api: Api) -> None:
    kind = {"key": "own.type", "label": "نوع"}
    outside_api.post("/event-types", kind)
    rules = [{"publish": [PUBLISH, PUBLISH | {"type": "own.type"}]}]
    refused = api.post("/triggers", {"name": "دفع", "rules": rules})
    assert faults(refused) == {("/rules/0/publish/1/type", "unknown_event_type")}
    assert db.session.query(Trigger).count() == 0
    api.post("/event-types", kind)
    made = make(api, rules=rules)
    api.delete("/event-types/own.type")
    assert faults(api.patch(path_of(made), {"mode": "sync"})) == {
        ("/rules/0/publish/1/type", "unknown_event_type")
    }


@sqlite
def test_a_version_is_what_its_calls_were_judged_by(
    api: Api, caller: Callable[..., Caller]
) -> None:
    one = caller()
    one.call()
    api.patch(f"/triggers/{one.trigger_id}", {"response": {"status": 201}})
    assert one.call().status_code == 201
    numbers = {version.id: version.number for version in db.session.query(TriggerVersion)}
    assert [numbers[call.version_id] for call in one.calls] == [1, 2]


@sqlite
def test_two_triggers_may_have_one_name(api: Api) -> None:
    assert len({make(api)["id"] for _ in range(2)}) == 2
    assert factories.make_trigger().id
