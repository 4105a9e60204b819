"""التنبيهات: what an account was told, on a page, and who has seen it."""

import re
from datetime import timedelta

import pytest

from portal.extensions import db
from portal.models import Account, Notice, now
from tests import factories
from tests.clients import Browser
from tests.web.html import HTMX, read

PATH = "/notices"


def badge(browser: Browser) -> str | None:
    """What the badge in the menu says; None where there is none to be seen."""
    found = re.search(r'id="unseen"([^>]*)><span[^>]*>([^<]*)<', browser.get("/help").text)
    assert found
    return None if "hidden" in found[1] else found[2]


def test_a_notice_says_what_happened_and_what_to_do(staff: Browser, account: Account) -> None:
    hook = factories.make_hook(name="CRM (old)")
    notice = factories.make_notice(hook=hook)
    page = read(staff.get(PATH).text)
    assert "أوقفنا الخطاف «CRM (old)» تلقائيًا" in page.text
    assert "ثم فعّل الخطاف." in page.text
    assert page.one("li", data_id=notice.id)["data-state"] == "unseen"
    assert f"/settings/webhooks/{hook.id}" in page.links()


def test_a_key_that_ends_leads_those_to_its_page_who_may_open_it(
    admin: Browser, support: Browser, account: Account
) -> None:
    data = {"id": "key_1", "name": "ERP", "hint": "x9Qd", "expires_at": "2020-01-02T03:04:05Z"}
    factories.make_notice(kind="api_key.ending", data=data)
    for browser, may in ((admin, True), (support, False)):
        page = read(browser.get(PATH).text)
        assert "انتهى المفتاح «ERP»" in page.text
        assert "••••x9Qd" in page.text
        assert ("/settings/api-keys#key_1" in page.links()) is may


def test_an_account_that_was_told_nothing_reads_when_it_will_be(support: Browser) -> None:
    page = read(support.get(PATH).text)
    assert "لا تنبيهات بعد." in page.text
    assert "/watch" in page.links()
    assert "لا تنبيهات جديدة." in read(support.get(f"{PATH}?state=unseen").text).text


def test_staff_see_a_notice_and_the_page_says_who_did(staff: Browser, account: Account) -> None:
    seen, new = factories.make_notice(), factories.make_notice()
    assert badge(staff) == "2"
    answer = staff.submit(f"{PATH}/{seen.id}/seen", page=PATH)
    assert (answer.status_code, answer.location) == (303, PATH)
    assert badge(staff) == "1"
    page = read(staff.get(PATH).text)
    assert page.one("li", data_id=seen.id)["data-state"] == "seen"
    assert f"اطّلع عليه staff@{account.slug}.example" in page.text
    unseen = read(staff.get(f"{PATH}?state=unseen").text)
    assert [li["data-id"] for li in unseen.all("li") if "data-id" in li] == [new.id]


def test_whoever_saw_it_first_stays_the_one(staff: Browser, admin: Browser) -> None:
    notice = factories.make_notice()
    for browser in (staff, admin):
        browser.submit(f"{PATH}/{notice.id}/seen", page=PATH)
    assert db.session.get_one(Notice, notice.id).seen_by == "staff@nour.example"


def test_htmx_gets_the_row_and_the_badge(staff: Browser, account: Account) -> None:
    notice = factories.make_notice()
    factories.make_notice()
    answer = staff.submit(f"{PATH}/{notice.id}/seen", page=PATH, headers=HTMX)
    page = read(answer.text)
    assert page.one("li", id=notice.id)["data-state"] == "seen"
    assert page.one("span", id="unseen")["hx-swap-oob"] == "true"
    assert "لم يُطَّلع عليها: 1" in page.text


def test_everything_that_was_shown_is_seen_at_once_but_nothing_newer(
    staff: Browser, account: Account, other_account: Account
) -> None:
    notices = [factories.make_notice() for _ in range(3)]
    strange = factories.make_notice(other_account)
    newer = factories.make_notice()
    answer = staff.submit(f"{PATH}/seen", {"upto": notices[-1].id}, page=PATH)
    assert answer.location == PATH
    assert "تم الاطلاع على التنبيهات." in staff.get(PATH).text
    unseen = db.session.query(Notice.id).filter(Notice.seen_at.is_(None)).all()
    assert {one for (one,) in unseen} == {strange.id, newer.id}


def test_support_reads_and_leaves_the_list_to_the_account(
    support: Browser, account: Account
) -> None:
    notice = factories.make_notice()
    page = support.get(PATH).text
    assert "أوقفنا الخطاف" in page
    assert "/seen" not in page
    for path in (f"{PATH}/{notice.id}/seen", f"{PATH}/seen"):
        assert support.submit(path, page="/deliveries").status_code == 403


def test_nothing_of_another_account_is_told(outsider: Browser, account: Account) -> None:
    notice = factories.make_notice()
    assert "أوقفنا الخطاف" not in outsider.get(PATH).text
    assert badge(outsider) is None
    answer = outsider.submit(f"{PATH}/{notice.id}/seen", page="/settings/webhooks/new")
    assert answer.status_code == 404


def test_a_badge_says_no_more_than_a_hundred(staff: Browser, account: Account) -> None:
    for _ in range(101):
        factories.make_notice()
    assert badge(staff) == "99+"


def test_older_notices_are_a_page_away(staff: Browser, account: Account) -> None:
    first = factories.make_notice()
    for _ in range(30):
        factories.make_notice()
    page = read(staff.get(PATH).text)
    assert first.id not in [li.get("data-id") for li in page.all("li")]
    older = page.one("a", id="older")["href"]
    assert first.id in staff.get(older).text


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"mailed_to": ["huda@nour.example"]}, "أُرسل بالبريد إلى huda@nour.example"),
        (
            {"mail_error": "smtp_away", "mail_due_at": now() + timedelta(hours=1)},
            "تعذّر إرسال البريد: لم يُجب خادم البريد. سنعيد المحاولة",
        ),
        ({"mail_error": "smtp_sign_in"}, "نفدت المحاولات، فراجع إعدادات خادم البريد."),
    ],
)
def test_the_page_says_how_its_mail_fared(
    staff: Browser, account: Account, columns: dict[str, object], words: str
) -> None:
    factories.make_notice(**columns)
    assert words in read(staff.get(PATH).text).text


def test_a_hook_that_was_deleted_is_named_without_a_link(staff: Browser, account: Account) -> None:
    hook = factories.make_hook(name="محذوف")
    factories.make_notice(hook=hook)
    staff.submit(f"/settings/webhooks/{hook.id}/delete", {"reason": "طلب العميل"})
    page = read(staff.get(PATH).text)
    assert "«محذوف»" in page.text
    assert f"/settings/webhooks/{hook.id}" not in page.links()


def test_a_name_with_markup_and_direction_marks_stays_a_name(
    staff: Browser, account: Account
) -> None:
    name = "<b>\u202eمتجر"
    factories.make_notice(data={"id": "hok_1", "name": name, "reason": "gone"})
    page = staff.get(PATH).text
    assert "<b>" not in page
    assert "\u202e" not in page
