"""Running a call again: as a rehearsal without effect, and for real; one, or all of a filter."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.extensions import db
from portal.models import Call, Event
from portal.pipeline import replay as replays
from portal.web.messages import message
from portal.web.routes import calls as routes
from tests.clients import Api, Browser
from tests.outsiders import GITHUB
from tests.web.callers import call, latest, make_trigger, run_all
from tests.web.html import HTMX, read

PUBLISH = [{"type": "order.status", "data": {"id": "{{ body.id }}"}}]
RULE = {"name": "الكل", "publish": PUBLISH, "response": {"status": 201, "body": {"ok": True}}}


@pytest.fixture
def trigger(api: Api) -> dict[str, Any]:
    """A trigger that publishes an event for every call, and answers with 201."""
    return make_trigger(api, mode="sync", rules=[RULE])


def events() -> int:
    """How many events there are."""
    return db.session.scalar(select(func.count()).select_from(Event))


def test_a_rehearsal_shows_what_would_come_and_changes_nothing(
    client: Browser, api: Api, support: Browser, trigger: dict[str, Any]
) -> None:
    call(client, trigger, {"id": "o-17"})
    made = latest(api, trigger)["id"]
    changed = RULE | {"name": "الجديدة", "response": {"status": 409, "body": {"no": "متكرر"}}}
    api.patch(f"/triggers/{trigger['id']}", {"rules": [changed]})
    path = f"/calls/{made}/rehearsal"
    for answer in (support.get(path), support.get(path, headers=HTMX)):
        page = read(answer.text)
        for part in ("لم يُنشر شيء", "الجديدة", "حدث واحد", "order.status", "o-17", "409", "متكرر"):
            assert part in page.text, part
        assert page.one("section", id="rehearsal")["class"] == "card"
    assert answer.text.lstrip().startswith('<section id="rehearsal"')
    assert events() == 1
    assert latest(api, trigger)["id"] == made


def test_a_call_without_json_cannot_be_rehearsed_and_says_why(
    client: Browser, api: Api, admin: Browser, trigger: dict[str, Any]
) -> None:
    call(client, trigger, b"{")
    path = f"/calls/{latest(api, trigger)['id']}/rehearsal"
    assert message("call_has_no_json") in admin.get(path, headers=HTMX).text


def test_an_asynchronous_trigger_says_that_the_answer_of_a_rule_goes_nowhere(
    client: Browser, api: Api, admin: Browser
) -> None:
    trigger = make_trigger(api, rules=[RULE])
    call(client, trigger)
    path = f"/calls/{latest(api, trigger)['id']}/rehearsal"
    assert "لا تصل استجابة القاعدة إلى المرسِل" in admin.get(path).text


def test_support_runs_a_call_again_and_sees_what_became_of_it(
    client: Browser, api: Api, app: Flask, support: Browser, trigger: dict[str, Any]
) -> None:
    call(client, trigger, {"id": 1})
    made = latest(api, trigger)["id"]
    page = read(support.get(f"/calls/{made}").text)
    assert page.one("form", action=f"/calls/{made}/replay")["data-confirm-yes"] == "نفّذ من جديد"
    answer = support.submit(f"/calls/{made}/replay", page=f"/calls/{made}")
    again = latest(api, trigger)
    assert (answer.status_code, answer.location) == (303, f"/calls/{again['id']}")
    assert again["replay_of"] == made
    run_all(app)
    page = read(support.get(answer.location).text)
    for part in ("بدأ تنفيذ الاستدعاء من جديد.", "support@nour.example", "طابقت القاعدة الكل"):
        assert part in page.text
    assert f"/calls/{made}" in page.links()
    assert events() == 2


def test_what_was_never_let_in_is_not_run(client: Browser, api: Api, admin: Browser) -> None:
    trigger = make_trigger(api, auth=GITHUB)
    call(client, trigger, b"{}")
    made = f"/calls/{latest(api, trigger)['id']}"
    admin.submit(f"{made}/replay", page="/settings/webhooks/new")
    page = read(admin.get(made).text)
    assert message("call_was_refused") in page.text
    assert db.session.scalar(select(func.count()).select_from(Call)) == 1


def test_the_calls_of_a_deleted_trigger_are_not_run(
    client: Browser, api: Api, admin: Browser, trigger: dict[str, Any]
) -> None:
    call(client, trigger)
    made = latest(api, trigger)["id"]
    api.delete(f"/triggers/{trigger['id']}")
    assert not read(admin.get(f"/calls/{made}").text).all("form", action=f"/calls/{made}/replay")
    admin.submit(f"/calls/{made}/replay", page="/settings/webhooks/new")
    assert message("trigger_deleted") in admin.get(f"/calls/{made}").text


def test_a_filter_is_counted_rehearsed_and_run(
    client: Browser, api: Api, app: Flask, support: Browser, trigger: dict[str, Any]
) -> None:
    for number in (1, 2, 3):
        call(client, trigger, {"id": number, "of": "us" if number < 3 else "them"})
    call(client, trigger, b"{")
    path = f"/triggers/{trigger['id']}/calls/replay"
    page = read(support.get(path, query_string={"q": "us"}).text)
    assert "إعادة التنفيذ: استدعاءان" in page.text
    assert "البحث: us" in page.text
    assert not page.rows

    api.patch(f"/triggers/{trigger['id']}", {"rules": [RULE | {"name": "أخرى"}]})
    page = read(support.get(path, query_string={"q": "us", "rehearse": "1"}).text)
    assert len(page.rows) == len(page.all("tr", data_state="changed")) == 2
    assert "ما تتغيّر نتيجته: استدعاءان." in page.text
    assert events() == 3

    upto = page.one("input", name="upto")["value"]
    call(client, trigger, {"of": "us, but later"})
    answer = support.submit(path, {"q": "us", "upto": upto}, page=f"{path}?q=us")
    assert answer.location == f"/triggers/{trigger['id']}/calls"
    assert run_all(app) == 2
    assert "بدأ التنفيذ من جديد: استدعاءان." in support.get(answer.location).text
    assert events() == 6


def test_a_rehearsal_of_what_goes_as_before_says_so(
    client: Browser, api: Api, admin: Browser, trigger: dict[str, Any]
) -> None:
    call(client, trigger, {"id": 1})
    page = read(admin.get(f"/triggers/{trigger['id']}/calls/replay?rehearse=1").text)
    assert "لا تتغيّر أي نتيجة." in page.text
    assert page.all("tr", data_state="same")


def test_no_more_than_a_thousand_are_run_at_once(
    client: Browser, api: Api, app: Flask, admin: Browser, trigger: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(routes, "MOST_AT_ONCE", 2)
    for number in range(3):
        call(client, trigger, {"id": number})
    path = f"/triggers/{trigger['id']}/calls/replay"
    page = read(admin.get(path).text)
    assert "استدعاءان أو أكثر" in page.text
    admin.submit(path, {"upto": page.one("input", name="upto")["value"]})
    assert run_all(app) == 2


def test_many_are_run_again_for_a_reason_only(
    client: Browser, api: Api, app: Flask, admin: Browser, trigger: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(routes, "MANY", 1)
    monkeypatch.setattr(replays, "MANY", 1)
    for number in range(2):
        call(client, trigger, {"id": number})
    path = f"/triggers/{trigger['id']}/calls/replay"
    upto = read(admin.get(path).text).one("input", name="upto")["value"]
    refused = admin.submit(path, {"upto": upto, "why-reason": " "})
    assert refused.status_code == 422
    assert "اكتب السبب" in refused.text
    assert run_all(app) == 0
    admin.submit(path, {"upto": upto, "why-reason": "عاد النظام إلى العمل"})
    assert run_all(app) == 2


def test_nothing_to_run_is_said_and_leads_back(
    client: Browser, api: Api, admin: Browser, trigger: dict[str, Any]
) -> None:
    call(client, trigger, b"{")
    page = read(admin.get(f"/triggers/{trigger['id']}/calls/replay").text)
    assert "لا استدعاءات لإعادة تنفيذها" in page.text
    assert not page.all("form", action=f"/triggers/{trigger['id']}/calls/replay")


def test_others_run_nothing(
    client: Browser, api: Api, outsider: Browser, trigger: dict[str, Any]
) -> None:
    call(client, trigger)
    made = latest(api, trigger)["id"]
    for path in (f"/calls/{made}/replay", f"/triggers/{trigger['id']}/calls/replay"):
        assert outsider.submit(path, page="/settings/webhooks/new").status_code == 404
    assert latest(api, trigger)["id"] == made
