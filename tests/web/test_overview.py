"""The overview: what was sent, what fails and why, who needs somebody, what waits."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from portal.domain.periods import Period
from portal.extensions import db
from portal.models import Account, Hook, Stream, now
from portal.queries import attention, overview, rollups
from tests import factories
from tests.clients import Browser
from tests.web.html import HTMX, Page, read

EXPIRED = ("tls_expired", "api.x.sa")


def look(browser: Browser, period: str = "", **headers: str) -> Page:
    db.session.rollback()
    answer = browser.get(f"/?period={period}" if period else "/", headers=headers)
    assert answer.status_code == 200
    return read(answer.text)


def part(browser: Browser, start: str, end: str, period: str = "") -> str:
    """The text of the overview between two of its headings."""
    return look(browser, period).text.partition(start)[2].partition(end)[0]


def causes(browser: Browser, period: str = "") -> str:
    return part(browser, "أسباب الفشل", "ما ينتظر الآن", period)


def ago(**distance: float) -> datetime:
    return now() - timedelta(**distance)


def set_stream(hook: Hook, **columns: Any) -> None:
    db.session.rollback()
    db.session.query(Stream).filter_by(hook_id=hook.id).update(columns)
    db.session.commit()


def fail(hook: Hook, **columns: Any) -> None:
    """Have ``hook`` fail since half an hour ago."""
    failing = {"last_ok": False, "last_failed_at": ago(minutes=1), "consecutive_failures": 5}
    set_stream(hook, **(failing | {"failing_since": ago(minutes=30)} | columns))


def test_without_hooks_it_says_how_to_begin(staff: Browser, support: Browser) -> None:
    page = look(staff)
    assert "لا توجد خطافات ويب بعد" in page.text
    assert "/settings/webhooks/new" in page.links()
    assert not page.all("svg", data_chart="sent")
    reading = look(support)
    assert "/settings/webhooks/new" not in reading.links()
    assert "يُنشئ مدير التكاملات أول خطاف" in reading.text
    assert "أنشئ أول خطاف" not in reading.text


def test_where_nothing_was_sent_it_says_so_and_that_all_is_well(
    staff: Browser, account: Account
) -> None:
    factories.make_hook()
    for period, words in (("day", "خلال آخر 24 ساعة"), ("week", "خلال آخر 7 أيام")):
        page = look(staff, period)
        assert f"لم تُرسل أي عملية {words}" in page.text
        assert f"لم تفشل أي محاولة {words}" in page.text
        assert "كل الخطافات المفعّلة تعمل كما ينبغي" in page.text
        assert "لا شيء ينتظر." in page.text
        assert not page.all("svg", data_chart="sent")
        assert not page.all("svg", data_chart="median")


def test_a_day_and_a_week_have_their_own_sums(staff: Browser, account: Account) -> None:
    hook = factories.make_hook()
    factories.make_rollups(hook, now(), 7, [40] * 7)
    factories.make_rollups(hook, ago(hours=20), 1000, causes={EXPIRED: 30})
    factories.make_rollups(hook, ago(days=5), 5000, causes={EXPIRED: 400})
    factories.make_rollups(hook, ago(days=8), 90_000)
    assert "تم التسليم 1,007 آخر 24 ساعة محاولات فاشلة 30 آخر 24 ساعة" in look(staff).text
    week = look(staff, "week").text
    assert "تم التسليم 6,007 آخر 7 أيام محاولات فاشلة 430 آخر 7 أيام" in week


@pytest.mark.parametrize(("asked", "shown"), [("week", "week"), ("day", "day"), ("year", "day")])
def test_the_address_says_which_period_is_shown(
    staff: Browser, account: Account, asked: str, shown: str
) -> None:
    factories.make_rollups(factories.make_hook(), delivered=1)
    page = look(staff, asked)
    assert page.one("a", aria_current="true")["id"] == f"period-{shown}"
    assert page.one("svg", data_chart="sent")["data-period"] == shown
    assert {"/", "/?period=week"} <= set(page.links())


def test_htmx_gets_the_part_that_changes(staff: Browser, account: Account) -> None:
    factories.make_rollups(factories.make_hook(), delivered=1)
    answer = staff.get("/?period=week", headers=HTMX)
    assert answer.text.lstrip().startswith('<div id="overview"')
    assert "HX-Request" in answer.headers["Vary"]


def test_the_median_is_shown_and_not_the_mean(staff: Browser, account: Account) -> None:
    factories.make_rollups(factories.make_hook(), delivered=10, times=[40] * 9 + [25_000])
    shown = re.search(r"زمن الاستجابة الوسيط (\d+) ملي ثانية", look(staff).text)
    assert shown
    assert 30 <= int(shown[1]) <= 50


def test_a_table_tells_the_same_numbers_as_the_chart(staff: Browser, account: Account) -> None:
    hook = factories.make_hook()
    factories.make_rollups(hook, now(), 12, [7] * 12, {EXPIRED: 34})
    for period, count in (("day", 24), ("week", 28)):
        page = look(staff, period)
        assert len(page.all("th", scope="row")) == count
        cells = re.findall("<td>(.+?)</td>", staff.get(f"/?period={period}").text)
        assert cells[-3:] == ["12", "34", "5 ملي ثانية"]
        assert cells[:-3] == ["0", "0", "لا استجابات"] * (count - 1)


def test_bars_are_as_high_as_what_they_stand_for(staff: Browser, account: Account) -> None:
    hook = factories.make_hook()
    factories.make_rollups(hook, now(), 60, causes={EXPIRED: 60})
    factories.make_rollups(hook, ago(hours=2), 30)
    page = look(staff)
    old, new = (float(bar["height"]) for bar in page.all("rect", class_="good"))
    assert (old, new, page.one("rect", class_="bad")["height"]) == (33, 66, "66.0")
    # The later stands further to the left.
    old_x, new_x = (float(bar["x"].rstrip("%")) for bar in page.all("rect", class_="good"))
    assert new_x < old_x


def test_one_cause_is_one_row_whoever_suffers_it(support: Browser, account: Account) -> None:
    hooks = [factories.make_hook("https://api.x.sa/hook", name=f"فواتير {n}") for n in range(3)]
    began = ago(minutes=1)
    for hook, failed in zip(hooks, (400, 10, 2), strict=True):
        factories.make_rollups(hook, began, causes={EXPIRED: failed})
        fail(hook, failing_since=began)
    page = look(support)
    row = page.one("li", data_code="tls_expired")
    assert (row["data-host"], row["data-phase"]) == ("api.x.sa", "going_on")
    said = causes(support)
    assert "شهادة الأمان خارج مدة صلاحيتها على api.x.sa" in said
    assert "412 عملية تسليم، 412 محاولة، 3 خطافات، منذ" in said
    assert "من يعالجه: فريق النظام المستقبِل. اطلب من مسؤول" in said
    logs = [f"/deliveries?hook={hook.id}&status_class=none" for hook in hooks]
    assert [link for link in page.links() if link in logs] == logs


def test_the_host_is_isolated_and_what_it_holds_is_shown(staff: Browser, account: Account) -> None:
    hook = factories.make_hook("https://api.x.sa/hook")
    factories.make_rollups(hook, causes={("http_503", "<b>\u202e.sa"): 1})
    answer = staff.get("/").text
    assert '<bdi class="ltr" dir="ltr">&lt;b&gt;' in answer
    assert "\u202e" not in answer.replace('data-host="&lt;b&gt;\u202e.sa"', "")


def test_a_status_is_told_and_leads_to_its_class_in_the_log(
    staff: Browser, account: Account
) -> None:
    hook = factories.make_hook("https://api.x.sa/hook")
    factories.make_rollups(hook, causes={("http_521", "api.x.sa"): 1})
    said = causes(staff)
    assert "عطل في النظام المستقبِل (521) على api.x.sa" in said
    assert "عملية تسليم واحدة، محاولة واحدة، خطاف واحد، منذ" in said
    assert f"/deliveries?hook={hook.id}&status_class=5xx" in look(staff).links()


def test_what_is_over_says_so(staff: Browser, account: Account) -> None:
    hook, other = (factories.make_hook("https://api.x.sa/hook") for _ in range(2))
    factories.make_rollups(hook, ago(hours=3), causes={EXPIRED: 9})
    factories.make_rollups(other, ago(minutes=1), causes={("http_500", "api.x.sa"): 3})
    for one in (hook, other):
        set_stream(one, last_ok=True, last_ok_at=now())
    page = look(staff)
    phases = {row["data-code"]: row["data-phase"] for row in page.all("li") if "data-phase" in row}
    assert phases == {"tls_expired": "over", "http_500": "just_over"}
    assert "انتهى، وآخر ظهور له قبل 3 ساعات." in page.text
    assert "لم يتكرر بعد آخر ظهور له قبل دقيقة واحدة." in page.text


def test_the_ten_causes_of_most_damage_are_told(staff: Browser, account: Account) -> None:
    hook = factories.make_hook()
    factories.make_rollups(hook, causes={("http_500", f"h{n}.sa"): n for n in range(1, 13)})
    rows = [row["data-host"] for row in look(staff).all("li") if "data-phase" in row]
    assert rows == [f"h{n}.sa" for n in range(12, 2, -1)]


def test_a_deleted_hook_is_nobodys_trouble_any_more(staff: Browser, account: Account) -> None:
    hook = factories.make_hook()
    factories.make_hook()
    factories.make_rollups(hook, causes={EXPIRED: 3})
    fail(hook)
    db.session.query(Hook).filter_by(id=hook.id).update({"deleted_at": now()})
    db.session.commit()
    page = look(staff)
    assert not [row for row in page.all("li") if "data-phase" in row or "data-need" in row]


def test_hooks_in_need_come_by_urgency_each_with_what_to_do(
    staff: Browser, account: Account
) -> None:
    hooks = {name: factories.make_hook(name=name) for name in ("d", "c", "b", "a", "e", "well")}
    fail(hooks["d"], consecutive_failures=9000)
    fail(hooks["c"], consecutive_failures=8000, resting=True)
    fail(hooks["b"], failing_since=ago(days=4), resting=True)
    fail(hooks["e"], failing_since=ago(days=4), postponed_until=now() + timedelta(days=4))
    db.session.query(Hook).filter_by(id=hooks["a"].id).update(
        {"enabled": False, "disabled_reason": "gone"}
    )
    db.session.commit()
    rows = [row for row in look(staff).all("li") if "data-need" in row]
    assert [row["data-id"] for row in rows] == [hooks[name].id for name in "abcde"]
    assert [row["data-need"] for row in rows] == ["0", "1", "2", "3", "3"]
    said = part(staff, "خطافات تحتاج انتباهك", "ما أُرسل")
    for words in (
        "ضع رابطًا جديدًا في إعدادات الخطاف ثم فعّله.",
        "عالج سبب الفشل أو أجّل الإيقاف: سنوقف الخطاف تلقائيًا خلال",
        "نختبر نقطة النهاية ونستأنف الإرسال تلقائيًا.",
        "راجع سبب آخر فشل في السجل.",
    ):
        assert words in said


def test_what_waits_is_counted_with_the_oldest(staff: Browser, account: Account) -> None:
    hook = factories.make_hook()
    states = {"waiting": 3, "held": 2, "undelivered": 1, "delivered": 4}
    for state, number in states.items():
        for place in range(number):
            due = now() + timedelta(hours=place)
            factories.make_delivery(hook, state=state, due_at=due, created_at=ago(hours=5))
    said = look(staff).text.partition("ما ينتظر الآن")[2]
    assert "قيد الانتظار3 يحين خلال دقيقة: 1. أقدمها وقع قبل 5 ساعات." in said
    assert "محفوظة حتى تفعيل الخطاف2 فعّل الخطاف" in said
    assert "غير مُسلَّمة1 نفدت محاولاتها." in said


def test_counting_ends_where_it_would_take_long(
    staff: Browser, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overview, "COUNTED", 3)
    monkeypatch.setattr(attention, "COUNTED", 3)
    hook = factories.make_hook()
    fail(hook)
    for state in ["waiting"] * 4 + ["held"] * 3 + ["undelivered"] * 5:
        factories.make_delivery(hook, state=state)
    page = look(staff).text
    said = page.partition("ما ينتظر الآن")[2]
    assert "قيد الانتظارأكثر من 3 يحين خلال دقيقة: أكثر من 3." in said
    assert "محفوظة حتى تفعيل الخطاف3 " in said
    assert "غير مُسلَّمةأكثر من 3 " in said
    assert "غير مُسلَّمة: أكثر من 3." in page


def test_nothing_of_another_account_is_shown(
    staff: Browser, outsider: Browser, other_account: Account
) -> None:
    theirs = factories.make_hook("https://api.x.sa/hook", account=other_account, name="خطافهم")
    factories.make_hook()
    factories.make_rollups(theirs, now(), 77, [40], {EXPIRED: 55})
    factories.make_delivery(theirs, state="undelivered")
    fail(theirs)
    assert "تم التسليم 77" in look(outsider).text
    said = look(staff).text
    assert "تم التسليم 0 آخر 24 ساعة محاولات فاشلة 0" in said
    assert "api.x.sa" not in said
    assert "خطافهم" not in said
    assert "لا شيء ينتظر." in said


def test_a_day_begins_by_the_clocks_of_the_account(staff: Browser, account: Account) -> None:
    factories.make_rollups(factories.make_hook(), delivered=1)
    db.session.query(Account).filter_by(id=account.id).update({"time_zone": "Asia/Riyadh"})
    db.session.commit()
    local = datetime.now(UTC) + timedelta(hours=3)
    begins = {0: "12 ص", 6: "6 ص", 12: "12 م", 18: "6 م"}[local.hour // 6 * 6]
    rows = re.findall(r'<th scope="row">([^<]+)</th>', staff.get("/?period=week").text)
    assert rows[-1].endswith(f"، {begins}")


def test_figures_of_one_hook_are_its_own(app: Flask, account: Account) -> None:
    mine, other = factories.make_hook(), factories.make_hook()
    factories.make_rollups(mine, now(), 3, [40], {EXPIRED: 2})
    factories.make_rollups(other, now(), 100, [4000], {("http_500", "api.x.sa"): 50})
    bars = rollups.read_bars(account.id, Period.DAY, now(), UTC, mine.id)
    assert [bar.sums.delivered for bar in bars if bar.sums.total] == [3]
    found = rollups.read_causes(account.id, ago(days=1), now(), mine.id)
    assert [(cause.code, cause.failed) for cause in found] == [("tls_expired", 2)]
    factories.make_account("مكتبة الوادي", "wadi")
    assert rollups.read_causes("acc_other", ago(days=1), now(), mine.id) == []
