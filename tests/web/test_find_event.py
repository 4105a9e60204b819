"""An event is found by whatever name somebody has of it."""

import pytest

from portal.models import Account
from tests import factories
from tests.clients import Browser
from tests.web.html import read


@pytest.mark.parametrize("name", ["event", "key", "delivery", "message"])
def test_every_name_of_an_event_leads_to_it(admin: Browser, account: Account, name: str) -> None:
    event = factories.make_event(dedupe_key="order 17/أ")
    delivery = factories.make_delivery(factories.make_hook(), event)
    names = {
        "event": event.id,
        "key": "order 17/أ",
        "delivery": delivery.id,
        "message": delivery.id.replace("dlv_", "msg_"),
    }
    answer = admin.get("/events", query_string={"q": f" {names[name]} "})
    assert (answer.status_code, answer.location) == (303, f"/events/{event.id}")


def test_what_is_not_found_is_said_and_the_latest_events_are_listed(
    admin: Browser, account: Account
) -> None:
    older, newer = factories.make_event(), factories.make_event("order.status")
    page = read(admin.get("/events", query_string={"q": "evt_<b>"}).text)
    assert "لم نعثر على حدث باسم evt_<b>" in page.text
    assert page.rows == [newer.id, older.id]
    assert f"/events/{newer.id}" in page.links()


def test_older_events_are_a_page_further(admin: Browser, account: Account) -> None:
    made = [factories.make_event().id for _ in range(51)]
    first = read(admin.get("/events").text)
    assert first.rows == made[:0:-1]
    (older,) = (link for link in first.links() if "cursor=" in link)
    assert read(admin.get(older).text).rows == made[:1]


def test_an_account_without_events_is_told_so(admin: Browser, account: Account) -> None:
    assert "لم يصل أي حدث" in read(admin.get("/events").text).text


def test_events_of_others_are_not_found(
    outsider: Browser, account: Account, support: Browser
) -> None:
    event = factories.make_event(dedupe_key="order-17")
    for name in (event.id, "order-17"):
        assert outsider.get("/events", query_string={"q": name}).status_code == 200
        assert support.get("/events", query_string={"q": name}).status_code == 303
    assert event.id not in outsider.get("/events").text
