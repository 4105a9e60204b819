"""Notices by mail: to the admins, once each, whatever the mail server does in between."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import argon2
import pytest
from flask import Flask

from portal.domain.notices import MAIL_DELAYS, NoticeKind
from portal.extensions import bind_settings, db
from portal.models import Account, Notice, now
from portal.pipeline import people
from portal.pipeline.mails import send_due
from portal.pipeline.notices import notify
from portal.pipeline.transactions import writing
from portal.settings import Settings
from tests import factories
from tests.authority import Authority
from tests.pipeline.racing import at_once
from tests.smtp import MailServer
from tests.waiting import until

USE = Callable[..., None]
GONE = {"id": "hok_1", "name": "CRM (old)", "reason": "gone"}


@pytest.fixture(autouse=True)
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash passwords at the least cost: nobody signs in here."""
    monkeypatch.setattr(people, "passwords", argon2.PasswordHasher(1, 8, 1))


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    server = MailServer()
    yield server
    server.close()


@pytest.fixture
def use(app: Flask, environ: dict[str, str]) -> USE:
    """Gives the portal a mail server: ``use(url)``."""

    def have(url: str, **more: str) -> None:
        settings = environ | {"PORTAL_SMTP_URL": url, **more}
        bind_settings(app, Settings.from_env(settings).with_keys())

    return have


@pytest.fixture
def account(app: Flask) -> Account:
    """An account with two admins, and others who are not to be told."""
    account = factories.make_account()
    factories.make_person("huda@nour.example", role="admin", account=account)
    factories.make_person("salem@nour.example", role="admin", account=account)
    factories.make_person("staff@nour.example", role="staff", account=account)
    elsewhere = factories.make_account("مكتبة الوادي", "wadi")
    factories.make_person("other@wadi.example", role="admin", account=elsewhere)
    return account


def make_notice(account: Account) -> str:
    with writing() as session:
        notify(session, account.id, NoticeKind.HOOK_DISABLED, GONE)
    return db.session.query(Notice.id).order_by(Notice.id.desc()).first()[0]


def let_time_pass() -> None:
    db.session.rollback()
    due = db.session.query(Notice).filter(Notice.mail_due_at.is_not(None))
    due.update({"mail_due_at": now() - timedelta(seconds=1)})
    db.session.commit()


def only_notice() -> Notice:
    db.session.rollback()
    return db.session.query(Notice).one()


def address(server: MailServer, user: str = "") -> str:
    return f"smtp://{user}127.0.0.1:{server.port}"


def test_every_admin_of_the_account_gets_it_once_and_nobody_else(
    account: Account, use: USE, mail_server: MailServer
) -> None:
    use(address(mail_server), PORTAL_MAIL_FROM="hooks@nour.example")
    notice_id = make_notice(account)
    assert (send_due(), send_due()) == (2, 0)
    to = [mail.to for mail in mail_server.mails]
    assert to == ["huda@nour.example", "salem@nour.example"]
    mail = mail_server.mails[0]
    assert mail.message["From"] == "hooks@nour.example"
    assert mail.message["Message-ID"] == f"<{notice_id}@nour.example>"
    assert mail.message["Date"]
    assert "أوقفنا الخطاف" in mail.message["Subject"]
    assert 'lang="ar" dir="rtl"' in mail.part("html")
    assert "/notices" in mail.part("plain")
    notice = only_notice()
    assert (notice.mailed_to, notice.mail_due_at, notice.mail_error) == (to, None, None)
    assert notice.mailed_at is not None


def test_without_a_mail_server_nothing_is_owed_to_one(account: Account) -> None:
    make_notice(account)
    assert send_due() == 0
    assert only_notice().mail_due_at is None


def test_it_waits_for_a_server_that_is_away(
    account: Account, use: USE, mail_server: MailServer
) -> None:
    url = address(mail_server)
    use(url)
    mail_server.close()
    make_notice(account)
    assert send_due() == 0
    notice = only_notice()
    assert (notice.mail_error, notice.mail_attempts) == ("smtp_away", 1)
    assert notice.mail_due_at is not None
    assert notice.mail_due_at > now()
    back = MailServer(port=mail_server.port)
    try:
        assert send_due() == 0
        let_time_pass()
        assert send_due() == 2
    finally:
        back.close()
    assert (only_notice().mail_error, only_notice().mail_due_at) == (None, None)


def test_it_is_given_up_after_days_and_the_notice_says_why(
    account: Account, use: USE, mail_server: MailServer
) -> None:
    use(address(mail_server))
    mail_server.close()
    make_notice(account)
    for _ in range(len(MAIL_DELAYS) + 1):
        send_due()
        let_time_pass()
    notice = only_notice()
    assert (notice.mail_error, notice.mail_due_at) == ("smtp_away", None)
    assert notice.mail_attempts == len(MAIL_DELAYS) + 1


def test_whoever_has_it_does_not_get_it_again_with_the_others(
    account: Account, use: USE, mail_server: MailServer
) -> None:
    use(address(mail_server))
    mail_server.refused = {"huda@nour.example"}
    make_notice(account)
    assert send_due() == 1
    notice = only_notice()
    assert (notice.mailed_to, notice.mail_error) == (["salem@nour.example"], "smtp_refused")
    mail_server.refused = set()
    let_time_pass()
    assert send_due() == 1
    assert [mail.to for mail in mail_server.mails] == ["salem@nour.example", "huda@nour.example"]


def test_of_two_tickers_one_sends(
    app: Flask, account: Account, use: USE, mail_server: MailServer
) -> None:
    use(address(mail_server))
    for _ in range(5):
        make_notice(account)
    at_once(app, *[send_due] * 3)
    sent = [(mail.to, mail.message["Message-ID"]) for mail in mail_server.mails]
    assert len(sent) == len(set(sent)) == 10


def test_a_round_that_is_to_end_gives_back_what_it_has_not_sent(
    account: Account, use: USE, mail_server: MailServer
) -> None:
    use(address(mail_server))
    make_notice(account)
    assert send_due(should_stop=lambda: True) == 0
    assert send_due() == 2


def test_it_signs_in_after_starttls(account: Account, use: USE, tmp_path: Path) -> None:
    tls = Authority(tmp_path).context("127.0.0.1", own=True)
    server = MailServer(tls=tls, logins={"portal@nour.example": "p:w/d"})
    try:
        use(address(server, "portal%40nour.example:p%3Aw%2Fd@"))
        make_notice(account)
        assert send_due() == 2
        assert {(mail.is_encrypted, mail.user) for mail in server.mails} == {
            (True, "portal@nour.example")
        }
    finally:
        server.close()


def test_a_wrong_password_is_told_apart(account: Account, use: USE) -> None:
    server = MailServer(logins={"portal": "right"})
    try:
        use(address(server, "portal:wrong@"))
        make_notice(account)
        assert send_due() == 0
    finally:
        server.close()
    assert only_notice().mail_error == "smtp_sign_in"


def test_an_account_without_admins_has_nobody_to_be_told(
    app: Flask, use: USE, mail_server: MailServer
) -> None:
    use(address(mail_server))
    make_notice(factories.make_account("بلا مدير", "nobody"))
    assert send_due() == 0
    assert only_notice().mail_due_at is None
    assert mail_server.mails == []


def test_a_server_that_speaks_tls_from_the_start_is_spoken_to_so(
    account: Account, use: USE, mail_server: MailServer
) -> None:
    use(f"smtps://127.0.0.1:{mail_server.port}")
    make_notice(account)
    assert send_due() == 0
    assert only_notice().mail_error == "smtp_tls"
    assert until(lambda: mail_server.mails == [])
