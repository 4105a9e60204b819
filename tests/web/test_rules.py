"""The rules of a trigger on their pages: listed, moved, switched, deleted, made and changed."""

import json
from typing import Any

import pytest

from portal.models import Account
from tests.clients import Api, Browser
from tests.web.callers import call, make_trigger
from tests.web.html import HTMX, read
from tests.web.sent import Fields, sent

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PAID = {"left": "body.order.status", "op": "eq", "right": "paid"}
VARIABLES = {
    "headers": [{"name": "X-Id"}],
    "body": [{"path": "order.status", "alias": "حالة الطلب"}, {"path": "order.total"}],
}
RULES = [
    {"name": "أولى", "when": {"all": [PAID]}, "response": {"status": 200, "body": "نجح"}},
    {"name": "ثانية", "publish": [{"type": "order.status", "data": "{{ body }}"}]},
    {"name": "ثالثة"},
]


def path_of(trigger: dict[str, Any], *rest: object) -> str:
    """Where the page of the rules of ``trigger`` is, or one beneath it."""
    return "/".join([f"/triggers/{trigger['id']}/rules", *map(str, rest)])


def rules_of(api: Api, trigger: dict[str, Any]) -> list[dict[str, Any]]:
    """The rules as they are saved."""
    return api.get(f"/triggers/{trigger['id']}").json["rules"]


def names_of(api: Api, trigger: dict[str, Any]) -> list[str]:
    """The names of the rules as they are saved, in their order."""
    return [rule["name"] for rule in rules_of(api, trigger)]


def marks(browser: Browser, trigger: dict[str, Any]) -> list[str]:
    """What tells each rule from others, as the page has it."""
    return [one["data-id"] for one in read(browser.get(path_of(trigger)).text).all("li") if "data-id" in one]


def typed(browser: Browser, path: str, **changes: Any) -> Fields:
    """What the form at ``path`` would send if only ``changes`` were made there; ``c_0_left`` is
    c-0-left, and None takes a field away."""
    fields = sent(browser.get(path).text, "rule-form")
    fields.pop("action", None)
    made = {name.replace("_", "-"): text for name, text in changes.items()}
    return {name: text for name, text in (fields | made).items() if text is not None}


def test_rules_are_listed_as_sentences(staff: Browser, api: Api) -> None:
    trigger = make_trigger(api, rules=RULES, variables=VARIABLES, mode="sync")
    page = read(staff.get(path_of(trigger)).text)
    assert "إذا كان «حالة الطلب» يساوي «paid»، فنردّ بالرمز 200 (تم) والنص «نجح»." in page.text
    assert "مع كل استدعاء ننشر الحدث" in page.text
    assert "لا نصل إليها: تنطبق القاعدة 2" in page.text
    assert "إذا لم تنطبق أي قاعدة فـنردّ" in page.text or "فنردّ بالرمز 200" in page.text


def test_new_rule(staff: Browser, api: Api) -> None:
    trigger = make_trigger(api, variables=VARIABLES, mode="sync")
    path = path_of(trigger, "new")
    fields = typed(staff, path, c_0_left="body.order.status", c_0_right="paid", respond="done", body="نجح", name="س")
    answer = staff.post(path, data=fields)
    assert answer.status_code == 303, answer.text
    assert rules_of(api, trigger) == [{"name": "س", "enabled": True, "when": {"all": [PAID]}, "publish": [], "response": {"status": 200, "headers": {}, "body": "نجح"}}]
    edit = path_of(trigger, 1, "edit")
    assert staff.post(edit, data=typed(staff, edit)).status_code == 303
    assert staff.post(path, data={**fields, "action": "group:c"}).status_code == 200
    print(staff.post(path, data={**fields, "c-0-left": "", "c-0-right": ""}).text)
