"""A forgotten password: asked for in the same words for everybody, replaced through a link."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask

from portal.domain.audit import Action
from portal.domain.problems import Conflict
from portal.domain.states import Role
from portal.domain.tokens import hash_of
from portal.extensions import bind_settings, db
from portal.models import (
    Account,
    AuditEntry,
    Membership,
    PasswordLink,
    PasswordRequest,
    Person,
    SignInFailure,
    now,
)
from portal.pipeline.password_mails import send_links
from portal.pipeline.passwords import make_operators_link
from portal.pipeline.throttle import FAILURES_PER_PERSON
from portal.settings import Settings
from tests import factories
from tests.clients import Browser
from tests.smtp import MailServer
from tests.web.html import read

EMAIL, NEW = "sara@nour.example", "كلمة مرور جديدة 2027"


@pytest.fixture
def mail_server(app: Flask, environ: dict[str, str]) -> Iterator[MailServer]:
    """A mail server, which the portal knows."""
    server = MailServer()
    url = f"smtp://127.0.0.1:{server.port}"
    bind_settings(app, Settings.from_env(environ | {"PORTAL_SMTP_URL": url}).with_keys())
    yield server
    server.close()


@pytest.fixture
def sara(account: Account) -> Person:
    return factories.make_person(EMAIL, Role.STAFF, account)


def link_in(text: str) -> str:
    """The path of the link in a mail or a page."""
    found = re.search(r"/password/[\w-]+", text)
    assert found
    return found[0]


def link_of(person: Person) -> str:
    return link_in(make_operators_link(person.email))


def make(browser: Browser, person: Person) -> tuple[int, str]:
    answer = browser.submit(f"/settings/people/{person.id}/password-link", page="/profile")
    return answer.status_code, answer.text


def test_without_a_mail_server_one_is_sent_to_an_admin(client: Browser, sara: Person) -> None:
    assert "/forgot" in read(client.get("/login").text).links()
    page = read(client.get("/forgot").text)
    assert "اطلب من مدير النظام" in page.text
    assert not page.all("input", name="email")


def test_whoever_asks_gets_the_same_answer_and_who_is_known_a_mail(
    client: Browser, sara: Person, mail_server: MailServer
) -> None:
    pages = {client.submit("/forgot", {"email": one}).text for one in (EMAIL, "no@nour.example")}
    assert len({re.sub(r'(?:value|content)="[^"]{40,}"', "", page) for page in pages}) == 1
    # Nothing is looked up while anybody waits.
    assert db.session.query(PasswordLink).count() == 0
    assert db.session.query(PasswordRequest).count() == 2
    db.session.rollback()
    assert send_links() == 1
    (mail,) = mail_server.mails
    assert mail.to == EMAIL
    assert client.get(link_in(mail.part("plain"))).status_code == 200
    assert db.session.query(PasswordRequest).count() == 0
    kept = db.session.query(PasswordLink).one()
    assert kept.token_hash == hash_of(link_in(mail.part("plain")).rpartition("/")[2])
    db.session.rollback()
    assert send_links() == 0


def test_neither_who_was_switched_off_nor_who_has_no_password_gets_a_mail(
    client: Browser, sara: Person, mail_server: MailServer
) -> None:
    other = factories.make_person("omar@nour.example")
    sara.disabled_at, other.password_hash = now(), ""
    db.session.commit()
    for email in (EMAIL, "omar@nour.example"):
        client.submit("/forgot", {"email": email})
    assert send_links() == 0
    assert mail_server.mails == []
    assert db.session.query(PasswordRequest).count() == 0


def test_a_mail_server_that_is_away_is_tried_again(
    client: Browser, sara: Person, mail_server: MailServer
) -> None:
    client.submit("/forgot", {"email": EMAIL})
    mail_server.refused.add(EMAIL)
    assert send_links() == 0
    mail_server.refused.clear()
    assert send_links() == 0
    db.session.query(PasswordRequest).update({"due_at": now() - timedelta(seconds=1)})
    db.session.commit()
    assert send_links() == 1
    assert db.session.query(PasswordLink).count() == 1


def test_nobodys_mail_box_is_filled(client: Browser, mail_server: MailServer) -> None:
    answers = [client.submit("/forgot", {"email": "no@nour.example"}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert int(answers[-1].headers["Retry-After"]) > 0


@pytest.mark.parametrize("odd", ["", "a\0@b.example", "x" * 5000, "س@ص.example", "' OR 1=1 --"])
def test_odd_addresses_are_answered_likewise(
    client: Browser, mail_server: MailServer, odd: str
) -> None:
    assert client.submit("/forgot", {"email": odd}).status_code == 200
    assert send_links() == 0


def test_whoever_guessed_too_often_is_let_in_with_the_password_of_a_link(
    client: Browser, sara: Person
) -> None:
    for _ in range(FAILURES_PER_PERSON):
        client.submit("/login", {"email": EMAIL, "password": "wrong"})
    mine = {"email": EMAIL, "password": factories.PASSWORD}
    assert client.submit("/login", mine).status_code == 429
    assert client.submit(link_of(sara), {"password": NEW}).status_code == 303
    assert client.submit("/login", {"email": EMAIL, "password": NEW}).status_code == 303
    # What was guessed from that network is still counted for it.
    keys = [row.key for row in db.session.query(SignInFailure)]
    assert set(keys) == {"peer:127.0.0.1"}
    assert len(keys) == FAILURES_PER_PERSON


def test_a_link_leads_to_another_password_once_and_signs_everybody_out(
    client: Browser, sara: Person, staff: Browser, account: Account
) -> None:
    person = db.session.query(Person).filter_by(email="staff@nour.example").one()
    older, path = link_of(person), link_of(person)
    assert client.get(older).location == "/forgot"
    assert "منتهي الصلاحية" in client.get("/forgot").text
    page = client.get(path)
    assert page.status_code == 200
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"
    short = client.submit(path, {"password": "short"})
    assert (short.status_code, short.headers["Referrer-Policy"]) == (422, "no-referrer")
    answer = client.submit(path, {"password": NEW})
    assert (answer.status_code, answer.location) == (303, "/login")
    assert client.get("/").status_code == 303
    assert staff.get("/").status_code == 303
    again = client.get(path)
    assert again.status_code == 303
    fields = {"email": "staff@nour.example", "password": NEW}
    assert client.submit("/login", fields).location == "/"
    db.session.rollback()
    actions = [row.action for row in db.session.query(AuditEntry)]
    assert actions.count(Action.PASSWORD_LINK_MADE) == 2
    assert actions.count(Action.PASSWORD_RESET) == 1
    assert path.rpartition("/")[2] not in str([row.after for row in db.session.query(AuditEntry)])


def test_a_link_works_for_an_hour(client: Browser, sara: Person) -> None:
    path = link_of(sara)
    left = db.session.query(PasswordLink).one().expires_at - now()
    assert timedelta(minutes=59) < left <= timedelta(hours=1)
    db.session.query(PasswordLink).update({"expires_at": now()})
    db.session.commit()
    assert client.get(path).status_code == 303
    assert client.get("/password/made-up").status_code == 303


def test_a_link_of_somebody_who_was_switched_off_since_leads_nowhere(
    client: Browser, sara: Person
) -> None:
    path = link_of(sara)
    db.session.get_one(Person, sara.id).disabled_at = now()
    db.session.commit()
    assert client.get(path).status_code == 303


def test_another_password_ends_the_links_that_were_made_before(
    client: Browser, staff: Browser
) -> None:
    person = db.session.query(Person).filter_by(email="staff@nour.example").one()
    path = link_of(person)
    staff.submit("/profile/password", {"old": factories.PASSWORD, "new": NEW}, page="/profile")
    assert client.get(path).status_code == 303


def test_an_admin_makes_a_link_which_is_shown_once(
    admin: Browser, client: Browser, sara: Person
) -> None:
    status, page = make(admin, sara)
    assert status == 200
    assert client.get(link_in(page)).status_code == 200
    entry = db.session.query(AuditEntry).order_by(AuditEntry.id.desc()).first()
    assert entry
    assert (entry.action, entry.target) == (Action.PASSWORD_LINK_MADE, EMAIL)


def test_the_link_names_the_portal_whatever_the_host_header_says(
    admin: Browser, sara: Person, app: Flask
) -> None:
    assert app.extensions["tests.base_url"] in make(admin, sara)[1]
    assert app.extensions["tests.base_url"] in make_operators_link(EMAIL)


def test_for_somebody_with_rights_elsewhere_the_command_is_named_too(
    admin: Browser, sara: Person
) -> None:
    on_the_platform(sara)
    db.session.commit()
    status, page = make(admin, sara)
    assert (status, "إنشاء الرابط بالأمر" in page) == (409, True)
    assert '<bdi class="ltr" dir="ltr">users password-link</bdi>' in page
    sara.platform_role, sara.disabled_at = None, now()
    db.session.commit()
    assert "users password-link" not in make(admin, sara)[1]


def also_elsewhere(person: Person) -> None:
    other = factories.make_account("مكتبة الوادي", "wadi")
    db.session.add(Membership(person_id=person.id, account_id=other.id, role="support"))


def on_the_platform(person: Person) -> None:
    person.platform_role = "support"


def switched_off(person: Person) -> None:
    person.disabled_at = now()


@pytest.mark.parametrize("change", [also_elsewhere, on_the_platform, switched_off])
def test_an_admin_takes_nobody_over_who_is_more_than_theirs(
    admin: Browser, sara: Person, change: Callable[[Person], None]
) -> None:
    change(db.session.get_one(Person, sara.id))
    db.session.commit()
    status, page = make(admin, sara)
    assert status == 409
    assert "/password/" not in page
    assert db.session.query(PasswordLink).count() == 0


def test_only_an_admin_of_the_account_makes_links(
    staff: Browser, outsider: Browser, sara: Person
) -> None:
    assert make(staff, sara)[0] == 403
    assert make(outsider, sara)[0] == 404


def test_a_link_asks_the_admin_who_they_are(admin: Browser, sara: Person) -> None:
    db.session.execute(db.text("UPDATE sessions SET confirmed_at = NULL"))
    db.session.commit()
    assert make(admin, sara)[0] == 303


def test_the_command_line_says_whom_it_does_not_know(app: Flask, sara: Person) -> None:
    run = app.test_cli_runner().invoke
    done = run(args=["users", "password-link", EMAIL.upper()])
    assert done.exit_code == 0, done.output
    assert done.output.strip().splitlines()[-1].startswith(app.extensions["tests.base_url"])
    failed = run(args=["users", "password-link", "no@nour.example"])
    assert failed.exit_code == 1
    assert "Nobody has this e-mail address." in failed.output
    with pytest.raises(Conflict):
        make_operators_link("no@nour.example")
