"""The log of deliveries: its page, and the API's list."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from portal.models import Account, Hook
from portal.web.routes import delivery_log as routes
from tests import factories
from tests.clients import Api, Browser
from tests.web.html import HTMX, read

PATH = "/deliveries"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def hook(account: Account) -> Hook:
    """A hook of the account."""
    return factories.make_hook(name="متجر النور")


def listed(api: Api, **query: Any) -> list[str]:
    """The ids that the API lists for ``query``."""
    answer = api.get("/deliveries", **query)
    assert answer.status_code == 200, answer.text
    return [delivery["id"] for delivery in answer.json["items"]]


def shown(browser: Browser, **query: Any) -> list[str]:
    """The ids that the page shows for ``query``."""
    return read(browser.get(PATH, query_string=query).text).rows


def test_an_empty_log_says_how_it_fills(admin: Browser, support: Browser) -> None:
    page = read(admin.get(PATH).text)
    assert "لا توجد عمليات تسليم بعد." in page.text
    assert page.all("form", action="/sandbox/try")
    assert not read(support.get(PATH).text).all("form", action="/sandbox/try")


def test_the_newest_stands_first_and_those_of_others_nowhere(
    api: Api, admin: Browser, outsider: Browser, hook: Hook
) -> None:
    first, second = factories.make_delivery(hook), factories.make_delivery(hook)
    assert listed(api) == shown(admin) == [second.id, first.id]
    assert shown(outsider) == shown(outsider, hook=hook.id, q=first.id) == []


def test_a_row_names_state_hook_event_and_answer(admin: Browser, hook: Hook) -> None:
    delivery = factories.make_delivery(
        hook, state="undelivered", attempt_count=3, last_status_code=503, last_error="http_503"
    )
    page = read(admin.get(PATH).text)
    row = page.one("tr", data_id=delivery.id)
    assert row["data-state"] == "undelivered"
    for part in ("غير مُسلَّمة", "متجر النور", "رسالة واردة", "message.received", "503", "3"):
        assert part in page.text


def test_the_api_filters_by_everything_that_the_contract_names(api: Api, hook: Hook) -> None:
    other = factories.make_hook(event_types=["order.status"])
    a = factories.make_delivery(hook, state="delivered", attempt_count=1, last_status_code=204)
    b = factories.make_delivery(hook, state="undelivered", attempt_count=1)
    c = factories.make_delivery(other, state="held")
    d = factories.make_delivery(other, attempt_count=1, last_status_code=429, created_at=NOON)
    everything = {
        ("hook", other.id): [c.id, d.id],
        ("event", b.event_id): [b.id],
        ("event_type", "order.status"): [c.id, d.id],
        ("state", "held"): [c.id],
        ("state", "delivered"): [a.id],
        ("status_class", "2xx"): [a.id],
        ("status_class", "3xx"): [],
        ("status_class", "4xx"): [d.id],
        ("status_class", "none"): [b.id],
        ("until", "2026-11-22T12:00:01Z"): [d.id],
        ("hook", "hok_nothing"): [],
    }
    for (name, value), wanted in everything.items():
        assert listed(api, **{name: value}) == wanted, (name, value)
    assert listed(api, hook=other.id, state="held") == [c.id]


def test_since_is_the_first_moment_and_until_the_one_after_the_last(api: Api, hook: Hook) -> None:
    early, late = (
        factories.make_delivery(hook, created_at=NOON + timedelta(hours=hours)) for hours in (0, 1)
    )
    assert listed(api, since="2026-11-22T12:00:00Z") == [late.id, early.id]
    assert listed(api, since="2026-11-22T15:00:01+03:00") == [late.id]
    assert listed(api, until="2026-11-22T13:00:00.000Z") == [early.id]


def test_a_search_takes_every_id_and_text_however_it_is_spelled(api: Api, hook: Hook) -> None:
    event = factories.make_event(data='{"text": "رسالةٌ إلى أحمد"}', dedupe_key="order-17")
    wanted = factories.make_delivery(hook, event, message_id="msg_17")
    factories.make_delivery(hook, factories.make_event(data='{"text": "100%"}'))
    ids = [wanted.id, event.id, "msg_17", "order-17"]
    for q in (*ids, " رساله الي احمد ", "أحمد", "رسالة"):
        assert listed(api, q=q) == [wanted.id], q
    assert len(listed(api, q=hook.id)) == 2
    assert len(listed(api, q="0%")) == 1
    assert listed(api, q="_%_") == listed(api, q="dlv_nothing") == []


def test_a_filter_that_makes_no_sense_is_refused(api: Api) -> None:
    refused = {
        ("state", "lost"): "unknown_choice",
        ("status_class", "6xx"): "unknown_choice",
        ("since", "yesterday"): "bad_moment",
        ("until", "2026-11-22"): "bad_moment",
        ("limit", "0"): "bad_number",
    }
    for (name, value), code in refused.items():
        answer = api.get("/deliveries", **{name: value})
        said = [(error["pointer"], error["code"]) for error in answer.json["errors"]]
        assert (answer.status_code, said) == (422, [(f"/{name}", code)])


def test_no_byte_of_a_query_breaks_the_list(api: Api, admin: Browser) -> None:
    assert api.get("/deliveries", q="\0").status_code == 400
    for path in (f"{PATH}?q=a%00", f"{PATH}?hook=%00", f"{PATH}/dlv%00", "/sandbox/%00"):
        assert admin.get(path).status_code == 400, path
    for q in ("%FF", "%ED%A0%80", "'%22;--", "%5C", "%F0%9F%9B%92", "x" * 5000):
        assert admin.get(f"{PATH}?q={q}&before={q}&state={q}").status_code == 200, q
    for q in ("'\";--", "\\", "\N{SHOPPING TROLLEY}", "x" * 5000):
        assert listed(api, q=q, cursor=q, hook=q) == []


def test_the_api_goes_on_by_key_while_new_ones_come(api: Api, hook: Hook) -> None:
    ids = [factories.make_delivery(hook).id for _ in range(5)]
    first = api.get("/deliveries", limit="2").json
    factories.make_delivery(hook)
    second = api.get("/deliveries", limit="2", cursor=first["next"]).json
    third = api.get("/deliveries", limit="2", cursor=second["next"]).json
    seen = [one["id"] for page in (first, second, third) for one in page["items"]]
    assert seen == ids[::-1]
    assert third["next"] is None


def test_the_page_goes_on_to_the_older_and_back_to_the_newest(
    admin: Browser, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "SHOWN", 2)
    ids = [factories.make_delivery(hook).id for _ in range(3)]
    factories.make_delivery(factories.make_hook())
    first = read(admin.get(PATH, query_string={"hook": hook.id}).text)
    assert first.rows == [ids[2], ids[1]]
    second = read(admin.get(first.one("a", id="older")["href"]).text)
    assert second.rows == [ids[0]]
    assert not second.all("a", id="older")
    assert "عرض الأحدث" in second.text
    back = next(link for link in second.links() if link == f"{PATH}?hook={hook.id}")
    assert read(admin.get(back).text).rows == first.rows
    beyond = read(admin.get(PATH, query_string={"before": ids[0]}).text)
    assert "لا عمليات أقدم من هذه." in beyond.text


def test_the_page_filters_and_says_when_nothing_is_found(admin: Browser, hook: Hook) -> None:
    held = factories.make_delivery(hook, state="held")
    waiting = factories.make_delivery(factories.make_hook())
    assert shown(admin, hook=hook.id) == shown(admin, state="held") == [held.id]
    assert shown(admin, q=waiting.event_id) == [waiting.id]
    assert len(shown(admin, state="no such state")) == 2
    page = read(admin.get(PATH, query_string={"q": '"><b>', "state": "held"}).text)
    assert "لا نتائج مطابقة." in page.text
    assert page.one("input", name="q")["value"] == '"><b>'
    assert "selected" in page.one("option", value="held")
    assert not page.all("b")


def test_htmx_gets_the_list_alone(admin: Browser, hook: Hook) -> None:
    delivery = factories.make_delivery(hook)
    answer = admin.get(PATH, query_string={"state": "waiting"}, headers=HTMX)
    assert answer.text.lstrip().startswith('<div id="deliveries-list"')
    assert read(answer.text).rows == [delivery.id]
    assert "HX-Request" in answer.headers["Vary"]


def test_a_reader_is_told_how_many_came_since(admin: Browser, hook: Hook) -> None:
    seen = factories.make_delivery(hook)
    poll = read(admin.get(PATH).text).one("div", id="fresh")["hx-get"]
    assert (admin.get(poll, headers=HTMX).status_code, seen.id in poll) == (204, True)
    for _ in range(3):
        factories.make_delivery(hook)
    assert "3 عمليات جديدة" in admin.get(poll, headers=HTMX).text
    other = admin.get(f"{PATH}/fresh?after={seen.id}&hook=hok_other", headers=HTMX)
    assert other.status_code == 204
