"""Changing a trigger on its page."""

from typing import Any

import pytest

from portal.models import Account
from tests.clients import Api, Browser
from tests.web.callers import make_trigger
from tests.web.html import HTMX, read
from tests.web.sent import Fields, sent

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PASSWORD = "s3cret-word-of-basic"
SECRET = "s3cret-of-the-sender"
BASIC = {"kind": "basic", "username": "khuttaf", "password": PASSWORD}
CUSTOM = {
    "header": "X-Signature",
    "prefix": "v1=",
    "tolerance_seconds": 60,
    "signed": "{timestamp}.{body}",
    "timestamp_header": "X-Time",
}
RULE = {
    "name": "دُفع",
    "when": {"all": [{"left": "body.status", "op": "eq", "right": "paid"}]},
    "publish": [{"type": "order.status", "data": {"id": "{{ body.id }}"}}],
    "response": {"status": 201, "body": {"ok": True}},
}
EVERY = {"name": "", "publish": [{"type": "order.status", "data": "{{ body }}"}]}

# Triggers whose pages are saved as they are shown.
KEPT = [
    {},
    {"auth": BASIC},
    {"auth": {"kind": "signature", "preset": "github", "secret": SECRET, "previous_secret": "old"}},
    {"auth": {"kind": "signature", "preset": "tabby", "secret": SECRET, "header": "X-Tabby"}},
    {"auth": {"kind": "signature", "preset": "meta", "secret": SECRET, "verify_token": "here"}},
    {"auth": {"kind": "signature", "preset": "zid"}},
    {"auth": {"kind": "signature", "custom": CUSTOM, "secret": SECRET}},
    {"mode": "sync", "accepted": None, "deadline_seconds": 30},
    {"mode": "sync", "rules": [RULE], "on_error": {"status": 503, "body": {"a": [1, None]}}},
    {"rules": [RULE, EVERY | {"enabled": False}, EVERY]},
    {"response": {"status": 204, "body": ""}},
    {"response": {"headers": {"X-A": "1", "X-B": "{{ body.a }}"}, "body": '{"a": 1}'}},
    {"response": {"body": {"b": 1, "a": [{"c": "{{ body.c }}"}]}}},
    {"limits": {"body_bytes": 1000, "per_minute": 5, "addresses": ["203.0.113.0/24", "::1"]}},
    {"dedupe": {"from": "header:X-Request-Id"}},
    {"dedupe": {"from": 'body:["a.b"].c'}},
    {
        "variables": {
            "headers": [{"name": "X-Request-Id", "alias": "رقم الطلب"}],
            "query": [{"path": "query[0].a"}],
            "body": [{"path": "items[].id", "alias": "المعرّفات"}, {"path": '["a.b"]'}],
            "sample": {"query": [], "body": [{"path": "items", "type": "list"}]},
        }
    },
]  # fmt: skip


def path_of(trigger: dict[str, Any]) -> str:
    """Where the page of ``trigger`` is."""
    return f"/triggers/{trigger['id']}"


def fields(browser: Browser, trigger: dict[str, Any], **changes: Any) -> Fields:
    """What the edit page would send if only ``changes`` were made there."""
    return {**sent(browser.get(f"{path_of(trigger)}/edit").text, "trigger-form"), **changes}


@pytest.mark.parametrize("members", KEPT)
def test_a_page_saved_as_it_is_changes_nothing(
    staff: Browser, api: Api, account: Account, members: dict[str, Any]
) -> None:
    made = make_trigger(api, **members)
    path = f"{path_of(made)}/edit"
    answer = staff.post(path, data=fields(staff, made))
    assert answer.status_code == 303, answer.text
    assert answer.location == path_of(made)
    assert api.get(path_of(made)).json == made


@pytest.mark.parametrize("members", KEPT[:7])
def test_no_page_holds_a_secret(
    admin: Browser, api: Api, account: Account, members: dict[str, Any]
) -> None:
    made = make_trigger(api, **members)
    for path in ("/triggers", path_of(made), f"{path_of(made)}/edit"):
        page = admin.get(path).text
        assert PASSWORD not in page
        assert SECRET not in page


def test_secrets_are_said_to_be_saved(staff: Browser, api: Api, account: Account) -> None:
    basic = make_trigger(api, auth=BASIC)
    assert "محفوظة. اترك الحقل فارغًا للإبقاء عليها." in staff.get(f"{path_of(basic)}/edit").text
    assert "محفوظة. اترك الحقل" not in staff.get("/triggers/new").text


def test_an_empty_password_keeps_the_old_one(staff: Browser, api: Api, account: Account) -> None:
    made = make_trigger(api, auth=BASIC)
    changed = fields(staff, made, username="another")
    assert staff.post(f"{path_of(made)}/edit", data=changed).status_code == 303
    path = "/hooks/in/" + made["url"].rpartition("/")[2]
    assert staff.post(path, auth=("another", PASSWORD), json={}).status_code == 200
    assert staff.post(path, auth=("khuttaf", PASSWORD), json={}).status_code == 401


def test_a_secret_is_rotated_with_the_old_one_still_accepted(
    staff: Browser, api: Api, account: Account
) -> None:
    made = make_trigger(api, auth={"kind": "signature", "preset": "gitlab", "secret": "first"})
    path, door = f"{path_of(made)}/edit", "/hooks/in/" + made["url"].rpartition("/")[2]

    def accepts(secret: str) -> bool:
        answer = staff.post(door, headers={"X-Gitlab-Token": secret}, json={})
        return answer.status_code == 200

    staff.post(path, data=fields(staff, made, secret="second", keep_secret="1"))
    assert (accepts("first"), accepts("second")) == (True, True)
    staff.post(path, data=fields(staff, made, forget_previous="1"))
    assert (accepts("first"), accepts("second")) == (False, True)


def test_rules_of_programs_are_counted_and_kept_beside_that_of_the_form(
    staff: Browser, api: Api, account: Account
) -> None:
    made = make_trigger(api, rules=[RULE, EVERY])
    path = f"{path_of(made)}/edit"
    assert "العدد: قاعدتان." in read(staff.get(path).text).text
    staff.post(path, data=fields(staff, made, publish="message.received"))
    rules = api.get(path_of(made)).json["rules"]
    assert rules[:2] == made["rules"]
    assert rules[2]["publish"] == [{"type": "message.received", "data": "{{ body }}"}]
    assert "العدد: قاعدتان." in read(staff.get(path).text).text
    again = fields(staff, made)
    assert (again["publish"], again["publish_data"]) == (["message.received"], ["body"])
    staff.post(path, data=again | {"publish": ""})
    assert api.get(path_of(made)).json["rules"] == made["rules"]


def test_the_rule_of_the_form_follows_its_variables_and_its_answer(
    staff: Browser, api: Api, account: Account
) -> None:
    made = make_trigger(api, mode="sync", variables={"body": [{"path": "id"}]})
    path = f"{path_of(made)}/edit"
    chosen = {"publish": "order.status", "publish_data": "variables"}
    staff.post(path, data=fields(staff, made, **chosen))
    rows = {"variables_body_path": ["id", "total"], "variables_body_alias": ["الرقم", ""]}
    staff.post(path, data=fields(staff, made, response_status="202", **rows))
    [rule] = api.get(path_of(made)).json["rules"]
    wanted = {"الرقم": "{{ body.id }}", "total": "{{ body.total }}"}
    assert rule["publish"] == [{"type": "order.status", "data": wanted}]
    assert rule["response"]["status"] == 202
    assert fields(staff, made)["publish_data"] == ["variables"]


def test_a_changed_mode_hides_nothing_that_was_saved(
    staff: Browser, api: Api, account: Account
) -> None:
    made = make_trigger(api, mode="sync", on_error={"status": 503}, deadline_seconds=30)
    path = f"{path_of(made)}/edit"
    assert "تغيير الطريقة يسري على الاستدعاءات القادمة" in staff.get(path).text
    staff.post(path, data=fields(staff, made, mode="async"))
    changed = api.get(path_of(made)).json
    assert changed["mode"] == "async"
    for name in ("on_error", "accepted", "deadline_seconds"):
        assert changed[name] == made[name]


def test_the_page_refuses_with_htmx_and_without(admin: Browser, api: Api, account: Account) -> None:
    made = make_trigger(api)
    path = f"{path_of(made)}/edit"
    for headers in ({}, HTMX):
        answer = admin.post(path, data=fields(admin, made, name=""), headers=headers)
        assert answer.status_code == 422
        assert ("<html" in answer.text) is (headers == {})
    saved = admin.post(path, data=fields(admin, made, name="جديد"), headers=HTMX)
    assert (saved.status_code, saved.headers["HX-Redirect"]) == (204, path_of(made))
    assert api.get(path_of(made)).json["name"] == "جديد"


def test_support_and_strangers_change_nothing(
    support: Browser, outsider: Browser, api: Api, account: Account
) -> None:
    made = make_trigger(api)
    for end in ("edit", "delete", "address"):
        path = f"{path_of(made)}/{end}"
        assert support.get(path).status_code == 403
        assert support.submit(path, {"name": "س"}, page="/").status_code == 403
        assert outsider.get(path).status_code == 404
        assert outsider.submit(path, {"name": "س"}, page="/triggers/new").status_code == 404
    switch = f"{path_of(made)}/switch"
    assert support.submit(switch, {"enabled": "0"}, page="/").status_code == 403
    assert outsider.submit(switch, {"enabled": "0"}, page="/triggers/new").status_code == 404
    assert outsider.get(path_of(made)).status_code == 404
    assert api.get(path_of(made)).json == made
