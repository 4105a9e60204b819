"""المستخدمون والأدوار: inviting, changing, switching off and removing people on their page."""

from datetime import timedelta

import pytest

from portal.domain.states import Role
from portal.extensions import db
from portal.models import Account, Invitation, Membership, Person, SecondStep, SignInSession, now
from tests import factories
from tests.clients import Browser
from tests.web.html import HTMX, read

PATH = "/settings/people"
EMAIL = "omar@nour.example"


@pytest.fixture
def omar(account: Account) -> Person:
    """Somebody else of the account."""
    return factories.make_person(EMAIL, account=account, role=Role.STAFF)


def link_of(answer_text: str) -> str:
    """The path of the invitation that a page shows."""
    return "/invitations/" + answer_text.partition("/invitations/")[2].partition("<")[0]


def test_the_page_lists_everybody_and_what_is_open(admin: Browser, omar: Person) -> None:
    admin.submit(PATH, {"role": "support", "email": "new@nour.example"})
    page = read(admin.get(PATH).text)
    for part in ("admin@nour.example", EMAIL, "هذا أنت", "مدير التكاملات", "new@nour.example"):
        assert part in page.text


def test_the_page_tells_who_signs_in_with_a_second_step(admin: Browser, omar: Person) -> None:
    db.session.add(SecondStep(person_id=omar.id, secret_sealed="…", on_since=now()))
    db.session.commit()
    shown = read(admin.get(PATH).text).text
    own, _, others = shown.partition(EMAIL)
    assert "دون خطوة ثانية" in own
    assert "بخطوة تحقق ثانية" in others


def test_an_invitation_is_shown_once_and_lets_a_newcomer_in(
    admin: Browser, client: Browser
) -> None:
    made = admin.submit(PATH, {"role": "support"})
    assert made.status_code == 200
    link = link_of(made.text)
    assert link not in admin.get(PATH).text
    assert link.rpartition("/")[2] not in db.session.query(Invitation).one().token_hash
    shown = read(client.get(link).text)
    assert "دعوة إلى حساب «متجر النور»" in shown.text
    joined = client.submit(link, {"email": EMAIL, "password": factories.PASSWORD})
    assert (joined.status_code, joined.location) == (303, "/")
    home = read(client.get("/").text).text
    assert "موظف الدعم" in home
    assert "أُنشئ حسابك. ابدأ بسجل التسليم" in home
    assert client.application.test_client().get(link).status_code == 404


def test_what_is_wrong_stands_beside_its_field(admin: Browser, client: Browser) -> None:
    for fields, field in (({"email": "x"}, "email"), ({"role": "king"}, "role")):
        refused = admin.submit(PATH, fields, headers=HTMX)
        assert (refused.status_code, f'id="{field}-error"' in refused.text) == (422, True)
    link = link_of(admin.submit(PATH, {"role": "staff", "email": EMAIL}).text)
    refused = client.submit(link, {"password": "short"})
    assert (refused.status_code, 'id="password-error"' in refused.text) == (422, True)
    assert EMAIL in refused.text


def test_somebody_who_is_signed_in_elsewhere_joins(admin: Browser, outsider: Browser) -> None:
    link = link_of(admin.submit(PATH, {"role": "support"}).text)
    assert "admin@wadi.example" in outsider.get(link).text
    assert outsider.submit(link).location == "/"
    assert "متجر النور" in outsider.get("/").text
    # Once more, and the link is spent.
    assert outsider.get(link).status_code == 404


@pytest.mark.parametrize("bound", [{}, {"email": "admin@wadi.example"}], ids=["open", "bound"])
def test_somebody_who_is_known_is_told_to_sign_in_and_come_back(
    admin: Browser, outsider: Browser, client: Browser, bound: dict[str, str]
) -> None:
    link = link_of(admin.submit(PATH, {"role": "support", **bound}).text)
    fields = {"email": "admin@wadi.example", "password": factories.PASSWORD}
    refused = client.submit(link, fields)
    assert refused.status_code == 422
    text = read(refused.text).text
    assert "سجّل الدخول به ثم افتح رابط الدعوة من جديد" in text
    assert "أدخل بريدًا آخر" not in text


def test_a_withdrawn_invitation_says_so_to_whoever_follows_it(
    admin: Browser, client: Browser
) -> None:
    link = link_of(admin.submit(PATH, {"role": "support"}).text)
    row = db.session.query(Invitation).one()
    gone = admin.submit(f"{PATH}/invitations/{row.id}/withdraw", page=PATH)
    assert gone.status_code == 303
    answer = client.get(link)
    assert (answer.status_code, "لا تعمل هذه الدعوة" in answer.text) == (404, True)


def test_a_role_changes_at_once_for_who_is_signed_in(admin: Browser, staff: Browser) -> None:
    person = db.session.query(Person).filter(Person.email.startswith("staff@")).one()
    assert staff.get("/settings/webhooks/new").status_code == 200
    admin.submit(f"{PATH}/{person.id}/role", {"role": "support"}, page=PATH)
    assert staff.get("/settings/webhooks/new").status_code == 403
    admin.submit(f"{PATH}/{person.id}/role", {"role": "king"}, page=PATH)
    assert (
        db.session.get(Membership, (person.id, person.memberships[0].account_id)).role == "support"
    )


def test_off_somebody_is_out_with_their_next_request(admin: Browser, staff: Browser) -> None:
    person = db.session.query(Person).filter(Person.email.startswith("staff@")).one()
    path = f"{PATH}/{person.id}/off"
    assert "هل تريد إيقاف" in admin.get(path, headers=HTMX).text
    refused = admin.submit(path, {"reason": " "}, headers=HTMX)
    assert (refused.status_code, 'id="reason-error"' in refused.text) == (422, True)
    assert staff.get("/").status_code == 200
    assert admin.submit(path, {"reason": "ترك العمل"}).location == PATH
    assert staff.get("/").location.startswith("/login")
    assert staff.get("/deliveries", headers=HTMX).status_code == 401
    again = staff.submit("/login", {"email": person.email, "password": factories.PASSWORD})
    assert again.status_code == 422
    assert factories.acts()[0].reason == "ترك العمل"
    admin.submit(f"{PATH}/{person.id}/on", page=PATH)
    again = staff.submit("/login", {"email": person.email, "password": factories.PASSWORD})
    assert again.location == "/"


def test_somebody_is_removed_with_a_reason(admin: Browser, omar: Person) -> None:
    path = f"{PATH}/{omar.id}/remove"
    assert admin.submit(path, {"reason": "انتهى العقد"}).location == PATH
    assert EMAIL not in admin.get(PATH).text
    assert admin.get(path).status_code == 404


def test_the_last_admin_is_told_why_they_stay(admin: Browser) -> None:
    me = db.session.query(Person).one()
    admin.submit(f"{PATH}/{me.id}/role", {"role": "staff"}, page=PATH)
    assert "هذا آخر مدير للحساب." in admin.get(PATH).text
    admin.submit(f"{PATH}/{me.id}/remove", {"reason": "تجربة"})
    assert "هذا آخر مدير للحساب." in admin.get(PATH).text


def test_people_are_changed_only_after_a_fresh_proof(admin: Browser, omar: Person) -> None:
    db.session.query(SignInSession).update({"confirmed_at": now() - timedelta(hours=1)})
    db.session.commit()
    path = f"{PATH}/{omar.id}/role"
    for act in (path, PATH, f"{PATH}/{omar.id}/on"):
        answer = admin.submit(act, {"role": "admin"}, page=PATH)
        assert answer.location.startswith("/confirm"), act
    member = db.session.query(Membership).filter_by(person_id=omar.id).one()
    assert member.role == "staff"


def test_nobody_else_sees_or_changes_people(
    staff: Browser, support: Browser, outsider: Browser, omar: Person
) -> None:
    for browser in (staff, support):
        assert browser.get(PATH).status_code == 403
        assert browser.submit(f"{PATH}/{omar.id}/on", page="/").status_code == 403
    assert outsider.submit(f"{PATH}/{omar.id}/on", page=PATH).status_code == 404
    assert outsider.get(f"{PATH}/{omar.id}/remove").status_code == 404
