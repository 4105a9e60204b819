"""Bodies as they are: whole, to the letter, and as nothing but text."""

from collections.abc import Callable

import pytest

from portal.models import Account, Delivery
from portal.web.payload import MAX_SHOWN
from tests import factories
from tests.clients import Browser
from tests.receiver import Answer, Receiver
from tests.web.html import read

DATA = '{ "b": "<script>", "a": 1.50 }'


@pytest.fixture
def sent(account: Account, receiver: Receiver, drain: Callable[[], int]) -> Delivery:
    """A delivery that was answered with something like a page."""
    receiver.answer(Answer(200, {}, b"<h1>done</h1>"))
    event = factories.make_event(data=DATA)
    delivery = factories.make_delivery(factories.make_hook(receiver.url), event)
    assert drain() == 1
    return delivery


def raw_links(browser: Browser, delivery: Delivery) -> list[str]:
    """Where the page of a delivery leads to for bodies."""
    links = read(browser.get(f"/deliveries/{delivery.id}").text).links()
    return [link for link in links if "/attempts/" in link or link.endswith("/data")]


def test_what_was_sent_what_came_back_and_the_event_are_there_to_the_letter(
    admin: Browser, sent: Delivery, receiver: Receiver
) -> None:
    answer, request, data = (admin.get(link) for link in raw_links(admin, sent))
    assert (answer.text, data.text) == ("<h1>done</h1>", DATA)
    assert request.data == receiver.arrivals[0].body
    for one in (answer, request, data):
        assert one.content_type == "text/plain; charset=utf-8"
        assert one.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in one.headers["Content-Security-Policy"]


def test_others_find_nothing(admin: Browser, outsider: Browser, sent: Delivery) -> None:
    links = raw_links(admin, sent)
    assert len(links) == 3
    assert {outsider.get(link).status_code for link in links} == {404}
    other = factories.make_delivery(factories.make_hook())
    mixed = links[0].replace(sent.id, other.id)
    assert admin.get(mixed).status_code == 404


def test_a_long_body_is_shown_in_part_and_copied_from_where_it_is_whole(
    admin: Browser, account: Account
) -> None:
    event = factories.make_event(data=f'"{"x" * MAX_SHOWN}"')
    delivery = factories.make_delivery(factories.make_hook(), event)
    page = read(admin.get(f"/deliveries/{delivery.id}").text)
    assert "عُرض جزء من المحتوى فقط" in page.text
    (source,) = (one["data-copy-from"] for one in page.all("button") if "data-copy-from" in one)
    assert admin.get(source).text == event.data
