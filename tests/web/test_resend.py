"""Sending a delivery once more, through the API and through its page."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from portal.extensions import db
from portal.models import Account, Delivery, Hook, now
from tests import factories
from tests.clients import Api, Browser
from tests.receiver import Receiver
from tests.web.html import HTMX, read


@pytest.fixture
def hook(account: Account, receiver: Receiver) -> Hook:
    """A hook that is on."""
    return factories.make_hook(receiver.url)


@pytest.fixture
def delivery(hook: Hook, drain: Callable[[], int]) -> Delivery:
    """A delivery that arrived."""
    made = factories.make_delivery(hook)
    drain()
    return made


def test_the_same_message_goes_out_again(
    api: Api, delivery: Delivery, receiver: Receiver, drain: Callable[[], int]
) -> None:
    answer = api.post(f"/deliveries/{delivery.id}/resend")
    assert answer.status_code == 202
    assert (answer.json["id"], answer.json["state"]) == (delivery.id, "waiting")
    drain()
    first, second = receiver.wait_for(2)
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    attempts = api.get(f"/deliveries/{delivery.id}").json["attempts"]
    assert [attempt["asked_by"] for attempt in attempts] == [None, "المنصة"]


def test_support_may_resend_and_is_named(
    support: Browser, delivery: Delivery, receiver: Receiver, drain: Callable[[], int]
) -> None:
    path = f"/deliveries/{delivery.id}"
    answer = support.submit(f"{path}/resend", page=path)
    assert (answer.status_code, answer.location) == (303, path)
    assert "بدأت إعادة الإرسال." in support.get(path).text
    drain()
    receiver.wait_for(2)
    assert "طلبها support@nour.example" in read(support.get(path).text).text


def test_htmx_is_sent_back_to_the_delivery(staff: Browser, delivery: Delivery) -> None:
    path = f"/deliveries/{delivery.id}"
    answer = staff.submit(f"{path}/resend", page=path, headers=HTMX)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, path)


def test_a_resend_to_a_hook_that_is_off_is_held(api: Api, hook: Hook, delivery: Delivery) -> None:
    api.patch(f"/hooks/{hook.id}", {"enabled": False})
    answer = api.post(f"/deliveries/{delivery.id}/resend")
    assert (answer.status_code, answer.json["state"]) == (202, "held")


def test_what_cannot_be_sent_again_says_why(
    api: Api, admin: Browser, hook: Hook, delivery: Delivery
) -> None:
    sending = factories.make_delivery(hook)
    hook.stream.lease_token, hook.stream.lease_until = "lea_1", now() + timedelta(minutes=1)
    db.session.commit()
    refused = api.post(f"/deliveries/{sending.id}/resend")
    assert (refused.status_code, refused.json["code"]) == (409, "being_sent")
    assert "قيد الإرسال الآن" in refused.json["detail"]
    api.delete(f"/hooks/{hook.id}")
    refused = api.post(f"/deliveries/{delivery.id}/resend")
    assert (refused.status_code, refused.json["code"]) == (409, "hook_deleted")
    path = f"/deliveries/{delivery.id}"
    assert not read(admin.get(path).text).all("form", action=f"{path}/resend")
    assert admin.submit(f"{path}/resend", page=path).status_code == 303
    assert refused.json["detail"] in admin.get(path).text


def test_what_may_have_been_processed_is_only_sent_after_a_warning(
    admin: Browser, hook: Hook
) -> None:
    timed_out = {"state": "undelivered", "attempt_count": 1, "last_error": "read_timeout"}
    blocked = timed_out | {"last_error": "blocked_private_address"}
    for columns, warns in ((timed_out, True), (blocked, False)):
        path = f"/deliveries/{factories.make_delivery(hook, **columns).id}"
        form = read(admin.get(path).text).one("form", action=f"{path}/resend")
        assert ("data-confirm" in form) is warns


def test_unknown_deliveries_and_those_of_others_are_not_found(
    api: Api, outside_api: Api, admin: Browser, outsider: Browser, delivery: Delivery
) -> None:
    assert outside_api.post(f"/deliveries/{delivery.id}/resend").status_code == 404
    assert api.post("/deliveries/dlv_nothing/resend").status_code == 404
    for browser, delivery_id in ((outsider, delivery.id), (admin, "dlv_nothing")):
        path = f"/deliveries/{delivery_id}/resend"
        assert browser.submit(path, page="/deliveries").status_code == 404
    db.session.rollback()
    assert db.session.get_one(Delivery, delivery.id).state == "delivered"
