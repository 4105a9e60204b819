"""A rule is tried before it is saved, with what is pasted or what came last, and has no effect."""

import json

import pytest

from tests.clients import Api, Browser
from tests.web.callers import call, make_trigger
from tests.web.html import HTMX, read
from tests.web.rule_pages import path_of, rules_of, typed
from tests.web.sent import sent

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

IS_PAID = {"all": [{"left": "body.status", "op": "eq", "right": "paid"}]}
PAID = {"name": "مدفوع", "when": IS_PAID, "response": {"status": 201}}
LATE = '{"status": "late"}'


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_what_stands_in_the_form_is_tried_and_nothing_is_saved(
    staff: Browser, api: Api, headers: dict[str, str]
) -> None:
    trigger = make_trigger(api, mode="sync", rules=[PAID], response={"status": 422, "body": {}})
    before, path = rules_of(api, trigger), path_of(trigger, 1, "edit")
    changed = typed(staff, path, {"c-0-right": "late", "sample-body": LATE, "action": "try"})
    answer = staff.post(path, data=changed, headers=headers)
    page = read(answer.text)
    assert answer.status_code == 200
    assert page.one("section", id="outcome")["data-announce"].endswith(" 201")
    assert rules_of(api, trigger) == before
    assert api.get(f"/triggers/{trigger['id']}/calls").json["items"] == []


def test_a_new_rule_is_tried_after_those_that_are_there(staff: Browser, api: Api) -> None:
    trigger = make_trigger(api, mode="sync", rules=[PAID])
    path = path_of(trigger, "new")
    made = {"c-0-left": "other", "c-0-path": "body.status", "c-0-op": "exists", "name": "غيره"}
    made |= {"respond": "number", "status": "409", "sample-body": LATE, "action": "try"}
    page = read(staff.post(path, data=typed(staff, path, made)).text)
    assert page.one("section", id="outcome")["data-announce"].endswith(" 409")
    tried = [one for one in page.all("li") if "rule-tried" in one.get("class", "").split()]
    assert [one["data-result"] for one in tried] == ["not_met", "met"]


def test_the_headers_and_the_query_are_tried_too(staff: Browser, api: Api) -> None:
    both = [
        {"left": "headers.X-Shop", "op": "eq", "right": "7"},
        {"left": "query.page", "op": "eq", "right": 2},
    ]
    rule = {"name": "كلاهما", "when": {"all": both}, "response": {"status": 207}}
    trigger = make_trigger(api, mode="sync", rules=[rule])
    path = path_of(trigger, 1, "edit")
    sample = {"sample-query": "?page=2", "sample-headers": "X-Shop: 7", "action": "try"}
    answer = staff.post(path, data=typed(staff, path, sample))
    outcome = read(answer.text).one("section", id="outcome")
    assert outcome["data-announce"].endswith(" 207")


def test_a_mistake_in_what_is_pasted_is_named_and_what_is_typed_stays(
    staff: Browser, api: Api
) -> None:
    trigger = make_trigger(api, rules=[PAID])
    path = path_of(trigger, 1, "edit")
    wrong = typed(staff, path, {"sample-body": '{"a": ', "name": "جديد", "action": "try"})
    answer = staff.post(path, data=wrong, headers=HTMX)
    page = read(answer.text)
    assert answer.status_code == 422
    assert page.one("textarea", id="sample-body")["aria-invalid"] == "true"
    assert "السطر 1" in page.text
    assert page.one("input", name="name")["value"] == "جديد"
    assert not page.all("section", id="outcome")


def test_a_rule_that_could_not_be_saved_is_not_tried(staff: Browser, api: Api) -> None:
    path = path_of(make_trigger(api, rules=[PAID]), 1, "edit")
    wrong = typed(staff, path, {"name": "س" * 201, "sample-body": LATE, "action": "try"})
    answer = staff.post(path, data=wrong, headers=HTMX)
    assert answer.status_code == 422
    assert sent(answer.text, "rule-form")["sample-body"] == [LATE]


def test_what_came_last_is_taken_and_what_is_typed_stays(
    staff: Browser, client: Browser, api: Api
) -> None:
    trigger = make_trigger(api, mode="sync", rules=[PAID])
    call(client, trigger, {"status": "waiting"})
    path = path_of(trigger, 1, "edit")
    answer = staff.post(path, data=typed(staff, path, {"name": "جديد", "action": "take"}))
    page = read(answer.text)
    assert answer.status_code == 200
    [body] = sent(answer.text, "rule-form")["sample-body"]
    assert json.loads(body) == {"status": "waiting"}
    assert page.one("input", name="name")["value"] == "جديد"


def test_where_nothing_came_there_is_nothing_to_take(staff: Browser, api: Api) -> None:
    path = path_of(make_trigger(api, rules=[PAID]), 1, "edit")
    assert not read(staff.get(path).text).all("button", value="take")
    answer = staff.post(path, data=typed(staff, path, {"action": "take"}))
    assert answer.status_code == 422
