"""How a hook is doing, in the list and on its page: true in every state that it may be in."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from portal.extensions import db
from portal.models import Account, Attempt, Hook, HookRollup, Stream, now
from portal.pipeline.holding import disable
from portal.queries import hook_figures
from tests import factories
from tests.clients import Api, Browser
from tests.receiver import Receiver
from tests.web.html import HTMX, read

PATH = "/settings/webhooks"


def hook_with(day: tuple[int, int] = (0, 0), week: tuple[int, int] = (0, 0), **stream: Any) -> Hook:
    """A hook whose attempts came to ``day`` within a day and to ``week`` before it (delivered and
    failed), and whose stream is as told."""
    hook = factories.make_hook(name="متجر")
    row = db.session.get_one(Stream, hook.id)
    for name, value in stream.items():
        setattr(row, name, value)
    for hours, (delivered, failed) in ((1, day), (30, week)):
        hour = (now() - timedelta(hours=hours)).replace(minute=0, second=0, microsecond=0)
        sums = {"delivered": delivered, "failed": failed, "duration_ms": 1}
        db.session.add(HookRollup(hook_id=hook.id, account_id=hook.account_id, hour=hour, **sums))
    db.session.commit()
    return hook


def ago(**span: float) -> Any:
    """So long before now, and a little, so that a test may take its time."""
    return now() - timedelta(**span) - timedelta(seconds=5)


def said(browser: Browser, hook: Hook) -> tuple[str, str]:
    """The text of the list and of the hook's page."""
    row, page = (read(browser.get(path).text).text for path in (PATH, f"{PATH}/{hook.id}"))
    return row, page


def test_one_that_was_never_used_says_so(support: Browser, account: Account) -> None:
    hook = hook_with()
    row, page = said(support, hook)
    assert "لم يُرسل شيء بعد" in row
    for sentence in ("لم يُرسل شيء بعد", "لا محاولات خلال 24 ساعة", "لا استجابات في السجل"):
        assert sentence in page
    assert "آخر تسليم" not in row + page.partition("آخر عمليات التسليم")[0]


def test_one_that_works_says_how_well_and_since_when(staff: Browser, account: Account) -> None:
    hook = hook_with((98, 2), (100, 0), last_ok=True, last_ok_at=ago(minutes=2))
    row, page = said(staff, hook)
    assert "يعمل: 98 من 100 خلال 24 ساعة، آخر تسليم قبل دقيقتين" in row
    assert "98 من 100 خلال 24 ساعة" in page
    assert "198 من 200 خلال 7 أيام" in page
    assert "لا يلزم إجراء." in page


def test_one_that_fails_now_and_then_stumbles(staff: Browser, account: Account) -> None:
    hook = hook_with((60, 40), last_ok=True, last_ok_at=ago(hours=1))
    row, page = said(staff, hook)
    assert "يتعثّر: 60 من 100 خلال 24 ساعة، آخر تسليم قبل ساعة واحدة" in row
    assert "40 من 100" in page


def test_one_that_fails_says_since_when_and_what_was_last(
    staff: Browser, account: Account, receiver: Receiver, drain: Callable[[], int], api: Api
) -> None:
    receiver.answer(500)
    hook = factories.make_hook(receiver.url)
    api.post("/events", {"type": "message.received", "data": {}})
    drain()
    row, page = said(staff, hook)
    assert "يفشل منذ لحظات: 0 من 1 خلال 24 ساعة، ولم ينجح تسليم بعد" in row
    assert "خطأ داخلي في النظام المستقبِل" in page
    assert "منها ما ستُعاد محاولته: عملية تسليم واحدة" in page
    assert "الإرسال القادم" in page


def test_one_that_failed_before_it_was_switched_on_again_is_not_said_to_fail(
    staff: Browser, account: Account
) -> None:
    hook = hook_with((0, 9), last_ok=False, last_failed_at=ago(hours=3))
    row, page = said(staff, hook)
    assert "فُعّل من جديد، ولم يُرسل شيء منذ تفعيله" in row
    assert "يفشل" not in row + page


@pytest.mark.parametrize(
    ("ready_in", "waiting", "when"),
    [(125, True, "خلال دقيقتين"), (-5, True, "خلال لحظات"), (90, False, "بأول حدث قادم")],
)
def test_one_that_rests_says_when_it_is_tried(
    staff: Browser, account: Account, ready_in: int, waiting: bool, when: str
) -> None:
    ready_at = now() + timedelta(seconds=ready_in)
    failing = {"last_ok": False, "failing_since": ago(hours=2)}
    hook = hook_with((0, 12), resting=True, ready_at=ready_at, **failing)
    if waiting:
        factories.make_delivery(hook, attempt_count=1)
    row, page = said(staff, hook)
    assert "يفشل منذ ساعتين، ونختبره من جديد" in row
    assert when in page
    assert "ونستأنف الإرسال تلقائيًا إذا نجحت" in page


def test_one_that_is_off_says_what_is_kept(staff: Browser, api: Api, account: Account) -> None:
    hook = hook_with((5, 0), last_ok=True, last_ok_at=ago(minutes=2))
    api.patch(f"/hooks/{hook.id}", {"enabled": False})
    factories.make_delivery(hook, state="held")
    row, page = said(staff, hook)
    assert "لا يُرسل شيء منذ لحظات، آخر تسليم قبل دقيقتين" in row
    assert "محفوظ: عملية تسليم واحدة" in row
    assert "عند التفعيل تختار إرسال المحفوظ أو تخطّيه" in page
    assert "يعمل:" not in row + page


@pytest.mark.parametrize(
    ("reason", "why"), [("gone", "الرمز 410"), ("failing", "بعد أيام من الفشل المتواصل")]
)
def test_one_that_we_switched_off_says_why_and_when(
    staff: Browser, account: Account, reason: str, why: str
) -> None:
    hook = hook_with((0, 5), last_ok=False, failing_since=ago(days=5))
    assert disable(db.session(), hook.id, reason, ago(hours=1))
    db.session.commit()
    row, page = said(staff, hook)
    assert "أُوقف قبل ساعة واحدة، ولم ينجح تسليم من قبل" in row
    assert why in page
    assert "يفشل" not in row + page


def test_one_that_is_deleted_has_no_page(staff: Browser, api: Api, account: Account) -> None:
    hook = hook_with()
    api.delete(f"/hooks/{hook.id}")
    for tab in ("", "/deliveries", "/edit", "/security"):
        assert staff.get(f"{PATH}/{hook.id}{tab}").status_code == 404


def test_the_median_is_of_what_was_answered(staff: Browser, account: Account) -> None:
    hook = hook_with((3, 1), last_ok=True, last_ok_at=ago(minutes=2))
    for duration_ms, status_code in ((5000, None), (100, 200), (300, 500), (200, 200)):
        db.session.add(
            Attempt(
                account_id=hook.account_id,
                hook_id=hook.id,
                message_id="msg_1",
                started_at=now(),
                duration_ms=duration_ms,
                status_code=status_code,
                error=None if status_code == 200 else "http_500",
                policy="simple",
                url=hook.url,
            )
        )
    db.session.commit()
    _, page = said(staff, hook)
    assert "200 ملي ثانية لآخر الاستجابات، وعددها 3" in page


def test_counts_end_where_nobody_reads_on(
    staff: Browser, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = hook_with()
    for _ in range(2):
        factories.make_delivery(hook)
    before = hook_figures.figures_of(hook, now())
    monkeypatch.setattr(hook_figures, "COUNTED", 0)
    after = hook_figures.figures_of(hook, now())
    assert (before.waiting, after.waiting) == (2, 1)


def test_the_tabs_are_pages_and_say_which_is_open(staff: Browser, account: Account) -> None:
    hook = hook_with()
    here = f"{PATH}/{hook.id}"
    for tab in (here, f"{here}/deliveries", f"{here}/edit", f"{here}/security"):
        page = read(staff.get(tab).text)
        assert page.one("a", href=tab, aria_current="page")


def test_the_log_of_a_hook_is_its_own_and_goes_by_state(support: Browser, account: Account) -> None:
    hook, other = hook_with(), factories.make_hook()
    given_up = factories.make_delivery(hook, state="undelivered")
    waiting = factories.make_delivery(hook)
    factories.make_delivery(other)
    log = f"{PATH}/{hook.id}/deliveries"
    assert read(support.get(log).text).rows == [waiting.id, given_up.id]
    only = read(support.get(f"{log}?state=undelivered").text)
    assert only.rows == [given_up.id]
    assert f"/deliveries?hook={hook.id}&state=undelivered" in only.links()
    assert read(support.get(f"{log}?before={waiting.id}").text).rows == [given_up.id]
    assert "لا عمليات بهذه الحالة" in support.get(f"{log}?state=cancelled").text
    assert read(support.get(f"{log}?state=unheard-of").text).rows == [waiting.id, given_up.id]


def test_its_own_chart_and_causes_are_drawn_for_a_day_or_a_week(
    staff: Browser, account: Account
) -> None:
    hook, other = factories.make_hook(), factories.make_hook()
    path = f"{PATH}/{hook.id}"
    assert "chart-title" not in staff.get(path).text
    failed = {("tls_expired", "api.x.sa"): 3}
    factories.make_rollups(hook, now() - timedelta(hours=30), 7, [120], failed)
    factories.make_rollups(other, now(), 1000, [50])
    day, week = (read(staff.get(path + period).text) for period in ("", "?period=week"))
    assert "لم تُرسل أي عملية خلال آخر 24 ساعة" in day.text
    assert "api.x.sa" not in day.text
    assert "شهادة الأمان خارج مدة صلاحيتها على api.x.sa" in week.text
    assert "1,000" not in week.text
    part = staff.get(f"{path}?period=week", headers=HTMX).text
    assert part.lstrip().startswith('<div id="hook-chart"')


def test_what_the_watch_saw_of_its_endpoint_stands_on_its_page(
    support: Browser, account: Account
) -> None:
    hook = factories.make_hook("https://api.x.example/hook")
    page = read(support.get(f"{PATH}/{hook.id}").text)
    assert "لم تُفحص نقطة النهاية بعد" in page.text
    assert page.one("form", action=f"/watch/{hook.id}/check")
