"""What last got through stands beside what did not."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from portal.extensions import db
from portal.models import Account, Attempt, Delivery, Hook, now
from portal.queries import last_good as module
from tests import factories
from tests.clients import Browser
from tests.receiver import Receiver
from tests.web.html import Page, read

Send = Callable[..., Delivery]


@pytest.fixture
def hook(account: Account, receiver: Receiver) -> Hook:
    """A hook to the receiver."""
    return factories.make_hook(receiver.url)


@pytest.fixture
def send(hook: Hook, receiver: Receiver, drain: Callable[[], int]) -> Send:
    """Sends data to the hook, which is answered with a status."""

    def sent(status: int, kind: str = "message.received", **data: object) -> Delivery:
        receiver.answer(status)
        event = factories.make_event(kind, data=json.dumps(data))
        delivery = factories.make_delivery(hook, event)
        assert drain() == 1
        return db.session.get_one(Delivery, delivery.id)

    return sent


def shown(admin: Browser, delivery: Delivery) -> Page:
    """The page of a delivery."""
    return read(admin.get(f"/deliveries/{delivery.id}").text)


def test_what_differs_in_the_data_is_told(admin: Browser, send: Send) -> None:
    good, bad = send(200, id=1, total=5, city="x"), send(422, id="1", total=7, note="y")
    page = shown(admin, bad)
    assert page.one("section", id="last-good")
    assert f"/deliveries/{good.id}" in page.links()
    for said in (
        "id: كان نوعه «رقم» وصار «نص».",
        "city: كان في الناجح (نص) وليس هنا.",
        "note: هنا وحده (نص).",
    ):
        assert said in page.text
    assert "total:" not in page.text


def test_the_same_shape_is_told_as_well(admin: Browser, send: Send) -> None:
    send(200, id=1)
    assert "بنية البيانات هي نفسها" in shown(admin, send(500, id=2)).text


def test_a_change_of_address_is_told(
    admin: Browser, hook: Hook, receiver: Receiver, send: Send
) -> None:
    send(200)
    hook.url = f"{receiver.url}/v2"
    db.session.commit()
    assert "تغيّر الرابط" in shown(admin, send(500)).text


def test_nothing_stands_beside_what_arrived_or_what_nothing_preceded(
    admin: Browser, send: Send
) -> None:
    alone, good = send(500), send(200)
    assert "last-good" not in admin.get(f"/deliveries/{good.id}").text
    db.session.query(Attempt).filter(Attempt.error.is_(None)).delete()
    db.session.commit()
    assert "last-good" not in admin.get(f"/deliveries/{alone.id}").text


def test_the_nearest_success_before_it_is_chosen_or_else_the_last_of_all(
    admin: Browser, send: Send
) -> None:
    first, good, second, later = send(500), send(200), send(500), send(200)
    assert f"/deliveries/{good.id}" in shown(admin, second).links()
    assert f"/deliveries/{later.id}" in shown(admin, first).links()


def test_a_success_far_back_is_found_by_its_time(
    admin: Browser, hook: Hook, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOKED_AT", 2)
    monkeypatch.setattr(module, "SLACK", timedelta(0))
    good = send(200)
    hook.stream.last_ok_at = now()
    db.session.commit()
    bad = [send(500) for _ in range(3)]
    assert f"/deliveries/{good.id}" in shown(admin, bad[-1]).links()


def test_a_success_of_the_same_type_is_rather_chosen_and_another_type_is_told(
    admin: Browser, send: Send
) -> None:
    alike, _ = send(200, "message.received", id=1), send(200, "order.status", total=1)
    page = shown(admin, send(500, "message.received", id=1))
    assert f"/deliveries/{alike.id}" in page.links()
    page = shown(admin, send(500, "contact.created", name="x"))
    assert "نوع آخر" in page.text
    assert "بنية البيانات" not in page.text
