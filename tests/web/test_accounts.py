"""الحسابات: going from one to another, and what the portal's own people may do."""

import pytest
from flask import Flask

from portal.domain.members import PlatformRole
from portal.domain.states import Role
from portal.extensions import db
from portal.models import Account, AuditEntry, Hook, Person
from portal.pipeline.sign_in import open_session
from tests import factories
from tests.clients import Browser, csrf_token
from tests.web.html import HTMX, read

PATH = "/accounts"


@pytest.fixture
def helper(app: Flask, account: Account, admin: Browser) -> Browser:
    """The browser of somebody of the platform's support, who belongs to no other account."""
    return _beyond(app, PlatformRole.SUPPORT, "help@own.example")


@pytest.fixture
def operator(app: Flask, account: Account, admin: Browser) -> Browser:
    """The browser of whoever runs the portal."""
    return _beyond(app, PlatformRole.OPERATOR, "run@own.example")


def _beyond(app: Flask, role: PlatformRole, email: str) -> Browser:
    home = factories.make_account("المنصة", "own")
    person = factories.make_person(email, account=home, role=Role.STAFF)
    db.session.query(Person).filter_by(id=person.id).update({"platform_role": role})
    db.session.commit()
    browser = app.test_client()
    browser.bear(open_session(person.id, home.id, "127.0.0.1", "tests"))
    return browser


def test_somebody_of_two_accounts_goes_from_one_to_the_other(
    admin: Browser, account: Account, other_account: Account
) -> None:
    factories.make_person("admin@nour.example", account=other_account, role=Role.SUPPORT)
    page = read(admin.get(PATH).text)
    for part in ("متجر النور", "مكتبة الوادي", "أنت هنا"):
        assert part in page.text
    assert admin.submit(f"{PATH}/{other_account.id}/enter", page=PATH).location == "/"
    assert "مكتبة الوادي" in admin.get("/").text
    assert admin.get("/settings/webhooks/new").status_code == 403
    admin.submit(f"{PATH}/{account.id}/enter", page=PATH)
    assert admin.get("/settings/webhooks/new").status_code == 200
    # A member who comes and goes is no visitor.
    assert factories.acts() == []


def test_a_form_that_was_opened_in_another_account_is_not_taken(
    admin: Browser, account: Account, other_account: Account
) -> None:
    factories.make_person("admin@nour.example", account=other_account, role=Role.ADMIN)
    path = "/settings/webhooks/new"
    token = csrf_token(admin.get(path).text)
    admin.submit(f"{PATH}/{other_account.id}/enter", page=PATH)
    fields = {"name": "طلبات", "url": "http://127.0.0.1:9/", "event_types": "message.received"}
    for headers in ({}, {**HTMX, "X-CSRFToken": token}):
        answer = admin.post(path, data={"csrf_token": token, **fields}, headers=headers)
        assert answer.status_code == 400
        assert "فُتح حساب آخر" in answer.text
    assert db.session.query(Hook).count() == 0
    assert admin.submit(path, {**fields, "policy": "simple"}).status_code == 303


def test_nobody_enters_an_account_that_is_not_theirs(
    staff: Browser, other_account: Account
) -> None:
    for unknown in (other_account.id, "acc_nothing"):
        answer = staff.submit(f"{PATH}/{unknown}/enter", page=PATH)
        assert answer.status_code == 404
    assert "مكتبة الوادي" not in staff.get(PATH).text
    assert "كل حسابات المنصة" not in staff.get(f"{PATH}?q=wadi").text


def test_the_platforms_support_finds_any_account_and_reads_its_log(
    helper: Browser, account: Account, other_account: Account
) -> None:
    event = factories.make_event()
    delivery = factories.make_delivery(factories.make_hook(account=account), event)
    assert helper.get(f"/deliveries/{delivery.id}").status_code == 404
    found = helper.get(f"{PATH}?q=متجرُ النّور", headers=HTMX)
    assert ("متجر النور" in found.text, "مكتبة الوادي" in found.text) == (True, False)
    assert "لا حسابات بهذا الاسم." in helper.get(f"{PATH}?q=zzz").text
    helper.submit(f"{PATH}/{account.id}/enter", page=PATH)
    assert helper.get(f"/deliveries/{delivery.id}").status_code == 200
    home = helper.get("/").text
    assert "أنت في حساب" in home
    for path in ("/settings/webhooks/new", "/settings/people", "/accounts/new", "/accounts/staff"):
        assert helper.get(path).status_code == 403, path
    entry = db.session.query(AuditEntry).filter(AuditEntry.action.startswith("account.")).one()
    assert (entry.action, entry.account_id) == ("account.entered", account.id)
    assert entry.actor == "help@own.example"


def test_visitors_are_told_what_they_may_change_by_what_they_are(
    helper: Browser, operator: Browser, account: Account
) -> None:
    edit = f"{PATH}/{account.id}/edit"
    for browser, said, status in (
        (helper, "من فريق دعم المنصة: ترى سجلاته وتعيد الإرسال، ولا تغيّر إعداداته.", 403),
        (
            operator,
            "بصفة مشغّل المنصة: ترى سجلاته وتعيد الإرسال، ولا تغيّر من إعداداته إلا اسمه",
            200,
        ),
    ):
        browser.submit(f"{PATH}/{account.id}/enter", page=PATH)
        assert said in read(browser.get("/").text).text
        assert browser.get(edit).status_code == status


def test_accounts_are_paged(helper: Browser, app: Flask) -> None:
    for number in range(60):
        factories.make_account(f"حساب {number}", f"many{number}")
    first = read(helper.get(f"{PATH}?q=many").text)
    older = next(link["href"] for link in first.all("a") if link.get("id") == "older")
    assert "many0" in helper.get(older).text


def test_whoever_runs_the_portal_opens_and_names_accounts(
    operator: Browser, account: Account
) -> None:
    fields = {"name": "شركة ورد", "slug": "ward", "time_zone": "Africa/Cairo"}
    answer = operator.submit(f"{PATH}/new", fields)
    made = db.session.query(Account).filter_by(slug="ward").one()
    assert answer.location == f"{PATH}/{made.id}/edit"
    assert (made.name, made.time_zone) == ("شركة ورد", "Africa/Cairo")
    refused = operator.submit(
        f"{PATH}/new", {"name": " ", "slug": "ward", "time_zone": "Mars/Base"}, headers=HTMX
    )
    assert refused.status_code == 422
    for field in ("name", "time_zone"):
        assert f'id="{field}-error"' in refused.text
    taken = operator.submit(f"{PATH}/new", fields)
    assert 'id="slug-error"' in taken.text
    edited = {"name": "ورد", "time_zone": "Asia/Riyadh"}
    operator.submit(f"{PATH}/{made.id}/edit", edited)
    assert "ورد" in operator.get(f"{PATH}?q=ورد").text
    actions = [entry.action for entry in factories.acts()]
    assert actions == ["account.created", "account.edited"]


def test_whoever_opens_an_account_invites_its_first_admin(
    operator: Browser, admin: Browser, client: Browser
) -> None:
    fields = {"name": "فرع جدة", "slug": "jeddah", "time_zone": "Asia/Riyadh"}
    edit = operator.submit(f"{PATH}/new", fields).location
    assert "دعوة مدير للحساب" in read(operator.get(edit).text).text
    invite = edit.replace("/edit", "/invite")
    wrong = operator.submit(invite, {"email": "nobody"}, page=edit)
    assert (wrong.status_code, 'id="email-error"' in wrong.text) == (422, True)
    shown = operator.submit(invite, {"email": "first@nour.example"}, page=edit)
    link = "/invitations/" + shown.text.partition("/invitations/")[2].partition("<")[0]
    joined = client.submit(link, {"email": "first@nour.example", "password": factories.PASSWORD})
    assert joined.location == "/"
    assert "فرع جدة" in client.get("/").text
    assert client.get("/settings/people").status_code == 200
    (entry,) = [one for one in factories.acts() if one.action == "person.invited"]
    assert entry.actor == "run@own.example"
    assert admin.submit(invite, {}, page=PATH).status_code == 403


def test_a_slug_is_asked_for_in_the_words_that_refuse_it(operator: Browser) -> None:
    words = "أحرف إنجليزية صغيرة وأرقام وشرطات، ويبدأ بحرف أو رقم"
    fields = {"name": "ورد", "slug": "", "time_zone": "Asia/Riyadh"}
    refused = read(operator.submit(f"{PATH}/new", fields).text).text
    # Beside the field and as the hint below it.
    assert refused.count(words) == 2


def test_an_admin_names_their_own_account_alone(
    admin: Browser, staff: Browser, account: Account, other_account: Account
) -> None:
    path = f"{PATH}/{account.id}/edit"
    assert admin.submit(path, {"name": "النور", "time_zone": "Asia/Dubai"}).location == PATH
    db.session.expire_all()
    assert (account.name, account.time_zone) == ("النور", "Asia/Dubai")
    assert admin.get(f"{PATH}/{other_account.id}/edit").status_code == 404
    assert staff.get(path).status_code == 403


def test_the_team_of_the_portal_is_seen_to_by_whoever_runs_it(
    operator: Browser, staff: Browser, outsider: Browser
) -> None:
    path = f"{PATH}/staff"
    added = operator.submit(path, {"email": "staff@nour.example", "platform_role": "support"})
    assert added.location == path
    person = db.session.query(Person).filter_by(email="staff@nour.example").one()
    assert person.platform_role == "support"
    assert "staff@nour.example" in operator.get(path).text
    assert operator.submit(path, {"email": "no@body.example"}).status_code == 422
    assert "admin@wadi.example" in operator.get(f"{path}?q=WADI").text
    off = operator.submit(f"{path}/{person.id}/off", {"reason": ""})
    assert off.status_code == 422
    operator.submit(f"{path}/{person.id}/off", {"reason": "جهاز مفقود"})
    assert staff.get("/").location.startswith("/login")
    operator.submit(f"{path}/{person.id}/on", page=path)
    operator.submit(f"{path}/{person.id}/dismiss", page=path)
    db.session.expire_all()
    assert (person.platform_role, person.disabled_at) == (None, None)
    assert outsider.get(path).status_code == 403
