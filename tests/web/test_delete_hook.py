"""Deleting a hook: its secrets go, what is unfinished is cancelled, its log stays."""

from collections.abc import Callable

import pytest

from portal.extensions import db
from portal.models import Account, Hook, HookSecret
from tests import factories
from tests.clients import Api, Browser
from tests.receiver import Receiver
from tests.web.html import HTMX, read

PATH = "/settings/webhooks"
EVENT = {"type": "message.received", "data": {}}


@pytest.fixture
def hook(account: Account, receiver: Receiver) -> Hook:
    """A hook with a header of its own."""
    return factories.make_hook(receiver.url, name="متجر <النور>", headers={"X-Key": "secret"})


def test_a_deleted_hook_is_gone_and_its_secrets_with_it(api: Api, hook: Hook) -> None:
    answer = api.delete(f"/hooks/{hook.id}")
    assert (answer.status_code, answer.data) == (204, b"")
    assert api.get(f"/hooks/{hook.id}").status_code == 404
    assert api.delete(f"/hooks/{hook.id}").status_code == 404
    assert api.get("/hooks").json["items"] == []
    assert db.session.query(HookSecret).count() == 0
    assert db.session.get_one(Hook, hook.id).headers_sealed is None
    assert api.post("/events", EVENT).json["deliveries"] == 0


def test_what_is_unfinished_is_cancelled_and_the_log_stays(
    api: Api, hook: Hook, drain: Callable[[], int], receiver: Receiver, admin: Browser
) -> None:
    api.post("/events", EVENT)
    drain()
    api.post("/events", EVENT)
    api.delete(f"/hooks/{hook.id}")
    assert drain() == 0
    cancelled, delivered = api.get("/deliveries").json["items"]
    assert (cancelled["state"], delivered["state"]) == ("cancelled", "delivered")
    assert len(receiver.arrivals) == 1
    for delivery in (cancelled, delivered):
        page = read(admin.get(f"/deliveries/{delivery['id']}").text)
        assert "متجر <النور>" in page.text
        assert f"{PATH}/{hook.id}" not in page.links()


def test_why_it_had_not_arrived_stays_on_record(
    api: Api, hook: Hook, drain: Callable[[], int], receiver: Receiver, admin: Browser
) -> None:
    receiver.answer(503)
    api.post("/events", EVENT)
    drain()
    api.delete(f"/hooks/{hook.id}")
    (delivery,) = api.get("/deliveries").json["items"]
    assert (delivery["state"], delivery["last"]["error"]) == ("cancelled", "http_503")
    page = read(admin.get(f"/deliveries/{delivery['id']}").text)
    assert "لم تنجح المحاولات، وسبب آخرها: النظام المستقبِل غير متاح مؤقتًا." in page.text


def test_the_dialog_says_how_many_deliveries_are_cancelled(
    api: Api, hook: Hook, admin: Browser
) -> None:
    ask = f"{PATH}/{hook.id}/delete"
    assert "لا توجد عمليات تسليم غير مكتملة" in admin.get(ask).text
    for _ in range(3):
        api.post("/events", EVENT)
    page = read(admin.get(ask).text)
    assert "العدد: 3 عمليات تسليم." in page.text
    assert "«متجر <النور>»" in page.text
    part = admin.get(ask, headers=HTMX).text
    assert part.lstrip().startswith('<section id="delete-hook"')


def test_the_page_deletes_after_it_has_asked(staff: Browser, hook: Hook) -> None:
    answer = staff.submit(f"{PATH}/{hook.id}/delete", {"reason": "طلب العميل"})
    assert (answer.status_code, answer.location) == (303, PATH)
    page = read(staff.get(PATH).text)
    assert "تم حذف الخطاف، وبقي سجل تسليمه محفوظًا." in page.text
    assert page.rows == []


def test_htmx_is_sent_to_the_list(staff: Browser, hook: Hook) -> None:
    answer = staff.submit(f"{PATH}/{hook.id}/delete", {"reason": "طلب العميل"}, headers=HTMX)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, PATH)


def test_unknown_deleted_and_foreign_hooks_are_not_found(
    api: Api, outside_api: Api, outsider: Browser, admin: Browser, hook: Hook
) -> None:
    gone = factories.make_hook()
    api.delete(f"/hooks/{gone.id}")
    assert outside_api.delete(f"/hooks/{hook.id}").status_code == 404
    assert api.delete("/hooks/hok_nothing").status_code == 404
    for browser, hook_id in ((outsider, hook.id), (admin, gone.id), (admin, "hok_nothing")):
        path = f"{PATH}/{hook_id}/delete"
        assert browser.get(path).status_code == 404
        assert browser.submit(path, page=f"{PATH}/new").status_code == 404
    assert db.session.get_one(Hook, hook.id).deleted_at is None
