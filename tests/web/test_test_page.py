"""الاختبار: sending an example from a hook's page, and reading the answer there."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask

from portal.extensions import db
from portal.models import Delivery, Hook
from tests import factories
from tests.clients import Browser
from tests.receiver import Answer, Receiver
from tests.waiting import until
from tests.web.html import HTMX, Page, read

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

TYPES = ["message.received", "order.status"]


def path_of(hook: Hook) -> str:
    """Where ``hook`` is tried."""
    return f"/settings/webhooks/{hook.id}/test"


def typed(page: Page) -> str:
    """What stands in the field of the data."""
    page.one("textarea", name="data")
    return page.text


@pytest.fixture
def send(
    app: Flask, staff: Browser, drain: Callable[[], int]
) -> Callable[[Hook, dict[str, str]], Any]:
    """Sends the form of a hook's test page while a worker works."""

    def sending(hook: Hook, fields: dict[str, str], **kw: Any) -> Any:
        path = path_of(hook)

        def post() -> Any:
            with app.app_context():
                return staff.submit(path, fields, **kw)

        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(post)
            until(lambda: drain() or asked.done())
            return asked.result(20)

    return sending


def test_the_example_of_the_chosen_type_stands_in_the_field(staff: Browser) -> None:
    hook = factories.make_hook(event_types=TYPES)
    page = read(staff.get(path_of(hook)).text)
    assert "مرحبًا، هل المنتج متوفر؟" in typed(page)
    assert [one["value"] for one in page.all("option")][:2] == TYPES
    other = read(staff.get(f"{path_of(hook)}?event_type=order.status").text)
    assert page.all("input", name="event_type", value="message.received")
    assert other.all("input", name="event_type", value="order.status")
    # A type of another hook is none of this one's.
    strange = read(staff.get(f"{path_of(hook)}?event_type=cart.abandoned").text)
    assert strange.all("input", name="event_type", value="message.received")


def test_the_data_of_a_real_event_can_be_taken(staff: Browser) -> None:
    hook = factories.make_hook(event_types=TYPES)
    event = factories.make_event("message.received", '{"text": "سؤال حقيقي"}')
    tried = factories.make_event("message.received", '{"text": "تجربة"}')
    factories.make_delivery(hook, tried, example=True)
    page = read(staff.get(f"{path_of(hook)}?source={event.id}").text)
    assert '"text": "سؤال حقيقي"' in typed(page)
    values = [one["value"] for one in page.all("option")]
    assert event.id in values
    assert tried.id not in values


def test_the_answer_is_shown_in_place(send: Callable[..., Any], receiver: Receiver) -> None:
    receiver.answer(Answer(201, {"X-Answer": "yes"}, b'{"took": true}'))
    hook = factories.make_hook(receiver.url, headers={"X-Key": "s3cret"})
    answer = send(hook, {"event_type": TYPES[0], "data": '{"text": "معدّل"}'}, headers=HTMX)
    assert answer.status_code == 200
    assert answer.text.lstrip().startswith('<div id="hook-test"')
    shown = read(answer.text)
    assert "وصل الحدث التجريبي: استجابت نقطة النهاية بالرمز 201 خلال" in shown.text
    for part in ("x-answer", '"took"', "webhook-signature", "••••••", '"text": "معدّل"'):
        assert part in shown.text
    assert "s3cret" not in shown.text
    (arrival,) = receiver.arrivals
    assert arrival.json["data"] == {"text": "معدّل"}
    delivery = db.session.query(Delivery).one()
    assert f"/deliveries/{delivery.id}" in shown.links()


def test_without_scripts_the_answer_has_a_page_of_its_own(
    send: Callable[..., Any], staff: Browser, receiver: Receiver
) -> None:
    receiver.answer(500)
    hook = factories.make_hook(receiver.url)
    answer = send(hook, {"event_type": TYPES[0], "data": "{}"})
    assert answer.status_code == 303
    shown = read(staff.get(answer.location).text)
    assert "من يعالجها: فريق النظام المستقبِل" in shown.text
    assert "500" in shown.text
    listed = read(staff.get("/deliveries").text)
    assert "تجريبي" in listed.text


def test_wrong_json_is_told_beside_the_field_with_its_place(staff: Browser) -> None:
    hook = factories.make_hook()
    fields = {"event_type": TYPES[0], "data": '{"a": 1,\n"b" 2}'}
    answer = staff.submit(path_of(hook), fields, headers=HTMX)
    assert answer.status_code == 422
    assert "خطأ في السطر 2، العمود 5" in read(answer.text).text
    assert '"b" 2' in read(answer.text).text
    fields = {"event_type": "cart.abandoned", "data": "{}"}
    assert "ليس من أحداث هذا الخطاف" in staff.submit(path_of(hook), fields).text


def test_a_hook_that_is_off_says_so_and_how_to_switch_it_on(staff: Browser) -> None:
    hook = factories.make_hook(enabled=False)
    assert "الخطاف موقوف" in read(staff.get(path_of(hook)).text).text
    answer = staff.submit(path_of(hook), {"event_type": TYPES[0], "data": '{"kept": 1}'})
    assert answer.status_code == 409
    shown = read(answer.text)
    assert "لم يُرسل شيء." in shown.text
    assert '"kept": 1' in shown.text
    assert f"/settings/webhooks/{hook.id}" in shown.links()
    assert db.session.query(Delivery).count() == 0


def test_nothing_but_an_example_of_this_hook_is_shown_as_one(staff: Browser) -> None:
    hook, other = factories.make_hook(), factories.make_hook()
    real = factories.make_delivery(hook)
    examples = factories.make_delivery(other, example=True)
    for delivery in (real, examples):
        assert staff.get(f"{path_of(hook)}?delivery={delivery.id}").status_code == 404


def test_support_has_no_test_page(support: Browser) -> None:
    hook = factories.make_hook()
    assert support.get(path_of(hook)).status_code == 403
    assert path_of(hook) not in read(support.get(f"/settings/webhooks/{hook.id}").text).links()
