"""لماذا لم يصل؟: one event and what became of it at every hook."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from portal.extensions import db
from portal.models import Account, Delivery, Hook, now
from portal.pipeline.holding import disable
from portal.pipeline.hooks import delete_hook, switch_hook
from portal.pipeline.transactions import writing
from portal.web.moments import exact_text
from tests import factories
from tests.clients import Api, Browser
from tests.web.html import Page, read

TYPE, OTHER = "order.status", "contact.created"
BIG = {"all": [{"left": "data.total", "op": "gt", "right": 100}]}

Show = Callable[[str], Page]


@pytest.fixture
def show(admin: Browser) -> Show:
    """Reads the page of an event."""

    def shown(event_id: str) -> Page:
        answer = admin.get(f"/events/{event_id}")
        assert answer.status_code == 200
        return read(answer.text)

    return shown


def publish(api: Api, total: int = 7) -> str:
    """The id of an event that came just now."""
    return api.post("/events", {"type": TYPE, "data": {"total": total}}).json["id"]


def set_delivery(hook_id: str, **columns: object) -> None:
    """Change what is owed to a hook."""
    db.session.query(Delivery).filter_by(hook_id=hook_id).update(columns)
    db.session.commit()


def verdicts(page: Page) -> dict[str, str]:
    """The verdict of each hook by its id, from top to bottom."""
    rows = [one for one in page.all("li") if "hook-verdict" in one.get("class", "")]
    return {one["data-id"]: one["data-state"] for one in rows}


def test_every_hook_has_its_verdict_and_those_that_need_somebody_come_first(
    api: Api, account: Account, show: Show
) -> None:
    waits, arrived, given_up, picky = (
        factories.make_hook(event_types=[TYPE], **more) for more in ({}, {}, {}, {"filter": BIG})
    )
    stranger = factories.make_hook(event_types=[OTHER])
    off = factories.make_hook(event_types=[TYPE])
    switch_hook(off.id, enabled=False, actor=factories.make_actor())
    event_id = publish(api)
    done = {"state": "delivered", "attempt_count": 1, "last_status_code": 204}
    set_delivery(arrived.id, finished_at=now(), **done)
    set_delivery(given_up.id, state="undelivered", attempt_count=3, last_error="http_500")
    later = factories.make_hook(event_types=[TYPE])
    found = verdicts(show(event_id))
    assert list(found.items()) == [
        (given_up.id, "undelivered"),
        (off.id, "held"),
        (waits.id, "waiting"),
        (picky.id, "filter"),
        (stranger.id, "not_subscribed"),
        (later.id, "made_later"),
        (arrived.id, "delivered"),
    ]


def test_the_condition_that_was_not_met_is_shown_with_the_value(
    api: Api, account: Account, show: Show
) -> None:
    hook = factories.make_hook(event_types=[TYPE], filter=BIG)
    page = show(publish(api))
    for part in ("data.total", "أكبر من", "القيمة 7", "لم تتحقق شروط الإرسال"):
        assert part in page.text
    assert f"/settings/webhooks/{hook.id}/filter" in page.links()
    api.patch(f"/hooks/{hook.id}", {"filter": None})


def test_a_filter_that_was_changed_since_is_not_blamed(
    api: Api, account: Account, show: Show
) -> None:
    hook = factories.make_hook(event_types=[TYPE], filter=BIG)
    event_id = publish(api)
    api.patch(f"/hooks/{hook.id}", {"filter": None})
    page = show(event_id)
    assert verdicts(page) == {hook.id: "filter"}
    assert "تغيّرت الشروط منذ ذلك الحين" in page.text


def test_a_deleted_hook_is_there_only_where_it_was_owed(
    api: Api, account: Account, show: Show
) -> None:
    owed, stranger = (factories.make_hook(event_types=[kind]) for kind in (TYPE, OTHER))
    event_id = publish(api)
    for hook in (owed, stranger):
        delete_hook(hook.id, actor=factories.make_actor())
    page = show(event_id)
    assert verdicts(page) == {owed.id: "cancelled"}
    assert "(محذوف)" in page.text
    assert f"/settings/webhooks/{owed.id}" not in page.links()


def test_a_delivery_that_is_not_kept_any_more_is_not_told_as_no_subscription(
    api: Api, account: Account, show: Show
) -> None:
    hook = factories.make_hook(event_types=[TYPE])
    event_id = publish(api)
    db.session.query(Delivery).delete()
    db.session.commit()
    page = show(event_id)
    assert verdicts(page) == {hook.id: "not_kept"}
    assert "انتهت مدة الاحتفاظ بسجل هذه العملية" in page.text


def test_a_failure_says_what_to_do_and_when_it_is_tried_again(
    api: Api, account: Account, show: Show
) -> None:
    hook = factories.make_hook(event_types=[TYPE])
    event_id = publish(api)
    set_delivery(hook.id, attempt_count=2, last_error="dns_failure")
    page = show(event_id)
    assert verdicts(page) == {hook.id: "retrying"}
    for part in ("محاولتان", "تعذّر العثور على عنوان الخادم", "المحاولة التالية"):
        assert part in page.text
    [delivery] = db.session.query(Delivery)
    assert f"/deliveries/{delivery.id}" in page.links()


def test_a_hook_that_is_off_says_since_when_and_who_switched_it_off(
    api: Api, account: Account, show: Show
) -> None:
    off, ended = (factories.make_hook(event_types=[TYPE]) for _ in range(2))
    switch_hook(off.id, enabled=False, actor=factories.make_actor())
    with writing() as session:
        disable(session, ended.id, "failing", now() - timedelta(hours=3))
    page = show(publish(api))
    assert set(verdicts(page).values()) == {"held"}
    assert f"الخطاف موقوف منذ {exact_text(db.session.get_one(Hook, off.id).off_since)}" in page.text
    assert "أوقفناه تلقائيًا بعد أيام من الفشل المتواصل. كان ذلك قبل 3 ساعات." in page.text
    switch_hook(off.id, enabled=True, actor=factories.make_actor())
    assert db.session.get_one(Hook, off.id).off_since is None


def test_a_hook_that_rests_says_when_it_is_tried(api: Api, account: Account, show: Show) -> None:
    hook = factories.make_hook(event_types=[TYPE])
    event_id = publish(api)
    hook.stream.resting, hook.stream.ready_at = True, now() + timedelta(minutes=5)
    db.session.commit()
    page = show(event_id)
    assert verdicts(page) == {hook.id: "resting"}
    assert "ونختبره خلال 5 دقائق، ثم نستأنف تلقائيًا." in page.text


def test_without_hooks_the_page_says_so(api: Api, account: Account, show: Show) -> None:
    assert "لا توجد خطافات في الحساب" in show(publish(api)).text


def test_support_reads_it_and_changes_nothing(
    api: Api, account: Account, support: Browser, outsider: Browser
) -> None:
    hook = factories.make_hook(event_types=[TYPE], filter=BIG)
    event_id = publish(api)
    page = read(support.get(f"/events/{event_id}").text)
    assert verdicts(page) == {hook.id: "filter"}
    assert f"/settings/webhooks/{hook.id}/filter" not in page.links()
    assert outsider.get(f"/events/{event_id}").status_code == 404


def test_a_delivery_leads_to_its_event(api: Api, account: Account, admin: Browser) -> None:
    factories.make_hook(event_types=[TYPE])
    event_id = publish(api)
    [delivery] = db.session.query(Delivery)
    assert f"/events/{event_id}" in read(admin.get(f"/deliveries/{delivery.id}").text).links()
