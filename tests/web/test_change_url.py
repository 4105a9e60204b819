"""تغيير الرابط: another address for a hook, tried on its page, taken, and left again."""

from collections.abc import Callable

import pytest

from portal.extensions import db
from portal.models import Delivery, Hook
from tests import factories
from tests.clients import Api, Browser
from tests.receiver import Receiver
from tests.web.html import HTMX, Page, read

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def path_of(hook: Hook) -> str:
    """Where the address of ``hook`` is changed."""
    return f"/settings/webhooks/{hook.id}/url"


def hidden(page: Page, action: str) -> dict[str, str]:
    """The fields of the form that is sent to ``action``, token included."""
    page.one("form", action=action)
    return {one["name"]: one["value"] for one in page.all("input", type="hidden")}


@pytest.fixture
def hook(receiver: Receiver, drain: Callable[[], int]) -> Hook:
    """A hook that was sent two events."""
    hook = factories.make_hook(receiver.url)
    for _ in range(2):
        factories.make_delivery(hook)
    drain()
    receiver.arrivals.clear()
    return hook


def test_a_new_address_is_tried_and_both_stand_side_by_side(
    staff: Browser, receiver: Receiver, hook: Hook
) -> None:
    receiver.answer(201)
    fields = {"url": f" {receiver.url}/new ", "count": "٢"}
    answer = staff.submit(path_of(hook), fields, headers=HTMX)
    assert answer.status_code == 200
    assert answer.text.lstrip().startswith('<div id="hook-url"')
    shown = read(answer.text)
    assert "وصل إلى الرابط الجديد 2 من 2" in shown.text
    assert len(shown.rows) == 2
    for code in ("200", "201"):
        assert shown.text.count(code) >= 2
    assert {arrival.path for arrival in receiver.arrivals} == {"/hook/new"}


def test_a_trial_that_nobody_answers_is_explained_by_the_address_that_was_tried(
    staff: Browser, hook: Hook
) -> None:
    fields = {"url": "http://127.0.0.1:1/", "count": "1"}
    shown = read(staff.submit(path_of(hook), fields).text)
    assert "وصلنا إلى الخادم 127.0.0.1، لكن" in shown.text


def test_one_click_takes_it_and_one_click_goes_back(
    staff: Browser, receiver: Receiver, hook: Hook
) -> None:
    fields = {"url": f"{receiver.url}/new", "count": "1"}
    switch = f"{path_of(hook)}/switch"
    tried = hidden(read(staff.submit(path_of(hook), fields).text), switch)
    refused = staff.post(switch, data=tried)
    assert refused.status_code == 422
    assert "اكتب السبب" in refused.text
    shown = hidden(read(refused.text), switch)
    assert [shown[name] for name in ("url", "seen")] == [tried[name] for name in ("url", "seen")]
    assert db.session.get_one(Hook, hook.id).url == receiver.url
    tried["reason"] = "انتقل النظام"
    assert staff.post(switch, data=tried).location == path_of(hook)
    assert db.session.get_one(Hook, hook.id).url == f"{receiver.url}/new"
    shown = read(staff.get(path_of(hook)).text)
    assert "الرابط السابق" in shown.text
    assert "staff@nour.example" in shown.text
    back = f"{path_of(hook)}/back"
    staff.post(back, data=hidden(shown, back))
    assert db.session.get_one(Hook, hook.id).url == receiver.url


def test_a_hook_that_somebody_changed_meanwhile_is_not_switched(
    staff: Browser, receiver: Receiver, hook: Hook, api: Api
) -> None:
    fields = {"url": f"{receiver.url}/new", "count": "1"}
    switch = f"{path_of(hook)}/switch"
    tried = hidden(read(staff.submit(path_of(hook), fields).text), switch)
    api.patch(f"/hooks/{hook.id}", {"description": "تغيّر"})
    answer = staff.post(switch, data=tried | {"reason": "انتقل النظام"})
    assert "تغيّر هذا الخطاف منذ عرضه هنا" in staff.get(answer.location).text
    assert db.session.get_one(Hook, hook.id).url == receiver.url


def test_wrong_input_is_told_beside_its_field(staff: Browser, hook: Hook) -> None:
    fields = {"url": "http://169.254.169.254/", "count": "40"}
    answer = staff.submit(path_of(hook), fields, headers=HTMX)
    assert answer.status_code == 422
    shown = read(answer.text)
    assert shown.all("p", id="url-error")
    assert shown.all("p", id="count-error")
    assert not shown.all("section", id="comparison")


def test_every_change_of_the_address_can_be_undone_the_api_and_the_form_included(
    staff: Browser, api: Api, hook: Hook
) -> None:
    first = hook.url
    api.patch(f"/hooks/{hook.id}", {"url": "http://127.0.0.1:9/second"})
    shown = read(staff.get(path_of(hook)).text)
    assert first in shown.text
    assert "المنصة" in shown.text


def test_failures_after_a_change_are_said_wherever_the_hook_is_looked_at(
    staff: Browser,
    support: Browser,
    api: Api,
    hook: Hook,
    receiver: Receiver,
    drain: Callable[[], int],
) -> None:
    api.patch(f"/hooks/{hook.id}", {"url": f"{receiver.url}/new"})
    receiver.answer(500)
    failed = factories.make_delivery(hook)
    drain()
    said, back = "بدأ الفشل بعد تغيير الرابط بأقل من دقيقة", f"{path_of(hook)}/back"
    pages = [f"/settings/webhooks/{hook.id}", f"/deliveries/{failed.id}", path_of(hook)]
    for path in pages:
        shown = read(staff.get(path).text)
        assert said in shown.text, path
        assert shown.all("form", action=back), path
    overview = read(staff.get("/").text)
    assert said in overview.text
    assert overview.all("form", action=back)
    for path in pages[:2]:
        shown = read(support.get(path).text)
        assert said in shown.text
        assert not shown.all("form", action=back)
    (good, *_) = db.session.query(Delivery).order_by(Delivery.id)
    assert said not in read(staff.get(f"/deliveries/{good.id}").text).text


def test_a_previous_url_that_was_sent_nothing_is_neither_praised_nor_offered(
    staff: Browser, api: Api, hook: Hook, receiver: Receiver, drain: Callable[[], int]
) -> None:
    for path in ("/second", "/third"):
        api.patch(f"/hooks/{hook.id}", {"url": f"{receiver.url}{path}"})
    receiver.answer(500)
    failed = factories.make_delivery(hook)
    drain()
    for path in (f"/settings/webhooks/{hook.id}", f"/deliveries/{failed.id}", "/"):
        shown = read(staff.get(path).text)
        assert "بدأ الفشل بعد تغيير الرابط" in shown.text, path
        assert "كان الرابط السابق يعمل" not in shown.text, path
        assert not shown.all("form", action=f"{path_of(hook)}/back"), path


def test_a_previous_url_of_several_is_praised_where_something_arrived_at_it(
    staff: Browser, api: Api, hook: Hook, receiver: Receiver, drain: Callable[[], int]
) -> None:
    api.patch(f"/hooks/{hook.id}", {"url": f"{receiver.url}/second"})
    factories.make_delivery(hook)
    drain()
    api.patch(f"/hooks/{hook.id}", {"url": f"{receiver.url}/third"})
    receiver.answer(500)
    factories.make_delivery(hook)
    drain()
    shown = read(staff.get(f"/settings/webhooks/{hook.id}").text)
    assert "كان الرابط السابق يعمل" in shown.text
    assert shown.all("form", action=f"{path_of(hook)}/back")


def test_a_hook_is_pointed_to_a_sandbox_like_to_any_other_address(
    staff: Browser, hook: Hook
) -> None:
    page = f"/settings/webhooks/{hook.id}/test"
    answer = staff.submit(f"{path_of(hook)}/sandbox", page=page)
    shown = read(staff.get(answer.location).text)
    assert "/sandbox/" in shown.one("input", name="url")["value"]


def test_support_changes_no_address(support: Browser, hook: Hook) -> None:
    assert support.get(path_of(hook)).status_code == 403
