"""«جرّب»: what a call would come to, on its page, with no effect."""

from typing import Any

import pytest

from portal.extensions import db
from portal.models import Account, Call, Event
from tests.clients import Api, Browser
from tests.outsiders import BASIC
from tests.web.callers import call, latest, make_trigger
from tests.web.html import HTMX, read
from tests.web.sent import sent

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

IS_PAID = {"all": [{"left": "body.status", "op": "eq", "right": "paid"}]}
RULES = [
    {
        "name": "مدفوع",
        "when": IS_PAID,
        "publish": [{"type": "order.status", "data": {"id": "{{ body.id }}"}}],
        "response": {
            "status": 201,
            "headers": {"X-Id": "{{ headers.X-Id }}"},
            "body": {"q": "{{ query.a }}"},
        },
    },
    {"name": "بعدها"},
]
KNOWN = {
    "name": "معروف",
    "when": {"all": [{"left": "calls.check.body.known", "op": "eq", "right": True}]},
    "response": {"status": 201},
}


@pytest.fixture
def trigger(api: Api) -> dict[str, Any]:
    """A synchronous trigger with two rules."""
    return make_trigger(api, mode="sync", rules=RULES)


def path_of(made: dict[str, Any]) -> str:
    """Where ``made`` is tried."""
    return f"/triggers/{made['id']}/try"


def attempt(browser: Browser, made: dict[str, Any], **fields: str) -> Any:
    """The answer to a trial of what was typed."""
    return browser.submit(path_of(made), {"action": "try", **fields})


def test_the_answer_the_rule_the_reasons_and_the_events_are_shown(
    support: Browser, trigger: dict[str, Any]
) -> None:
    answer = attempt(
        support,
        trigger,
        body='{"id": 7, "status": "paid"}',
        query="https://a.example/?a=1",
        headers="X-Id: h-1\r\n\r\nX-Other: 2",
    )
    page = read(answer.text)
    assert answer.status_code == 200
    for words in ("1. مدفوع طابقت", "2. بعدها لم نصل إليها", "حدث واحد", "order.status", "h-1"):
        assert words in page.text, words
    assert '"paid"' in page.text
    assert '{ "q": "1" }' in page.text
    [rule, rest] = [one["data-result"] for one in page.all("li", _class="rule-tried")]
    assert (rule, rest) == ("met", "not_reached")


def test_a_trial_has_no_effect(support: Browser, trigger: dict[str, Any]) -> None:
    assert attempt(support, trigger, body='{"status": "paid"}').status_code == 200
    assert db.session.query(Event).count() == db.session.query(Call).count() == 0


def test_htmx_gets_the_form_and_the_outcome_alone_and_typed_values_stay(
    admin: Browser, trigger: dict[str, Any]
) -> None:
    fields = {"body": '{"id": 7}', "query": "a=1", "headers": "X-Id: 1"}
    answer = admin.submit(path_of(trigger), fields, headers=HTMX)
    assert answer.text.lstrip().startswith('<div id="rehearsal"')
    kept = sent(answer.text, "rehearsal-form")
    assert {name: kept[name] for name in fields} == {name: [text] for name, text in fields.items()}
    assert "autofocus" in read(answer.text).one("section", id="outcome")


@pytest.mark.parametrize(
    ("fields", "name", "words"),
    [
        ({"body": '{\n  "a": }'}, "body", "خطأ في السطر 2، العمود 8"),
        ({"body": '{"a": 1,\n "a": 2}'}, "body", "مفتاح مكرّر"),
        ({"headers": "no colon"}, "headers", "Name: value"),
        ({"headers": ": empty"}, "headers", "Name: value"),
        ({"query": "a&" * 1001}, "query", "أكثر من المسموح"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(
    admin: Browser, trigger: dict[str, Any], fields: dict[str, str], name: str, words: str
) -> None:
    answer = attempt(admin, trigger, **fields)
    page = read(answer.text)
    assert answer.status_code == 422
    assert words in page.text
    assert page.all("p", id=f"{name}-error")
    assert sent(answer.text, "rehearsal-form")[name] == [fields[name]]


def test_everything_that_is_wrong_is_told_at_once(admin: Browser, trigger: dict[str, Any]) -> None:
    page = read(attempt(admin, trigger, body="{", headers="x").text)
    assert page.all("p", id="body-error")
    assert page.all("p", id="headers-error")


def test_the_latest_call_and_a_chosen_one_fill_the_form(
    client: Browser, admin: Browser, api: Api, trigger: dict[str, Any]
) -> None:
    assert "خذ منه" not in admin.get(path_of(trigger)).text
    headers = {"X-Id": "h-1"}
    call(client, trigger, {"id": 1, "name": "نورة"}, query_string="a=1", headers=headers)
    first = latest(api, trigger)["id"]
    call(client, trigger, {"id": 2})
    call(client, trigger, b"no json")
    taken = admin.submit(path_of(trigger), {"action": "take", "call": "latest"}, headers=HTMX)
    assert '"id": 2' in sent(taken.text, "rehearsal-form")["body"][0]
    page = admin.get(f"{path_of(trigger)}?call={first}")
    fields = sent(page.text, "rehearsal-form")
    assert fields["body"] == ['{\n  "id": 1,\n  "name": "نورة"\n}']
    assert fields["query"] == ["a=1"]
    assert "X-Id: h-1" in fields["headers"][0]
    assert fields["call"] == [first]
    told = read(admin.post(path_of(trigger), data=fields).text)
    assert "لا قاعدة مطابقة" not in told.text


def test_a_secret_that_came_with_a_call_stays_hidden(
    client: Browser, admin: Browser, api: Api
) -> None:
    made = make_trigger(api, auth=BASIC)
    path = made["url"].replace("://", "://x:y@")
    assert client.post(path, json={}).status_code in (401, 404)
    factories_call = call(client, made, {}, auth=(BASIC["username"], BASIC["password"]))
    assert factories_call.status_code == 200, factories_call.text
    page = admin.get(f"{path_of(made)}?call={latest(api, made)['id']}").text
    assert "Authorization: Basic" not in page
    assert BASIC["password"] not in page


def test_nothing_to_take_is_said(admin: Browser, trigger: dict[str, Any]) -> None:
    answer = admin.submit(path_of(trigger), {"action": "take"})
    assert answer.status_code == 422
    assert "لم يصل استدعاء مقبول بعد" in answer.text


def test_a_call_to_another_address_is_not_made_and_is_said(admin: Browser, api: Api) -> None:
    asks = {"name": "سؤال", "call": {"as": "check", "url": "http://127.0.0.1:9/"}}
    made = make_trigger(api, mode="sync", rules=[asks, KNOWN])
    page = read(attempt(admin, made).text)
    assert "هذه النتيجة غير مؤكدة" in page.text
    assert "http://127.0.0.1:9/" in page.text
    said = attempt(admin, made, calls='{"check": {"status": 200, "body": {"known": true}}}')
    page = read(said.text)
    assert "هذه النتيجة غير مؤكدة" not in page.text
    assert page.one("div", id="rehearsal")["data-announce"].endswith(" 201")
    assert page.all("textarea", name="calls")


@pytest.mark.parametrize("typed", ["7", '{"check": 1}', "[]"])
def test_replies_that_are_no_replies_are_refused(
    admin: Browser, api: Api, trigger: dict[str, Any], typed: str
) -> None:
    answer = attempt(admin, trigger, calls=typed)
    assert answer.status_code == 422
    assert "لكل ردّ فيه اسمه" in read(answer.text).text


def test_an_asynchronous_trigger_shows_what_is_answered_at_once(admin: Browser, api: Api) -> None:
    made = make_trigger(api, rules=RULES, response={"status": 202, "body": "وصل"})
    page = read(attempt(admin, made, body='{"status": "paid"}').text)
    assert "202" in page.text
    assert "يُردّ بهذا فورًا" in page.text
    assert "1. مدفوع طابقت" in page.text


def test_an_error_of_a_rule_is_shown_with_the_answer_for_errors(admin: Browser, api: Api) -> None:
    bad = {"name": "معطوبة", "publish": [{"type": "order.status", "data": "{{ body.id }}"}]}
    made = make_trigger(api, mode="sync", rules=[bad], on_error={"status": 503, "body": "لاحقًا"})
    page = read(attempt(admin, made, body='{"id": 7}').text)
    assert "503" in page.text
    assert "لاحقًا" in page.text
    assert "الخطأ" in page.text


def test_a_call_of_another_trigger_or_account_is_not_found(
    client: Browser, admin: Browser, outsider: Browser, api: Api, trigger: dict[str, Any]
) -> None:
    call(client, trigger, {"id": 1})
    mine, other = latest(api, trigger)["id"], make_trigger(api)
    assert admin.get(f"{path_of(other)}?call={mine}").status_code == 404
    assert admin.get(f"{path_of(trigger)}?call=cal_x").status_code == 404
    assert outsider.get(path_of(trigger)).status_code == 404
    assert outsider.submit(path_of(trigger), page="/settings/webhooks/new").status_code == 404


def test_a_deleted_trigger_is_not_tried(admin: Browser, api: Api, account: Account) -> None:
    made = make_trigger(api)
    api.delete(f"/triggers/{made['id']}")
    assert admin.get(path_of(made)).status_code == 404


def test_a_call_is_run_again_under_the_version_it_came_under_or_the_current_one(
    client: Browser, admin: Browser, api: Api, trigger: dict[str, Any]
) -> None:
    call(client, trigger, {"status": "paid"})
    first = latest(api, trigger)["id"]
    page = read(admin.get(f"/calls/{first}").text)
    assert f"/triggers/{trigger['id']}/versions/1" in page.links()
    assert not page.all("select", name="version")
    api.patch(f"/triggers/{trigger['id']}", {"rules": [], "response": {"status": 404}})
    page = read(admin.get(f"/calls/{first}").text)
    assert page.all("select", name="version")
    assert "مدفوع" not in read(admin.get(f"/calls/{first}/rehearsal", headers=HTMX).text).text
    same = read(admin.get(f"/calls/{first}/rehearsal?version=same", headers=HTMX).text).text
    assert "قواعد الإصدار 1، الذي وصل به،" in same
    assert "مدفوع" in same
    for version in ("current", "same"):
        path = f"/calls/{first}/replay"
        made = admin.submit(path, {"version": version}, page=f"/calls/{first}").location
        kept = db.session.get_one(Call, made.rpartition("/")[2])
        assert (kept.version_id == db.session.get_one(Call, first).version_id) == (
            version == "same"
        )
    assert admin.submit(path, {"version": "x"}, page=f"/calls/{first}").status_code == 400


def test_many_calls_are_run_again_under_the_versions_they_came_under(
    client: Browser, admin: Browser, api: Api, trigger: dict[str, Any]
) -> None:
    call(client, trigger, {"status": "paid"})
    first = latest(api, trigger)["id"]
    api.patch(f"/triggers/{trigger['id']}", {"rules": [], "response": {"status": 404}})
    path = f"/triggers/{trigger['id']}/calls/replay"
    changed = read(admin.get(f"{path}?rehearse=1").text)
    assert changed.one("tr", data_id=first)["data-state"] == "changed"
    same = read(admin.get(f"{path}?rehearse=1&version=same").text)
    assert same.one("tr", data_id=first)["data-state"] == "same"
    assert same.one("input", name="version")["value"] == "same"
    upto = same.one("input", name="upto")["value"]
    admin.submit(path, {"upto": upto, "version": "same"}, page=f"{path}?version=same")
    versions = {one.version_id for one in db.session.query(Call).all()}
    assert len(versions) == 1


def test_the_api_runs_a_call_under_either_version(
    client: Browser, api: Api, trigger: dict[str, Any]
) -> None:
    call(client, trigger, {"status": "paid"})
    path = f"/calls/{latest(api, trigger)['id']}/replay"
    api.patch(f"/triggers/{trigger['id']}", {"rules": [], "response": {"status": 404}})
    told = [
        api.post(path, {"rehearse": True, **version}).json["status"]
        for version in ({}, {"version": "current"}, {"version": "same"})
    ]
    assert told == [404, 404, 201]
    refused = api.post(path, {"version": 1})
    assert [one["code"] for one in refused.json["errors"]] == ["unknown_choice"]
