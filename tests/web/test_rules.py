"""The list of a trigger's rules: read as sentences, moved, switched and deleted."""

from typing import Any

import pytest

from portal.models import Account
from tests import factories
from tests.clients import Api, Browser
from tests.web.callers import make_trigger
from tests.web.html import HTMX, read
from tests.web.rule_pages import PAID, VARIABLES, path_of, rules_of

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

RULES = [
    {"name": "أولى", "when": {"all": [PAID]}, "response": {"status": 200, "body": "نجح"}},
    {"name": "ثانية", "publish": [{"type": "order.status", "data": "{{ body }}"}]},
    {"name": "ثالثة", "when": {"all": [PAID]}},
]


@pytest.fixture
def trigger(api: Api) -> dict[str, Any]:
    """A synchronous trigger with three rules."""
    return make_trigger(api, rules=RULES, variables=VARIABLES, mode="sync")


def marks(browser: Browser, trigger: dict[str, Any]) -> list[str]:
    """What tells each rule from others, from top to bottom."""
    items = read(browser.get(path_of(trigger)).text).all("li")
    return [one["data-id"] for one in items if "data-id" in one]


def press(
    browser: Browser, trigger: dict[str, Any], number: int, action: str, mark: str, **kw: Any
) -> Any:
    """Press a button of the rule ``number``."""
    fields = {"action": action, "mark": mark}
    return browser.submit(path_of(trigger, number), fields, path_of(trigger), **kw)


def names(api: Api, trigger: dict[str, Any]) -> list[str]:
    """The names of the rules as they are saved."""
    return [rule["name"] for rule in rules_of(api, trigger)]


def test_each_rule_reads_as_a_sentence(staff: Browser, trigger: dict[str, Any]) -> None:
    text = read(staff.get(path_of(trigger)).text).text
    assert "إذا كان «حالة الطلب» يساوي «paid»، فنردّ بالرمز 200 (تم) والنص «نجح»." in text
    assert "مع كل استدعاء ننشر الحدث" in text
    assert "إذا لم تنطبق أي قاعدة فنردّ بالرمز 200" in text
    assert "إذا وقع خطأ في قاعدة فنردّ بالرمز 500" in text


def test_a_rule_that_no_call_reaches_is_told_of(staff: Browser, trigger: dict[str, Any]) -> None:
    text = staff.get(path_of(trigger)).text
    assert text.count("لا نصل إليها: تنطبق القاعدة 2") == 1
    press(staff, trigger, 2, "off", marks(staff, trigger)[1])
    assert "لا نصل إليها" not in staff.get(path_of(trigger)).text


def test_without_rules_the_list_says_what_they_are_for(staff: Browser, api: Api) -> None:
    empty = make_trigger(api)
    page = read(staff.get(path_of(empty)).text)
    assert "لا قواعد في هذا المشغّل بعد" in page.text
    assert page.links().count(path_of(empty, "new")) == 1


def test_the_page_of_the_trigger_lists_them_too(staff: Browser, trigger: dict[str, Any]) -> None:
    page = read(staff.get(f"/triggers/{trigger['id']}").text)
    assert "إذا كان «حالة الطلب» يساوي «paid»" in page.text
    assert path_of(trigger) in page.links()
    assert path_of(trigger, "new") in page.links()


@pytest.mark.parametrize(
    ("number", "action", "after"),
    [
        (2, "up", ["ثانية", "أولى", "ثالثة"]),
        (2, "down", ["أولى", "ثالثة", "ثانية"]),
        (1, "up", ["أولى", "ثانية", "ثالثة"]),
        (3, "down", ["أولى", "ثانية", "ثالثة"]),
    ],
)
def test_a_rule_moves_one_place(
    staff: Browser, api: Api, trigger: dict[str, Any], number: int, action: str, after: list[str]
) -> None:
    answer = press(staff, trigger, number, action, marks(staff, trigger)[number - 1])
    assert answer.status_code == 303
    assert answer.location == path_of(trigger)
    assert names(api, trigger) == after


def test_a_move_is_a_new_version(staff: Browser, api: Api, trigger: dict[str, Any]) -> None:
    before = api.get(f"/triggers/{trigger['id']}").json["version"]
    press(staff, trigger, 2, "up", marks(staff, trigger)[1])
    assert api.get(f"/triggers/{trigger['id']}").json["version"] == before + 1


def test_a_rule_is_switched_off_and_on_and_changes_in_nothing_else(
    staff: Browser, api: Api, trigger: dict[str, Any]
) -> None:
    before, mark = rules_of(api, trigger), marks(staff, trigger)[0]
    press(staff, trigger, 1, "off", mark)
    assert rules_of(api, trigger) == [{**before[0], "enabled": False}, *before[1:]]
    press(staff, trigger, 1, "on", mark)
    assert rules_of(api, trigger) == before


def test_htmx_gets_the_list_alone_with_the_changed_rule_marked(
    staff: Browser, trigger: dict[str, Any]
) -> None:
    mark = marks(staff, trigger)[1]
    answer = press(staff, trigger, 2, "up", mark, headers=HTMX)
    page = read(answer.text)
    assert answer.status_code == 200
    assert not page.all("main")
    assert "تم نقل القاعدة" in page.one("div", id="rules-list")["data-announce"]
    assert page.all("li", data_id=mark)[0]["class"].endswith("changed")


def test_a_rule_is_found_where_it_was_moved_to(
    staff: Browser, api: Api, trigger: dict[str, Any]
) -> None:
    mark = marks(staff, trigger)[0]
    press(staff, trigger, 1, "down", mark)
    press(staff, trigger, 1, "off", mark)
    assert [rule["enabled"] for rule in rules_of(api, trigger)] == [True, False, True]


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_a_rule_that_has_changed_meanwhile_is_left_alone(
    staff: Browser, api: Api, trigger: dict[str, Any], headers: dict[str, str]
) -> None:
    before = rules_of(api, trigger)
    answer = press(staff, trigger, 1, "off", "0123456789ab", headers=headers)
    assert answer.status_code == (409 if headers else 303)
    shown = answer.text if headers else staff.get(path_of(trigger)).text
    assert "تغيّرت هذه القاعدة" in shown
    assert rules_of(api, trigger) == before


def test_deleting_is_asked_first_and_deletes_that_rule(
    staff: Browser, api: Api, trigger: dict[str, Any]
) -> None:
    path = path_of(trigger, 2, "delete")
    asked = read(staff.get(path, headers=HTMX).text)
    assert "هل تريد حذف القاعدة «ثانية»؟" in asked.text
    mark = asked.one("input", name="mark")["value"]
    assert staff.submit(path, {"mark": mark}).location == path_of(trigger)
    assert names(api, trigger) == ["أولى", "ثالثة"]


def test_a_fault_of_another_rule_is_said_where_a_rule_is_moved(staff: Browser, api: Api) -> None:
    api.post("/event-types", {"key": "own.type", "label": "نوع"})
    gone = {"publish": [{"type": "own.type", "data": {}}]}
    trigger = make_trigger(api, rules=[gone, {"name": "ثانية"}])
    api.delete("/event-types/own.type")
    answer = press(staff, trigger, 2, "up", marks(staff, trigger)[1], headers=HTMX)
    assert answer.status_code == 422
    assert "نوع الحدث own.type غير موجود" in read(answer.text).text


@pytest.mark.parametrize(("number", "action"), [(1, "explode"), (1, "")])
def test_an_unknown_button_is_refused(
    staff: Browser, trigger: dict[str, Any], number: int, action: str
) -> None:
    assert press(staff, trigger, number, action, "x").status_code == 400


@pytest.mark.parametrize("rest", ["9/edit", "9/delete", "0/edit"])
def test_there_is_no_page_of_a_rule_that_is_not_there(
    staff: Browser, trigger: dict[str, Any], rest: str
) -> None:
    assert staff.get(path_of(trigger, rest)).status_code == 404


def test_support_reads_the_rules_and_changes_nothing(
    support: Browser, trigger: dict[str, Any]
) -> None:
    page = read(support.get(path_of(trigger)).text)
    assert "إذا كان «حالة الطلب»" in page.text
    assert not page.all("form", class_="rule-buttons")
    assert support.get(path_of(trigger, "new")).status_code == 403


def test_the_rules_of_a_deleted_trigger_are_gone(staff: Browser, account: Account) -> None:
    made = factories.make_trigger(account)
    staff.submit(f"/triggers/{made.id}/delete", {"reason": "طلب العميل"})
    assert staff.get(f"/triggers/{made.id}/rules").status_code == 404
