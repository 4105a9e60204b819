"""Making and changing a rule on its page."""

from typing import Any

import pytest

from tests.clients import Api, Browser
from tests.web.callers import make_trigger
from tests.web.html import HTMX, read
from tests.web.rule_pages import PAID, VARIABLES, path_of, rules_of, typed
from tests.web.sent import sent

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

HAS_ID = {"left": "headers.X-Id", "op": "exists"}
ANY = {"any": [HAS_ID, {"left": "body.a", "op": "ne", "right": "1"}]}
DEEP: dict[str, Any] = {"all": [PAID]}
for _ in range(7):
    DEEP = {"any": [DEEP]}
SENT = {"id": "{{ body.order.id }}", "a": [1, None, {"b": "{{ query.q }}"}]}
ASKED = {"as": "check", "url": "https://example.com/check", "headers": {"X-Key": "k"}, "body": SENT}
BUSY = {"status": 503, "headers": {"Retry-After": "120"}, "body": ""}


def rule(**members: Any) -> dict[str, Any]:
    """A rule of ``members``, named and on."""
    return {"name": "قاعدة", "enabled": True, "when": None, "publish": []} | members


def comparing(op: str, *right: Any) -> dict[str, Any]:
    """A rule with one condition."""
    one = {"left": "body.a", "op": op}
    return rule(when={"all": [one | ({"right": right[0]} if right else {})]})


# What the form shows, and saves as it is.
KEPT = [
    rule(),
    rule(name="", enabled=False),
    rule(when={"all": []}),
    rule(when={"any": []}),
    rule(when={"all": [PAID, ANY, {"all": []}, {"any": []}]}),
    rule(when={"any": [{"all": [PAID, {"any": [PAID, ANY]}]}]}),
    rule(when=DEEP),
    comparing("eq", "٥"),
    comparing("eq", 5),
    comparing("eq", 5.0),
    comparing("eq", True),
    comparing("ne", None),
    comparing("eq", ""),
    comparing("eq", " نص "),
    comparing("eq", "{{ body.b }}"),
    comparing("eq", {"a": ["b", 1]}),
    comparing("contains", 'ق"و<b>'),
    comparing("between", ["1", "10"]),
    comparing("between", [1, 10.5]),
    comparing("between", ["1", 10]),
    comparing("in", ["a", "ب", "1"]),
    comparing("in", ["a", 1, None, "a\nb", ""]),
    comparing("not_in", ["[1]"]),
    comparing("missing"),
    comparing("empty", None),
    comparing("matches", r"^a{2}\d+$"),
    comparing("before", "-P1D"),
    rule(when={"all": [{"left": 'body["a.b"].c[]', "op": "exists"}]}),
    rule(publish=[{"type": "order.status", "data": "{{ body }}"}]),
    rule(publish=[{"type": "order.status", "data": {}}, {"type": "message.sent", "data": SENT}]),
    rule(call=ASKED),
    rule(call={**ASKED, "headers": {}, "body": {}}),
    rule(call={**ASKED, "body": "نص"}),
    rule(call={**ASKED, "body": "{{ body }}"}),
    rule(call={**ASKED, "body": None}),
    rule(response={"status": 200, "headers": {}, "body": "ok"}),
    rule(response={"status": 200, "headers": {"X-A": "{{ body.a }}"}, "body": SENT}),
    rule(response={"status": 200, "headers": {}, "body": "5"}),
    rule(response={"status": 200, "headers": {}, "body": 5}),
    rule(response={"status": 200, "headers": {}, "body": "سطر\nثانٍ"}),
    rule(response={"status": 204, "headers": {}, "body": ""}),
    rule(response=BUSY),
    rule(response={**BUSY, "headers": {}}),
    rule(response={**BUSY, "headers": {"X-A": "1", "Retry-After": "5"}}),
    rule(response={**BUSY, "headers": {"Retry-After": "soon"}}),
    rule(response={"status": 410, "headers": {}, "body": "{{ body.a }} انتهى"}),
    rule(response={"status": 418, "headers": {}, "body": None}),
]  # fmt: skip
# What no field holds to the letter.
FIXED = [
    rule(name="سطر\nثانٍ"),
    comparing("in", "{{ body.allowed }}"),
    rule(call={**ASKED, "headers": {"X-Key": " k "}}),
    rule(response={"status": 200, "headers": {}, "body": "a\rb"}),
]


@pytest.mark.parametrize("one", KEPT)
def test_a_rule_saved_as_it_is_shown_changes_nothing(
    staff: Browser, api: Api, one: dict[str, Any]
) -> None:
    trigger = make_trigger(api, rules=[one], variables=VARIABLES)
    before = api.get(f"/triggers/{trigger['id']}").json
    path = path_of(trigger, 1, "edit")
    answer = staff.post(path, data=typed(staff, path, {}))
    assert answer.status_code == 303, read(answer.text).text
    assert answer.location == path_of(trigger)
    assert api.get(f"/triggers/{trigger['id']}").json == before


@pytest.mark.parametrize("one", KEPT)
def test_a_button_that_saves_nothing_keeps_all_that_is_typed(
    staff: Browser, api: Api, one: dict[str, Any]
) -> None:
    path = path_of(make_trigger(api, rules=[one], variables=VARIABLES), 1, "edit")
    fields = typed(staff, path, {})
    again = staff.post(path, data={**fields, "action": "read"}, headers=HTMX)
    assert sent(again.text, "rule-form") | {"csrf_token": []} == fields | {"csrf_token": []}


@pytest.mark.parametrize("one", FIXED)
def test_a_rule_that_the_form_cannot_say_is_shown_and_never_changed(
    staff: Browser, api: Api, one: dict[str, Any]
) -> None:
    trigger = make_trigger(api, rules=[one])
    before, path = rules_of(api, trigger), path_of(trigger, 1, "edit")
    page = read(staff.get(path).text)
    assert "حتى لا يتغيّر معناها" in page.text
    assert not page.all("form", id="rule-form")
    mark = read(staff.get(path_of(trigger)).text).all("input", name="mark")[0]["value"]
    staff.submit(path, {"mark": mark, "name": "غيرها"}, path_of(trigger))
    assert rules_of(api, trigger) == before


def test_a_new_rule_is_put_after_the_others(staff: Browser, api: Api) -> None:
    trigger = make_trigger(api, variables=VARIABLES, rules=[rule()], mode="sync")
    path = path_of(trigger, "new")
    changes = {"name": "دُفع", "c-0-left": "body.order.status", "c-0-right": " paid "}
    answered = {"respond": "done", "body": '{"success": true}'}
    answer = staff.post(path, data=typed(staff, path, changes | answered))
    assert answer.status_code == 303, read(answer.text).text
    assert "تم حفظ القاعدة" in staff.get(path_of(trigger)).text
    response = {"status": 200, "headers": {}, "body": {"success": True}}
    assert rules_of(api, trigger)[1] == rule(name="دُفع", when={"all": [PAID]}, response=response)


@pytest.mark.parametrize(
    ("changes", "response"),
    [
        ({"respond": "reject", "body": "لا"}, {"status": 422, "headers": {}, "body": "لا"}),
        ({"respond": "busy", "retry": "٣٠"}, {**BUSY, "headers": {"Retry-After": "30"}}),
        ({"respond": "busy", "retry": ""}, {**BUSY, "headers": {}}),
        ({"respond": "gone"}, {"status": 410, "headers": {}, "body": ""}),
        (
            {"respond": "custom", "status": "٢٠٢", "json": None, "body": "[1]"},
            {"status": 202, "headers": {}, "body": "[1]"},
        ),
        ({"respond": ""}, None),
    ],
)
def test_an_answer_is_chosen_by_its_meaning(
    staff: Browser, api: Api, changes: dict[str, str | None], response: Any
) -> None:
    trigger = make_trigger(api, rules=[rule()], mode="sync")
    path = path_of(trigger, 1, "edit")
    assert staff.post(path, data=typed(staff, path, changes)).status_code == 303
    assert rules_of(api, trigger)[0].get("response") == response


COMPARED = [
    ({"c-0-op": "between", "c-0-low": "1", "c-0-high": "5"}, ["1", "5"]),
    ({"c-0-op": "in", "c-0-lines": "a\r\n\r\n b \r\n"}, ["a", "b"]),
    ({"c-0-op": "gt", "c-0-right": "٥٫٥"}, "٥٫٥"),
]


@pytest.mark.parametrize(("changes", "right"), COMPARED)
def test_an_operator_takes_what_stands_on_its_right(
    staff: Browser, api: Api, changes: dict[str, str | None], right: Any
) -> None:
    trigger = make_trigger(api, variables=VARIABLES)
    path = path_of(trigger, "new")
    chosen = {"c-0-left": "other", "c-0-path": " body.a "}
    assert staff.post(path, data=typed(staff, path, chosen | changes)).status_code == 303
    [one] = rules_of(api, trigger)[0]["when"]["all"]
    assert one == {"left": "body.a", "op": changes["c-0-op"], "right": right}


def test_a_number_that_is_replaced_by_a_word_becomes_a_text(staff: Browser, api: Api) -> None:
    trigger = make_trigger(api, rules=[comparing("eq", 5)])
    path = path_of(trigger, 1, "edit")
    assert staff.post(path, data=typed(staff, path, {"c-0-right": "paid"})).status_code == 303
    assert rules_of(api, trigger)[0]["when"]["all"][0]["right"] == "paid"


EXISTS: dict[str, str | None] = {"c-0-left": "headers.X-Id", "c-0-op": "exists"}
WRONG: list[tuple[dict[str, str | None], str]] = [
    ({}, "c-0-left"),
    ({"c-0-left": "headers.X-Id"}, "c-0-right"),
    ({"c-0-left": "other", "c-0-path": "nobody.a", "c-0-right": "1"}, "c-0-path"),
    ({"c-0-left": "other", "c-0-path": "body..a", "c-0-right": "1"}, "c-0-path"),
    ({"c-0-left": "other", "c-0-path": "", "c-0-right": "1"}, "c-0-path"),
    ({"c-0-left": "headers.X-Id", "c-0-op": "matches", "c-0-right": "("}, "c-0-right"),
    ({"c-0-left": "headers.X-Id", "c-0-op": "before", "c-0-right": "أمس"}, "c-0-right"),
    ({"c-0-left": "headers.X-Id", "c-0-op": "between", "c-0-low": "1"}, "c-0-high"),
    ({"c-0-left": "headers.X-Id", "c-0-op": "between", "c-0-low": "1", "c-0-high": "x"}, "c-0-low"),
    ({"c-0-left": "headers.X-Id", "c-0-op": "in"}, "c-0-lines"),
    ({"c-0-left": "headers.X-Id", "c-0-op": "odd", "c-0-right": "1"}, "c-0-op"),
    ({"c-0-left": "headers.X-Id", "c-0-right": "{{ body.a"}, "c-0-right"),
    ({"c-kind": "some", "c-0-left": "headers.X-Id", "c-0-right": "1"}, "c-kind"),
    ({"name": "ا" * 201}, "name"),
    ({"p-0-type": "", "p-0-data": ""}, "p-0-type"),
    ({**EXISTS, "p-0-type": "no.such", "p-0-data": ""}, "p-0-type"),
    ({"p-0-type": "order.status", "p-0-data": '{"a": }'}, "p-0-data"),
    ({"p-0-type": "order.status", "p-0-data": "[1]"}, "p-0-data"),
    ({"p-0-type": "order.status", "p-0-data": '{"a": "{{ other.a }}"}'}, "p-0-data"),
    ({"as": "1x", "url": "https://example.com/"}, "as"),
    ({"as": "check"}, "url"),
    ({**EXISTS, "as": "check", "url": "http://10.0.0.1/"}, "url"),
    ({"as": "check", "url": "https://example.com/", "sent": "no colon"}, "sent"),
    ({"as": "check", "url": "https://example.com/", "with": "{"}, "with"),
    ({"respond": "custom", "status": "99"}, "status"),
    ({"respond": "busy", "retry": "لاحقًا"}, "retry"),
    ({"respond": "done", "headers": "Set-Cookie: a=b"}, "headers"),
    ({"respond": "done", "body": '{"a"'}, "body"),
    ({"respond": "odd"}, "respond"),
]  # fmt: skip


# Lists, which show nothing that they do not hold.
CHOSEN = {"c-kind", "c-0-op", "respond"}


@pytest.mark.parametrize(("changes", "wrong"), WRONG)
def test_what_is_wrong_is_said_beside_its_field_and_what_is_typed_stays(
    staff: Browser, api: Api, changes: dict[str, str | None], wrong: str
) -> None:
    trigger = make_trigger(api, variables=VARIABLES)
    path = path_of(trigger, "new")
    fields = typed(staff, path, changes)
    answer = staff.post(path, data=fields, headers=HTMX)
    assert answer.status_code == 422
    page = read(answer.text)
    assert page.all("p", id=f"{wrong}-error"), page.text
    assert f"#{wrong}" in page.links()
    kept = sent(answer.text, "rule-form")
    shown = {name: kept.get(name) for name in changes.keys() - CHOSEN}
    assert shown == {name: [changes[name]] for name in changes.keys() - CHOSEN}
    assert rules_of(api, trigger) == []


def test_a_fault_of_another_rule_is_said_above_the_form(staff: Browser, api: Api) -> None:
    api.post("/event-types", {"key": "own.type", "label": "نوع"})
    trigger = make_trigger(api, rules=[rule(publish=[{"type": "own.type", "data": {}}]), rule()])
    api.delete("/event-types/own.type")
    path = path_of(trigger, 2, "edit")
    answer = staff.post(path, data=typed(staff, path, {"name": "غيرها"}))
    assert answer.status_code == 422
    assert "القاعدة 1: نوع الحدث own.type غير موجود" in read(answer.text).text


def test_a_rule_that_has_changed_meanwhile_is_not_overwritten(staff: Browser, api: Api) -> None:
    trigger = make_trigger(api, rules=[rule()])
    path = path_of(trigger, 1, "edit")
    fields = typed(staff, path, {"name": "مني"})
    api.patch(f"/triggers/{trigger['id']}", {"rules": [rule(name="من غيري")]})
    answer = staff.post(path, data=fields, headers=HTMX)
    assert answer.status_code == 409
    assert "غيّر غيرك هذه القاعدة" in answer.text
    assert sent(answer.text, "rule-form")["name"] == ["مني"]
    assert rules_of(api, trigger)[0]["name"] == "من غيري"


def test_a_rule_that_was_moved_meanwhile_is_saved_where_it_is(staff: Browser, api: Api) -> None:
    trigger = make_trigger(api, rules=[rule(name="أ"), rule(name="ب")])
    path = path_of(trigger, 1, "edit")
    fields = typed(staff, path, {"name": "ج"})
    api.patch(f"/triggers/{trigger['id']}", {"rules": [rule(name="ب"), rule(name="أ")]})
    assert staff.post(path, data=fields).status_code == 303
    assert [one["name"] for one in rules_of(api, trigger)] == ["ب", "ج"]


def test_the_page_of_an_asynchronous_trigger_says_that_answers_are_ignored(
    staff: Browser, api: Api
) -> None:
    told = "تُتجاهل استجابات القواعد"
    assert told in staff.get(path_of(make_trigger(api), "new")).text
    assert told not in staff.get(path_of(make_trigger(api, mode="sync"), "new")).text


def test_what_the_known_sender_does_with_an_answer_is_said(staff: Browser, api: Api) -> None:
    auth = {"kind": "signature", "preset": "shopify", "secret": "s3cret-word-here"}
    known = make_trigger(api, mode="sync", auth=auth)
    text = read(staff.get(path_of(known, "new")).text).text
    assert "تعيد Shopify الإرسال 8 مرات خلال 4 ساعات" in text
    other = read(staff.get(path_of(make_trigger(api, mode="sync"), "new")).text).text
    assert "Shopify" not in other
    assert "إلا أن تختار «تم»" in other
