"""The log of a trigger's calls: its page, its filters, and what it says of each."""

from typing import Any

import pytest
from flask import Flask

from portal.pipeline import refusals
from portal.web.routes import calls as routes
from tests.clients import Api, Browser
from tests.outsiders import BASIC, basic
from tests.web.callers import call, latest, make_trigger, run_all
from tests.web.html import HTMX, read


@pytest.fixture
def trigger(api: Api) -> dict[str, Any]:
    """A trigger that lets everybody in."""
    return make_trigger(api)


def path_of(trigger: dict[str, Any]) -> str:
    """Where the calls of ``trigger`` are listed."""
    return f"/triggers/{trigger['id']}/calls"


def shown(browser: Browser, trigger: dict[str, Any], **query: Any) -> list[str]:
    """The ids that the page shows for ``query``."""
    answer = browser.get(path_of(trigger), query_string=query)
    assert answer.status_code == 200
    return read(answer.text).rows


def test_an_empty_log_says_how_it_fills(support: Browser, trigger: dict[str, Any]) -> None:
    page = read(support.get(path_of(trigger)).text)
    assert "لم يصل أي استدعاء بعد." in page.text
    assert page.rows == []


def test_a_row_says_what_became_of_a_call(
    client: Browser, api: Api, admin: Browser, app: Flask
) -> None:
    rule = {"name": "الكل", "publish": [{"type": "order.status", "data": {"id": 1}}]}
    trigger = make_trigger(api, rules=[rule])
    call(client, trigger, {"id": 1})
    row = read(admin.get(path_of(trigger)).text)
    assert row.one("tr", data_id=latest(api, trigger)["id"])["data-state"] == "accepted"
    for part in ("مقبول", "قيد الانتظار", "200", "127.0.0.1", "ملي ثانية"):
        assert part in row.text
    assert run_all(app) == 1
    row = read(admin.get(path_of(trigger)).text)
    assert "الكل" in row.text
    assert row.all("span", data_state="done")


def test_a_refusal_says_why_in_plain_words(
    client: Browser, api: Api, admin: Browser, trigger: dict[str, Any]
) -> None:
    call(client, trigger, b"{", headers={"Content-Type": "text/plain"})
    call(client, trigger, b"{")
    call(client, trigger, method="GET")
    page = read(admin.get(path_of(trigger)).text)
    assert len(page.all("tr", data_state="refused")) == len(page.rows) == 3
    titles = ("نوع المحتوى ليس JSON", "صيغة JSON غير صحيحة", "وصل الطلب بطريقة غير POST")
    for part in ("مرفوض", *titles):
        assert part in page.text


def test_refusals_that_were_only_counted_are_told_with_the_next(
    client: Browser, api: Api, admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusals, "KEPT_A_MINUTE", 1)
    monkeypatch.setattr(refusals, "WINDOW_SECONDS", 0.0)
    trigger = make_trigger(api, auth=BASIC)
    call(client, trigger, headers=basic("نورة", "لا"))
    monkeypatch.setattr(refusals, "KEPT_A_MINUTE", 0)
    for _ in range(3):
        call(client, trigger, headers=basic("نورة", "لا"))
    monkeypatch.setattr(refusals, "KEPT_A_MINUTE", 1)
    call(client, trigger, headers=basic("نورة", "لا"))
    page = read(admin.get(path_of(trigger)).text)
    assert len(page.rows) == 2
    assert "رُفض قبله مثله دون أن يُسجّل: 3 استدعاءات" in page.text


def test_the_list_is_narrowed_by_every_field(
    client: Browser, api: Api, admin: Browser, app: Flask, trigger: dict[str, Any]
) -> None:
    call(client, trigger, {"text": "رسالة إلى أحمد"})
    good = latest(api, trigger)["id"]
    run_all(app)
    call(client, trigger, b"[")
    bad = latest(api, trigger)["id"]
    narrowed = {
        ("verdict", "accepted"): [good],
        ("verdict", "refused"): [bad],
        ("reason", "malformed"): [bad],
        ("run", "done"): [good],
        ("status_class", "4xx"): [bad],
        ("q", "رساله الي احمد"): [good],
        ("q", bad): [bad],
        ("since", "2026-01-01T00:00"): [bad, good],
        ("until", "2026-01-01T00:00"): [],
        ("until", "no such time"): [bad, good],
        ("verdict", "no such verdict"): [bad, good],
    }
    for (name, value), wanted in narrowed.items():
        assert shown(admin, trigger, **{name: value}) == wanted, (name, value)


def test_moments_are_those_of_the_account_and_stay_in_their_fields(
    admin: Browser, trigger: dict[str, Any]
) -> None:
    query = {"since": "2026-11-22T15:00", "until": "2026-11-22T12:30:00Z"}
    page = read(admin.get(path_of(trigger), query_string=query).text)
    assert page.one("input", name="since")["value"] == "2026-11-22T15:00"
    assert page.one("input", name="until")["value"] == "2026-11-22T15:30"
    polled = page.one("div", id="fresh-calls")["hx-get"]
    assert "since=2026-11-22T12:00:00%2B00:00" in polled.replace("%3A", ":")


def test_nothing_found_is_said_with_the_way_back(
    client: Browser, admin: Browser, trigger: dict[str, Any]
) -> None:
    call(client, trigger)
    page = read(admin.get(path_of(trigger), query_string={"q": '"><b>'}).text)
    assert "لا نتائج مطابقة." in page.text
    assert path_of(trigger) in page.links()
    assert page.one("input", name="q")["value"] == '"><b>'
    assert not page.all("b")


def test_htmx_gets_the_calls_alone(
    client: Browser, api: Api, admin: Browser, trigger: dict[str, Any]
) -> None:
    call(client, trigger)
    answer = admin.get(path_of(trigger), headers=HTMX)
    assert answer.text.lstrip().startswith('<div id="calls-list"')
    assert read(answer.text).rows == [latest(api, trigger)["id"]]
    assert not read(answer.text).all("form", id="call-filters")


def test_the_page_of_a_trigger_holds_its_latest_calls(
    client: Browser, api: Api, admin: Browser, trigger: dict[str, Any]
) -> None:
    call(client, trigger)
    page = read(admin.get(f"/triggers/{trigger['id']}").text)
    assert page.rows == [latest(api, trigger)["id"]]
    assert page.one("form", id="call-filters")["action"] == path_of(trigger)


def test_the_page_goes_on_to_the_older_and_back(
    client: Browser,
    admin: Browser,
    trigger: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(routes, "SHOWN", 2)
    for _ in range(3):
        call(client, trigger)
    first = read(admin.get(path_of(trigger), query_string={"verdict": "accepted"}).text)
    second = read(admin.get(first.one("a", id="older")["href"]).text)
    assert (len(first.rows), len(second.rows)) == (2, 1)
    assert not {*first.rows} & {*second.rows}
    assert not second.all("a", id="older")
    assert not second.all("div", id="fresh-calls")
    assert f"{path_of(trigger)}?verdict=accepted" in second.links()
    beyond = read(admin.get(path_of(trigger), query_string={"before": second.rows[0]}).text)
    assert "لا استدعاءات أقدم من هذه." in beyond.text


def test_a_reader_is_told_how_many_came_since(
    client: Browser, admin: Browser, trigger: dict[str, Any]
) -> None:
    call(client, trigger)
    poll = read(admin.get(path_of(trigger)).text).one("div", id="fresh-calls")["hx-get"]
    assert admin.get(poll, headers=HTMX).status_code == 204
    for _ in range(3):
        call(client, trigger)
    answer = admin.get(poll, headers=HTMX)
    assert "ظهر 3 استدعاءات جديدة" in answer.text
    assert read(answer.text).one("div", id="fresh-calls")["hx-get"] == poll


def test_the_log_of_a_deleted_trigger_stays_and_that_of_others_is_not_found(
    client: Browser,
    api: Api,
    admin: Browser,
    support: Browser,
    outsider: Browser,
    trigger: dict[str, Any],
) -> None:
    call(client, trigger)
    assert api.delete(f"/triggers/{trigger['id']}").status_code == 204
    page = read(support.get(path_of(trigger)).text)
    assert len(page.rows) == 1
    assert "محذوف" in page.text
    assert not [link for link in page.links() if link.startswith(f"{path_of(trigger)}/replay")]
    for path in (path_of(trigger), f"{path_of(trigger)}/fresh", f"{path_of(trigger)}/replay"):
        assert outsider.get(path).status_code == 404
    assert client.get(path_of(trigger)).status_code == 303
