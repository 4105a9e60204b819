"""A change of a rule is looked at before it is saved: what the latest calls would come to."""

import pytest

from tests.clients import Api, Browser
from tests.web.callers import call, make_trigger
from tests.web.html import HTMX, read
from tests.web.rule_pages import path_of, rules_of, typed

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

IS_PAID = {"all": [{"left": "body.status", "op": "eq", "right": "paid"}]}
PAID = {"name": "مدفوع", "when": IS_PAID, "response": {"status": 201}}


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_change_tells_which_calls_it_would_answer_otherwise_and_saves_nothing(
    staff: Browser, client: Browser, api: Api, headers: dict[str, str]
) -> None:
    trigger = make_trigger(api, mode="sync", rules=[PAID])
    call(client, trigger, {"status": "paid"})
    call(client, trigger, {"status": "waiting"})
    before, path = rules_of(api, trigger), path_of(trigger, 1, "edit")
    changed = typed(staff, path, {"c-0-right": "waiting", "action": "preview"})
    answer = staff.post(path, data=changed, headers=headers)
    page = read(answer.text)
    assert answer.status_code == 200
    assert page.one("section", id="preview")["data-state"] == "changed"
    assert len([link for link in page.links() if link.startswith("/calls/")]) == 2
    assert "waiting" in page.text
    assert rules_of(api, trigger) == before


def test_a_change_that_cannot_be_saved_is_refused_as_it_would_be(
    staff: Browser, client: Browser, api: Api
) -> None:
    trigger = make_trigger(api, mode="sync", rules=[PAID])
    call(client, trigger, {"status": "paid"})
    path = path_of(trigger, 1, "edit")
    wrong = typed(staff, path, {"name": "س" * 201, "action": "preview"})
    assert staff.post(path, data=wrong, headers=HTMX).status_code == 422


def test_deleting_a_rule_tells_first_which_answers_would_change(
    staff: Browser, client: Browser, api: Api
) -> None:
    trigger = make_trigger(api, mode="sync", rules=[PAID])
    path = path_of(trigger, 1, "delete")
    assert "نظرنا" not in read(staff.get(path).text).text
    for status in ("paid", "paid", "waiting"):
        call(client, trigger, {"status": status})
    text = read(staff.get(path).text).text
    assert "نظرنا في آخر ما وصل: 3 استدعاءات" in text
    assert "ما تتغيّر نتيجته بهذا: استدعاءان" in text


def test_going_back_tells_first_which_answers_would_change(
    staff: Browser, client: Browser, api: Api
) -> None:
    trigger = make_trigger(api, mode="sync", rules=[PAID])
    call(client, trigger, {"status": "waiting"})
    api.patch(f"/triggers/{trigger['id']}", {"deadline_seconds": 7})
    path = f"/triggers/{trigger['id']}/versions/1/restore"
    assert "لا تتغيّر بهذا نتيجة أي منها" in read(staff.get(path).text).text
    api.patch(f"/triggers/{trigger['id']}", {"response": {"status": 409}})
    assert "ما تتغيّر نتيجته بهذا: استدعاء واحد" in read(staff.get(path).text).text


def test_without_calls_there_is_nothing_to_look_at(staff: Browser, api: Api) -> None:
    path = path_of(make_trigger(api, rules=[PAID]), 1, "edit")
    assert not read(staff.get(path).text).all("button", value="preview")
