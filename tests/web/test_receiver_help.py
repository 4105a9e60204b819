"""What a delivery's page gives support for the developers of the receiving system."""

from collections.abc import Callable

import pytest

from portal.models import Account, Delivery
from portal.web.curl import LONGEST_BODY, curl_of
from portal.web.failures import FAILURES
from portal.web.receiver_letter import asked_of
from tests import factories
from tests.clients import Browser
from tests.receiver import Answer, Receiver
from tests.web.html import Page, read


@pytest.fixture
def refused(account: Account, receiver: Receiver, drain: Callable[[], int]) -> Delivery:
    """A delivery that its endpoint answered with 500."""
    receiver.answer(Answer(500, {}, b"out of order"))
    hook = factories.make_hook(f"{receiver.url}?key=s3cret", headers={"X-Key": "hidden value"})
    delivery = factories.make_delivery(hook, factories.make_event(data='{"text": "it\'s"}'))
    assert drain() == 1
    return delivery


def letter(page: Page) -> str:
    """The letter that the page offers to copy."""
    return next(
        one["data-copy"] for one in page.all("button") if "Hello," in one.get("data-copy", "")
    )


def command(page: Page) -> str:
    """The command that the page offers to copy."""
    copied = (one.get("data-copy", "") for one in page.all("button"))
    return next(text for text in copied if text.startswith("curl "))


def test_the_letter_says_in_both_languages_what_was_sent_and_what_came_back(
    admin: Browser, refused: Delivery
) -> None:
    page = read(admin.get(f"/deliveries/{refused.id}").text)
    arabic, english = letter(page).split("\n\n—\n\n")
    asked = asked_of("http_500")
    for part, ask in ((arabic, asked[0]), (english, asked[1])):
        for fact in (ask, "500", "message.received", "msg_", "out of order", "POST http://"):
            assert fact in part
    assert "s3cret" not in arabic + english
    # Readable without scripts too.
    assert "We sent you the event below" in page.text


def test_a_letter_of_what_arrived_says_so(
    admin: Browser, account: Account, receiver: Receiver, drain: Callable[[], int]
) -> None:
    delivery = factories.make_delivery(factories.make_hook(receiver.url))
    drain()
    said = letter(read(admin.get(f"/deliveries/{delivery.id}").text))
    assert "ردّ نظامكم بالنجاح" in said
    assert "answered with success" in said


def test_there_is_no_letter_before_the_first_attempt(admin: Browser, account: Account) -> None:
    delivery = factories.make_delivery(factories.make_hook())
    assert "رسالة جاهزة" not in read(admin.get(f"/deliveries/{delivery.id}").text).text


def test_every_failure_asks_for_something(account: Account) -> None:
    for code in (*FAILURES, "http_418", "http_599"):
        assert all(asked_of(code)), code


def test_a_request_is_copied_as_a_command_without_secrets(
    admin: Browser, support: Browser, refused: Delivery
) -> None:
    made = command(read(admin.get(f"/deliveries/{refused.id}").text))
    assert "-H 'content-type: application/json'" in made
    assert "-H 'X-Key: SECRET'" in made
    assert "webhook-signature: v1," in made
    assert "it'\"'\"'s" in made
    assert "?key=s3cret" in made
    assert "s3cret" not in command(read(support.get(f"/deliveries/{refused.id}").text))


def test_the_command_is_there_without_scripts_and_says_what_it_lacks(
    admin: Browser, refused: Delivery
) -> None:
    text = read(admin.get(f"/deliveries/{refused.id}").text).text
    assert "curl -X POST" in text
    assert "ضع قيم الرؤوس المحجوبة مكان SECRET" in text
    assert "body.json" not in text


def test_a_long_body_stands_in_a_file_beside_the_command() -> None:
    assert "@body.json" in curl_of("https://a.example", [], "x" * (LONGEST_BODY + 1))
    assert "--data-raw @home" in curl_of("https://a.example", [], "@home")
