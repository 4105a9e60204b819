"""سجل التسليم as support staff use it: narrowed, searched, watched, with columns of their own."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from portal.extensions import db
from portal.models import Account, Attempt, AttemptDelivery, Delivery, Hook, now
from portal.queries import deliveries as queries
from portal.queries import walking
from portal.web.routes import delivery_log as routes
from tests import factories
from tests.clients import Api, Browser
from tests.web.html import HTMX, Page, read

PATH = "/deliveries"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def hook(account: Account) -> Hook:
    """A hook of the account whose address holds a secret."""
    url = "http://127.0.0.1:9/orders/new?key=s3cret"
    return factories.make_hook(url, name="متجر النور")


def look(browser: Browser, **query: Any) -> Page:
    """The page of the log for ``query``."""
    answer = browser.get(PATH, query_string=query)
    assert answer.status_code == 200
    return read(answer.text)


def shown(browser: Browser, **query: Any) -> list[str]:
    """The ids that the page shows for ``query``."""
    return look(browser, **query).rows


def members(address: str) -> dict[str, str]:
    """What the query of ``address`` says."""
    return dict(parse_qsl(urlsplit(address).query))


def chips(page: Page) -> list[str]:
    """The names of the fields that the page says it is narrowed by."""
    return [chip["data-name"] for chip in page.all("li") if "data-name" in chip]


def hurry(monkeypatch: pytest.MonkeyPatch, bite: int = 2) -> None:
    """Let every page end after its first bite, which is a small one."""
    monkeypatch.setattr(queries, "FIRST_BITE", bite)
    for name in ("PATIENCE", "STEP_PATIENCE"):
        monkeypatch.setattr(routes, name, 0)


def test_every_field_narrows_alone_and_with_others(support: Browser, hook: Hook) -> None:
    other = factories.make_hook(event_types=["order.status"])
    old = factories.make_delivery(
        other, attempt_count=1, last_status_code=429, created_at=NOON, state="undelivered"
    )
    ok = factories.make_delivery(hook, state="delivered", attempt_count=1, last_status_code=204)
    mute = factories.make_delivery(hook, state="undelivered", attempt_count=1)
    held = factories.make_delivery(other, state="held")
    for query, wanted in (
        ({"hook": other.id}, [held, old]),
        ({"event": mute.event_id}, [mute]),
        ({"event_type": "order.status"}, [held, old]),
        ({"state": "undelivered"}, [mute, old]),
        ({"status_class": "2xx"}, [ok]),
        ({"status_class": "4xx"}, [old]),
        ({"status_class": "none"}, [mute]),
        ({"until": "2026-11-22T15:01"}, [old]),
        ({"since": "2026-11-22T15:01"}, [held, mute, ok]),
        ({"hook": other.id, "state": "held"}, [held]),
        ({"hook": other.id, "state": "undelivered", "status_class": "5xx"}, []),
        ({"state": "undelivered", "since": "2026-11-23T00:00", "status_class": "none"}, [mute]),
        ({"event": mute.event_id, "hook": other.id}, []),
        ({"event_type": "order.status", "until": "2026-11-23", "hook": other.id}, [old]),
    ):
        page = look(support, **query)
        assert page.rows == [delivery.id for delivery in wanted], query
        assert sorted(chips(page)) == sorted(query)


def test_what_makes_no_sense_is_left_out(support: Browser, hook: Hook) -> None:
    delivery = factories.make_delivery(hook)
    nonsense = {
        "state": ["lost", "%FF"],
        "status_class": ["6xx", "2", "٢xx"],
        "since": ["yesterday", "0001-01-01T00:00", "99999-01-01T00:00", "2026-02-30T00:00"],
        "until": ["9999-12-31T23:59:60", "2026-11-22T25:00", "-1"],
    }
    for name, values in nonsense.items():
        for value in values:
            page = look(support, **{name: value})
            assert (page.rows, chips(page)) == ([delivery.id], []), (name, value)
    kept = look(support, state="lost", hook=hook.id, since="x")
    assert chips(kept) == ["hook"]
    for moment in ("0001-01-02T00:00", "1969-12-31T23:59"):
        assert shown(support, since=moment) == [delivery.id]
        assert shown(support, until=moment) == []
    assert shown(support, until="9999-12-30T00:00") == [delivery.id]
    assert shown(support, since="9999-12-30T00:00") == []


def test_moments_are_those_of_the_account_and_stay_in_their_fields(
    support: Browser, hook: Hook
) -> None:
    early, late = (
        factories.make_delivery(hook, created_at=NOON + timedelta(minutes=minutes))
        for minutes in (0, 1)
    )
    # Noon in UTC is three o'clock in Riyadh.
    assert shown(support, since="2026-11-22T15:00") == [late.id, early.id]
    assert shown(support, since="2026-11-22T15:01") == [late.id]
    assert shown(support, until="2026-11-22T15:01") == [early.id]
    page = look(support, since="2026-11-22T12:01:00+00:00", until="2026-11-22T15:02")
    assert page.one("input", name="since")["value"] == "2026-11-22T15:01"
    assert page.one("input", name="until")["value"] == "2026-11-22T15:02"
    assert "من: 22 نوفمبر 2026، 3:01:00 م" in page.text


def test_ranges_of_time_are_one_click_away_and_keep_the_rest(support: Browser, hook: Hook) -> None:
    moment = now()
    ages = (timedelta(minutes=1), timedelta(hours=2), timedelta(days=3), timedelta(days=8))
    ids = [factories.make_delivery(hook, created_at=moment - age).id for age in ages]
    factories.make_delivery(factories.make_hook())
    page = look(support, hook=hook.id, until="2026-01-01T00:00")
    ranges = [link for link in page.links() if "since=" in link]
    assert len(ranges) == 3
    hour, _day, week = (read(support.get(link).text) for link in ranges)
    assert hour.rows == ids[:1]
    assert week.rows == ids[:3]
    assert chips(week) == ["hook", "since"]
    assert [link["href"] for link in week.all("a", aria_current="true")] == ranges[2:]


def test_every_way_on_from_the_page_carries_the_whole_filter(
    support: Browser, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "SHOWN", 1)
    columns = {"state": "undelivered", "attempt_count": 1, "last_status_code": 500}
    for _ in range(2):
        factories.make_delivery(hook, **columns)
    wanted = {
        "hook": hook.id,
        "event_type": "message.received",
        "state": "undelivered",
        "status_class": "5xx",
        "since": "2026-11-22T12:00:00+00:00",
        "until": "2099-11-22T12:00:00+00:00",
        "q": "سلام",
    }
    page = look(support, **wanted)
    ways = [*page.links(), *(form["action"] for form in page.all("form"))]
    ways.append(page.one("div", id="fresh")["hx-get"])
    carried = {urlsplit(one).path for one in ways if wanted.items() <= members(one).items()}
    for path in ("fresh", "columns", "export.csv", "export.ndjson"):
        assert f"{PATH}/{path}" in carried, path
    older = members(page.one("a", id="older")["href"])
    assert older == wanted | {"before": page.rows[0]}
    newest = read(support.get(PATH, query_string=older).text)
    assert wanted in [members(link) for link in newest.links() if urlsplit(link).path == PATH]
    assert "/resends/new" in carried
    asked = read(support.get("/resends/new", query_string=wanted).text)
    hidden = {field["name"]: field["value"] for field in asked.all("input", type="hidden")}
    assert wanted.items() <= hidden.items()


def test_a_chip_takes_its_own_field_away_and_no_other(support: Browser, hook: Hook) -> None:
    delivery = factories.make_delivery(hook, state="held")
    page = look(support, hook=hook.id, state="delivered", event=delivery.event_id)
    assert page.rows == []
    assert page.one("input", type="hidden", name="event")["value"] == delivery.event_id
    away = page.one("a", aria_label="إزالة من التصفية: الحالة")["href"]
    less = read(support.get(away).text)
    assert (less.rows, chips(less)) == ([delivery.id], ["hook", "event"])
    assert "الخطاف: متجر النور" in less.text
    assert "مسح التصفية" in less.text
    assert "مسح التصفية" not in look(support).text


def test_a_search_takes_ids_whole_and_in_part(support: Browser, hook: Hook) -> None:
    wanted = factories.make_delivery(hook, created_at=NOON)
    batch = factories.make_delivery(hook, state="held")
    wanted.message_id = "msg_" + wanted.id[4:]
    alone, together = (
        Attempt(
            account_id=hook.account_id,
            hook_id=hook.id,
            delivery_id=delivery_id,
            message_id="msg_1",
            started_at=NOON,
            duration_ms=1,
            policy="simple",
            url=hook.url,
        )
        for delivery_id in (wanted.id, None)
    )
    db.session.add_all([alone, together])
    db.session.flush()
    db.session.add(AttemptDelivery(delivery_id=batch.id, attempt_id=together.id))
    db.session.commit()
    for text in (wanted.id, wanted.id[:24], wanted.event_id, wanted.message_id, alone.id):
        assert shown(support, q=f" {text} ") == [wanted.id], text
    for text in (together.id, batch.event_id[:29], batch.id[:29]):
        assert shown(support, q=text) == [batch.id], text
    for text in (hook.id, hook.id[:20]):
        assert shown(support, q=text) == [batch.id, wanted.id]
    assert shown(support, q=together.id, state="delivered") == []
    elsewhere = look(support, q=wanted.id, state="delivered")
    assert f"{PATH}?q={wanted.id}" in elsewhere.links()


def test_ids_of_another_account_lead_nowhere(outsider: Browser, hook: Hook) -> None:
    delivery = factories.make_delivery(hook, message_id="msg_17")
    for text in (delivery.id, delivery.event_id, hook.id, "msg_17", "dlv_", "evt_", "127.0.0.1"):
        assert shown(outsider, q=text) == []
    for query in ({"hook": hook.id}, {"hook": hook.id, "state": "held"}, {"event": "evt_1"}):
        assert shown(outsider, **query) == []


def test_a_dedupe_key_leads_to_its_event(support: Browser, hook: Hook) -> None:
    event = factories.make_event(dedupe_key="order-17")
    delivery = factories.make_delivery(hook, event)
    page = look(support, q="order-17")
    assert page.rows == [delivery.id]
    assert f"{PATH}?event={event.id}" in page.links()
    assert "مفتاح منع التكرار لحدث." in page.text
    assert "مفتاح منع التكرار لحدث." not in look(support, q="order-1").text


def test_a_search_takes_addresses_but_not_what_they_hide(support: Browser, hook: Hook) -> None:
    delivery = factories.make_delivery(hook)
    factories.make_delivery(factories.make_hook("http://127.0.0.1:9/else"))
    for text in ("/orders/new", "ORDERS", "127.0.0.1:9/orders", "http://127.0.0.1:9/orders?key=x"):
        assert shown(support, q=text) == [delivery.id], text
    assert len(shown(support, q="127.0.0.1")) == 2
    for text in ("s3cret", "key=s3cret", "?key"):
        assert shown(support, q=text) == [], text


def test_a_search_takes_failures_by_code_title_and_status(support: Browser, hook: Hook) -> None:
    def failed(error: str, status: int | None = None) -> str:
        columns = {"state": "undelivered", "attempt_count": 1}
        made = factories.make_delivery(hook, last_error=error, last_status_code=status, **columns)
        return made.id

    expired, untrusted = failed("tls_expired"), failed("tls_untrusted")
    late, busy, teapot = failed("read_timeout"), failed("http_503", 503), failed("http_418", 418)
    for text, wanted in (
        ("شهادة", [untrusted, expired]),
        ("شهاده الأمان", [untrusted, expired]),
        ("الأمان شهادة", [untrusted, expired]),
        ("تأخّر", [late]),
        ("tls_expired", [expired]),
        ("timeout", [late]),
        ("503", [busy]),
        ("٥٠٣", [busy]),
        ("http_418", [teapot]),
        ("رفض النظام المستقبِل الطلب", [teapot]),
    ):
        assert shown(support, q=text) == wanted, text
    assert shown(support, q="شهادة", state="delivered") == []


def test_a_search_folds_what_arabic_readers_take_for_the_same(api: Api, hook: Hook) -> None:
    event = factories.make_event(data='{"text": "رسالةٌ إلى مستشفى الـــرياض رقم ٤٢، أحمد"}')
    wanted = factories.make_delivery(hook, event)
    factories.make_delivery(hook)
    for text in ("رساله", "الى", "مستشفي", "الرياض", "42", "٤٢", "أ", "اح", "رقم 42، احمد"):
        found = [one["id"] for one in api.get(PATH, q=text).json["items"]]
        assert wanted.id in found, text
    assert [one["id"] for one in api.get(PATH, q="رساله").json["items"]] == [wanted.id]
    # Nothing but a mark is no text at all.
    assert len(api.get(PATH, q="ـ").json["items"]) == 2


@pytest.mark.parametrize(
    ("text", "count"), [("شهادة", 2), ("orders", 2), ("tls_expired", 2), ("تأخر", 1)]
)
def test_what_a_search_means_is_what_is_sent_again(
    api: Api, hook: Hook, text: str, count: int
) -> None:
    columns = {"state": "undelivered", "attempt_count": 1, "last_error": "tls_expired"}
    factories.make_delivery(hook, **columns)
    factories.make_delivery(hook, **columns | {"last_error": "read_timeout"})
    factories.make_delivery(factories.make_hook("http://127.0.0.1:9/else"), **columns)
    made = api.post("/deliveries/resend", {"filter": {"q": text}}).json
    assert (made["count"], made["filter"]) == (count, {"q": text})
    assert "named" not in made


def test_a_search_that_runs_out_of_time_says_how_far_it_came_and_goes_on(
    support: Browser, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = factories.make_event(data='{"text": "نادر"}')
    wanted = factories.make_delivery(hook, event, created_at=NOON)
    for hours in range(1, 6):
        factories.make_delivery(hook, created_at=NOON + timedelta(hours=hours))
    hurry(monkeypatch)
    page = look(support, q="نادر", state="waiting")
    assert page.rows == []
    assert "لا نتائج حتى الآن فيما بحثنا فيه." in page.text
    assert "بحثنا في 20% من السجل، حتى 22 نوفمبر 2026، 7:00:00 م" in page.text
    assert page.one("progress")["value"] == "20"
    steps = 0
    while not page.rows:
        older = page.one("a", id="older")["href"]
        assert {"q": "نادر", "state": "waiting"}.items() <= members(older).items()
        assert page.one("div", id="depth")["hx-get"] == older
        page = read(support.get(older, headers=HTMX).text)
        steps += 1
    assert (page.rows, steps) == ([wanted.id], 2)
    assert "عرض الأحدث" in page.text


def test_a_page_that_is_not_full_in_time_offers_to_look_deeper(
    support: Browser, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [factories.make_delivery(hook, attempt_count=n % 2).id for n in range(6)]
    hurry(monkeypatch)
    page = look(support, status_class="none")
    assert page.rows == [ids[5]]
    assert "ابحث أعمق" in page.text
    assert "hx-get" not in page.one("div", id="depth")
    seen = list(page.rows)
    while page.all("a", id="older"):
        page = read(support.get(page.one("a", id="older")["href"]).text)
        seen += page.rows
    assert seen == [ids[5], ids[3], ids[1]]


def test_the_millionth_page_is_read_like_the_first(
    api: Api, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walking, "LARGEST_BITE", 4)
    monkeypatch.setattr(queries, "FIRST_BITE", 2)
    ids = []
    for number in range(23):
        columns = {"last_status_code": 500 if number % 3 else 200, "attempt_count": 1}
        ids.append(factories.make_delivery(hook, **columns).id)
    wanted = [one for number, one in enumerate(ids) if number % 3][::-1]
    seen, cursor = [], ""
    while cursor is not None:
        page = api.get(PATH, status_class="5xx", limit="3", cursor=cursor).json
        assert len(page["items"]) <= 3
        seen += [one["id"] for one in page["items"]]
        cursor = page["next"]
    assert seen == wanted


def test_a_reader_is_told_in_words_what_came_that_matches(support: Browser, hook: Hook) -> None:
    page = look(support, q="مرحبا", hook=hook.id)
    assert page.all("div", role="status")
    poll = page.one("div", id="fresh")["hx-get"]
    factories.make_delivery(hook)
    assert support.get(poll, headers=HTMX).status_code == 204
    for number in (1, 2):
        event = factories.make_event(data='{"text": "مرحبًا"}')
        factories.make_delivery(hook, event)
        words = ("", "ظهرت عملية جديدة واحدة", "ظهرت عمليتان جديدتان")[number]
        fresh = read(support.get(poll, headers=HTMX).text)
        assert words in fresh.text
        assert fresh.one("div", id="fresh")["hx-get"] == poll
    link = fresh.links()[0]
    assert len(read(support.get(link).text).rows) == 2


def test_polling_gets_past_what_does_not_match(
    support: Browser, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "LOOKED_THROUGH", 2)
    poll = look(support, state="held").one("div", id="fresh")["hx-get"]
    poll = poll.replace("state=held", "status_class=5xx")
    ids = [factories.make_delivery(hook).id for _ in range(4)]
    wanted = {"last_status_code": 500, "attempt_count": 1}
    factories.make_delivery(hook, **wanted)
    later = read(support.get(poll, headers=HTMX).text)
    assert not later.links()
    poll = later.one("div", id="fresh")["hx-get"]
    assert ids[1] in poll
    for _ in range(2):
        page = read(support.get(poll, headers=HTMX).text)
        poll = page.one("div", id="fresh")["hx-get"]
    assert "عملية جديدة واحدة" in page.text


def test_columns_are_chosen_remembered_and_taken_back(support: Browser, hook: Hook) -> None:
    event = factories.make_event(dedupe_key="order-17")
    delivery = factories.make_delivery(hook, event, message_id="msg_17")
    page = support.get(PATH, query_string={"state": "waiting", "q": "سلام"}).text
    form = next(form for form in read(page).all("form") if "/columns" in form["action"])
    chosen = ["time", "id", "event_id", "url", "dedupe_key", "message_id", "no such column"]
    answer = support.submit(form["action"], {"column": chosen}, page)
    assert answer.status_code == 303
    assert members(answer.location) == {"state": "waiting", "q": "سلام"}
    narrow = look(support)
    labels = [cell["data-label"] for cell in narrow.all("td") if "data-label" in cell]
    assert labels == [
        *("الحالة", "الوقت", "الرابط", "معرّف العملية", "معرّف الحدث", "معرّف الرسالة"),
        "مفتاح منع التكرار",
    ]
    for part in (delivery.id, event.id, "msg_17", "order-17", "http://127.0.0.1:9/orders/new?…"):
        assert part in narrow.text
    assert "s3cret" not in narrow.text
    support.submit("/deliveries/columns", {"usual": "1", "column": []}, page)
    usual = [cell["data-label"] for cell in look(support).all("td") if "data-label" in cell]
    assert usual == ["الحالة", "الخطاف", "الحدث", "الاستجابة", "المحاولات", "الوقت"]
    support.submit("/deliveries/columns", {"column": []}, page)
    assert len([cell for cell in look(support).all("td") if "data-label" in cell]) == 1


def test_a_log_in_which_nothing_matches_offers_the_ways_back(support: Browser, hook: Hook) -> None:
    factories.make_delivery(hook)
    page = look(support, q="لا شيء", state="held")
    assert "لا نتائج مطابقة." in page.text
    assert "ابحث في السجل كله" in page.text
    assert "ابحث في السجل كله" not in look(support, q="لا شيء").text
    assert db.session.query(Delivery).count() == 1
