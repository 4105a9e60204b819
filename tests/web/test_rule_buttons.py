"""The buttons of a rule's form that change what stands in it and save nothing."""

import json
from typing import Any

import pytest

from tests.clients import Api, Browser
from tests.web.callers import make_trigger
from tests.web.html import HTMX, read
from tests.web.rule_pages import VARIABLES, path_of, rules_of, typed
from tests.web.sent import Fields, sent

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

CHANGES: dict[str, str | None] = {
    "c-0-left": "headers.X-Id",
    "c-0-right": "1",
    "c-1-kind": "any",
    "c-1-0-left": "body.order.total",
    "c-1-0-op": "gt",
    "c-1-0-right": "2",
    "c-1-1-left": "other",
    "c-1-1-path": "body.c",
    "c-1-1-op": "empty",
    "c-2-left": "body.order.status",
    "c-2-op": "in",
    "c-2-lines": "a",
    "p-0-type": "order.status",
    "p-0-data": '{"a": 1}',
    "p-1-type": "message.sent",
    "p-1-data": "",
}


@pytest.fixture
def trigger(api: Api) -> dict[str, Any]:
    """A trigger without rules."""
    return make_trigger(api, variables=VARIABLES, mode="sync")


def pressed(
    browser: Browser, trigger: dict[str, Any], action: str, **changes: str | None
) -> Fields:
    """The fields of the form after the button ``action``."""
    path = path_of(trigger, "new")
    dashed = {name.replace("_", "-"): text for name, text in changes.items()}
    fields = {**typed(browser, path, {**CHANGES, **dashed}), "action": action}
    answer = browser.post(path, data=fields, headers=HTMX)
    assert answer.status_code == 200, answer.text
    return sent(answer.text, "rule-form")


def conditions(fields: Fields) -> dict[str, str]:
    """What is compared where: the paths of conditions and the kinds of groups by name."""
    return {
        name: fields.get(name.replace("left", "path"), ["", ""])[0]
        if texts == ["other"]
        else texts[0]
        for name, texts in fields.items()
        if name.startswith("c-") and name.endswith(("-left", "-kind"))
    }


BEFORE = {
    "c-kind": "all",
    "c-0-left": "headers.X-Id",
    "c-1-kind": "any",
    "c-1-0-left": "body.order.total",
    "c-1-1-left": "body.c",
    "c-2-left": "body.order.status",
}


@pytest.mark.parametrize(
    ("action", "after"),
    [
        ("condition:c", BEFORE | {"c-3-left": ""}),
        ("condition:c-1", BEFORE | {"c-1-2-left": ""}),
        ("group:c", BEFORE | {"c-3-kind": "any", "c-3-0-left": ""}),
        ("group:c-1", BEFORE | {"c-1-2-kind": "any", "c-1-2-0-left": ""}),
        (
            "remove:c-0",
            {
                "c-kind": "all",
                "c-0-kind": "any",
                "c-0-0-left": "body.order.total",
                "c-0-1-left": "body.c",
                "c-1-left": "body.order.status",
            },
        ),
        (
            "remove:c-1",
            {"c-kind": "all", "c-0-left": "headers.X-Id", "c-1-left": "body.order.status"},
        ),
        (
            "remove:c-1-0",
            {
                "c-kind": "all",
                "c-0-left": "headers.X-Id",
                "c-1-kind": "any",
                "c-1-0-left": "body.c",
                "c-2-left": "body.order.status",
            },
        ),
        ("remove:c-9", BEFORE),
        ("nonsense:", BEFORE),
        ("", BEFORE),
    ],
)
def test_conditions_and_groups_come_and_go(
    staff: Browser, trigger: dict[str, Any], action: str, after: dict[str, str]
) -> None:
    fields = pressed(staff, trigger, action)
    assert conditions(fields) == after
    # What moved up took all of it along.
    assert fields["c-2-lines" if "c-2-left" in after else "c-1-lines"] == ["a"]


def test_nothing_is_saved_by_it(staff: Browser, api: Api, trigger: dict[str, Any]) -> None:
    pressed(staff, trigger, "condition:c")
    assert rules_of(api, trigger) == []


def test_an_event_is_removed_with_its_data(staff: Browser, trigger: dict[str, Any]) -> None:
    fields = pressed(staff, trigger, "remove:p-0")
    assert fields["p-0-type"] == ["message.sent"]
    assert "p-1-type" not in fields
    assert pressed(staff, trigger, "event:")["p-2-type"] == [""]


def test_the_data_of_an_event_are_all_of_the_call_or_its_variables(
    staff: Browser, trigger: dict[str, Any]
) -> None:
    assert pressed(staff, trigger, "whole:p-0")["p-0-data"] == ["{{ body }}"]
    [text] = pressed(staff, trigger, "members:p-1")["p-1-data"]
    assert json.loads(text) == {
        "X-Id": "{{ headers.X-Id }}",
        "حالة الطلب": "{{ body.order.status }}",
        "order.total": "{{ body.order.total }}",
    }


def test_a_variable_is_put_where_it_belongs(staff: Browser, trigger: dict[str, Any]) -> None:
    chosen = {"p_0_pick": "body.order.status"}
    [text] = pressed(staff, trigger, "insert:p-0-data", **chosen)["p-0-data"]
    assert json.loads(text) == {"a": 1, "حالة الطلب": "{{ body.order.status }}"}
    [text] = pressed(staff, trigger, "insert:p-1-data", p_1_pick="call.at")["p-1-data"]
    assert json.loads(text) == {"at": "{{ call.at }}"}
    answered = {"respond": "done", "pick": "body.order.total"}
    assert pressed(staff, trigger, "insert:body", **answered, body="المبلغ")["body"] == [
        "المبلغ {{ body.order.total }}"
    ]
    assert pressed(staff, trigger, "insert:with", choice="body")["with"] == [
        '{\n  "body": "{{ body }}"\n}'
    ]


def test_a_variable_goes_into_no_json_that_is_broken(
    staff: Browser, trigger: dict[str, Any]
) -> None:
    path = path_of(trigger, "new")
    changes = {**CHANGES, "p-0-data": '{"a": ', "p-0-pick": "call.at"}
    fields = {**typed(staff, path, changes), "action": "insert:p-0-data"}
    answer = staff.post(path, data=fields, headers=HTMX)
    assert sent(answer.text, "rule-form")["p-0-data"] == ['{"a": ']
    assert "خطأ في السطر 1" in read(answer.text).text


def test_no_variable_chosen_is_told(staff: Browser, trigger: dict[str, Any]) -> None:
    path = path_of(trigger, "new")
    fields = {**typed(staff, path, CHANGES), "action": "insert:p-0-data"}
    page = read(staff.post(path, data=fields, headers=HTMX).text)
    assert page.all("p", id="p-0-pick-error")


def test_the_rule_is_read_back_while_it_is_typed(staff: Browser, trigger: dict[str, Any]) -> None:
    path = path_of(trigger, "new")
    fields = {**typed(staff, path, CHANGES), "action": "read"}
    text = read(staff.post(path, data=fields, headers=HTMX).text).text
    assert "وكان «حالة الطلب» ضمن القائمة («a»)، فننشر الحدث" in text
    assert "أكمل الحقول" in read(staff.get(path).text).text


def test_earlier_answers_can_be_chosen_and_later_ones_cannot(staff: Browser, api: Api) -> None:
    call = {"as": "check", "url": "https://example.com/"}
    rules = [{"name": "أ"}, {"name": "ب", "call": call}, {"name": "ج"}]
    trigger = make_trigger(api, rules=rules)
    offered = [
        read(staff.get(path_of(trigger, number, "edit")).text).all(
            "option", value="calls.check.status"
        )
        for number in (1, 2, 3)
    ]
    # The form of the second offers its own answer for what it does, and not for its conditions.
    assert [bool(one) for one in offered] == [False, True, True]
    assert len(offered[1]) < len(read(staff.get(path_of(trigger, "new")).text).all("option"))
    assert not read(staff.get(path_of(trigger, 2, "edit")).text).all("select", id="c-0-left")


@pytest.mark.parametrize("steps", ["-0" * 9, "-0" * 300, "-99999", "-x", "--1"])
def test_names_that_nest_too_deep_break_nothing(
    staff: Browser, api: Api, trigger: dict[str, Any], steps: str
) -> None:
    path = path_of(trigger, "new")
    fields = typed(staff, path, {f"c{steps}-left": "body", f"c{steps[:-2]}-kind": "all"})
    assert staff.post(path, data=fields).status_code == 422
    assert rules_of(api, trigger) == []
