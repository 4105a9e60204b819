"""A change of a trigger is looked at before it is saved: in the form, and through the API."""

from typing import Any

import pytest
from flask import Flask

from portal.domain.triggers.draft import read_trigger
from portal.extensions import db
from portal.models import Call, Event, Trigger
from portal.pipeline import preview
from portal.pipeline.triggers import draft_of
from tests import factories
from tests.clients import Api, Browser
from tests.web.callers import call, latest, make_trigger
from tests.web.html import HTMX, read
from tests.web.sent import sent

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

IS_PAID = {"all": [{"left": "body.status", "op": "eq", "right": "paid"}]}
PAID = {"name": "مدفوع", "when": IS_PAID, "response": {"status": 201}}
PAYING = {"status": "paid"}


@pytest.fixture
def trigger(api: Api) -> dict[str, Any]:
    """A synchronous trigger with a rule."""
    return make_trigger(api, mode="sync", rules=[PAID])


def seen(api: Api, made: dict[str, Any], **members: Any) -> Any:
    """What the API tells of a change."""
    answer = api.post(f"/triggers/{made['id']}/preview", members)
    assert answer.status_code == 200, answer.text
    return answer.json


def differences(made: dict[str, Any], **members: Any) -> preview.Preview:
    """What the pipeline tells of a change."""
    trigger = db.session.get_one(Trigger, made["id"])
    draft = read_trigger(members, draft_of(trigger))
    return preview.differences(trigger, draft, factories.make_actor())


def test_the_calls_that_would_be_answered_otherwise_are_told_with_the_reason(
    client: Browser, api: Api, trigger: dict[str, Any]
) -> None:
    call(client, trigger, {"status": "waiting"})
    call(client, trigger, PAYING)
    paying = latest(api, trigger)["id"]
    told = seen(api, trigger, rules=[PAID | {"response": {"status": 202}}])
    assert (told["looked_at"], told["differ"], told["ran_out"]) == (2, 1, False)
    [item] = told["items"]
    assert (item["call"], item["what"]) == (paying, ["status"])
    assert (item["before"]["status"], item["after"]["status"]) == (201, 202)
    assert item["before"]["rule"] == item["after"]["rule"] == "مدفوع"
    assert item["after"]["explanation"]["rules"][0]["when"]["all"][0]["left"] == "paid"


def test_a_preview_has_no_effect(client: Browser, api: Api, trigger: dict[str, Any]) -> None:
    call(client, trigger, PAYING)
    publishes = PAID | {"publish": [{"type": "order.status", "data": {}}]}
    assert seen(api, trigger, rules=[publishes])["items"][0]["what"] == ["events"]
    assert db.session.query(Event).count() == 0
    assert db.session.query(Call).count() == 1
    assert api.get(f"/triggers/{trigger['id']}").json == trigger


def test_a_change_that_could_not_be_saved_is_refused(api: Api, trigger: dict[str, Any]) -> None:
    unknown = {"publish": [{"type": "nobody.knows", "data": {}}]}
    for members, code in (
        ({"mode": "x"}, "unknown_choice"),
        ({"rules": [unknown]}, "unknown_event_type"),
    ):
        answer = api.post(f"/triggers/{trigger['id']}/preview", members)
        assert (answer.status_code, answer.json["errors"][0]["code"]) == (422, code)


def test_what_is_not_tried_is_named(api: Api, trigger: dict[str, Any]) -> None:
    basic = {"kind": "basic", "username": "a", "password": "b"}
    told = seen(api, trigger, auth=basic, limits={"per_minute": 1})
    assert told["left_out"] == ["auth", "limits"]
    api.patch(f"/triggers/{trigger['id']}", {"auth": basic})
    assert seen(api, trigger, auth={"kind": "basic", "password": "c"})["left_out"] == ["auth"]
    assert seen(api, trigger)["left_out"] == []


def test_only_real_calls_that_were_let_in_and_are_not_large_count(
    client: Browser, api: Api, trigger: dict[str, Any]
) -> None:
    call(client, trigger, PAYING)
    call(client, trigger, b"{")
    call(client, trigger, {"status": "x" * preview.LARGEST_BODY})
    listed = api.get(f"/triggers/{trigger['id']}/calls").json["items"]
    assert api.post(f"/calls/{listed[-1]['id']}/replay").status_code == 202
    assert seen(api, trigger, mode="async")["looked_at"] == 1


def test_the_latest_calls_are_looked_at_newest_first(
    app: Flask, client: Browser, trigger: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preview, "LOOKED_AT", 3)
    monkeypatch.setattr(preview, "READ_AT_ONCE", 2)
    for number in range(5):
        call(client, trigger, {"status": "paid", "n": number})
    ids = [one.id for one in db.session.query(Call).order_by(Call.id)]
    found = differences(trigger, rules=[])
    assert [one.call for one in found.differences] == ids[:1:-1]
    assert (found.looked_at, found.total) == (3, 3)


@pytest.mark.parametrize(
    ("moments", "looked_at"),
    [
        # Before each call, and within it at each condition of its rules.
        ([100.0, 101.0, 101.5, 102.0, 102.0, 102.1], 2),
        ([100.0, 101.0, 103.0], 0),
    ],
)
def test_a_preview_ends_when_its_time_is_over(
    app: Flask,
    client: Browser,
    trigger: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    moments: list[float],
    looked_at: int,
) -> None:
    for _ in range(3):
        call(client, trigger, PAYING)
    clock = iter(moments)
    monkeypatch.setattr(preview, "thread_time", lambda: next(clock))
    found = differences(trigger, rules=[])
    assert (found.looked_at, found.total, found.ran_out) == (looked_at, 3, True)


def test_the_form_offers_a_preview_once_there_are_calls(
    client: Browser, staff: Browser, trigger: dict[str, Any]
) -> None:
    path = f"/triggers/{trigger['id']}/edit"
    assert not read(staff.get(path).text).all("button", value="preview")
    call(client, trigger, PAYING)
    assert read(staff.get(path).text).all("button", value="preview")


def test_the_form_shows_what_differs_keeps_what_was_typed_and_saves_nothing(
    client: Browser, staff: Browser, api: Api, trigger: dict[str, Any]
) -> None:
    call(client, trigger, {"status": "waiting"})
    one = latest(api, trigger)["id"]
    path = f"/triggers/{trigger['id']}/edit"
    fields = sent(staff.get(path).text, "trigger-form")
    fields |= {"response_status": ["404"], "name": ["اسم آخر"], "action": ["preview"]}
    answer = staff.post(path, data=fields)
    page = read(answer.text)
    assert answer.status_code == 200
    assert page.one("li", _class="difference") == {
        "class": "difference", "data-id": one, "data-what": "status"
    }  # fmt: skip
    assert "لتغيّرت نتيجة: استدعاء واحد" in page.text
    again = sent(answer.text, "trigger-form")
    assert (again["response_status"], again["name"]) == (["404"], ["اسم آخر"])
    assert api.get(f"/triggers/{trigger['id']}").json == trigger
    # The button in it saves the form that stands around it.
    assert staff.post(path, data=again | {"action": ["save"]}).status_code == 303
    assert api.get(f"/triggers/{trigger['id']}").json["response"]["status"] == 404


def test_htmx_gets_the_preview_alone_so_that_typed_passwords_stay(
    client: Browser, staff: Browser, trigger: dict[str, Any]
) -> None:
    call(client, trigger, PAYING)
    path = f"/triggers/{trigger['id']}/edit"
    fields = sent(staff.get(path).text, "trigger-form") | {"action": ["preview"]}
    answer = staff.post(path, data=fields, headers=HTMX)
    assert answer.text.lstrip().startswith('<section id="preview"')
    assert "لا تتغيّر نتيجة أي استدعاء" in answer.text
    bad = staff.post(path, data=fields | {"response_status": ["9"]}, headers=HTMX)
    assert bad.status_code == 422
    assert bad.headers["HX-Retarget"] == "#trigger-form"
    assert read(bad.text).all("form", id="trigger-form")


def test_support_sees_no_preview(support: Browser, trigger: dict[str, Any]) -> None:
    path = f"/triggers/{trigger['id']}/edit"
    assert support.submit(path, {"action": "preview"}, page="/deliveries").status_code == 403
