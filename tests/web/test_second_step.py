"""The second step, as a browser meets it."""

import re
from datetime import timedelta

import pyotp
import pytest
from flask import Flask

from portal.extensions import db
from portal.models import Account, AuditEntry, HalfSignIn, Person, RecoveryCode, SignInSession, now
from portal.pipeline import second_step
from tests import factories
from tests.clients import Browser
from tests.web.html import read

pytestmark = [
    pytest.mark.usefixtures("young_step"),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]

PATH = "/profile/second-step"
EMAIL = "admin@nour.example"


def set_up(browser: Browser) -> tuple[pyotp.TOTP, list[str]]:
    """What an authenticator knows after the set-up, and the recovery codes that were shown."""
    browser.submit(PATH, page=PATH)
    page = browser.get(PATH).text
    secret = re.search(r'id="secret"[^>]*>([^<]+)<', page)
    assert secret
    clock = pyotp.TOTP(secret[1].replace(" ", ""))
    # The code before this one, so that a test may use the present one.
    code = clock.at(second_step.now() - timedelta(seconds=30))
    answer = browser.submit(f"{PATH}/on", {"code": code}, page=PATH)
    assert answer.status_code == 200, answer.text
    return clock, re.findall(r"<li><code[^>]*>([a-z2-7-]{19})</code>", answer.text)


def sign_out(browser: Browser) -> None:
    browser.submit("/logout", page="/")


def give_password(browser: Browser, target: str = "") -> None:
    fields = {"email": EMAIL, "password": factories.PASSWORD, "next": target}
    answer = browser.submit("/login", fields)
    assert answer.location.startswith("/login/code")


def long_ago() -> None:
    """Let every session's last proof be of long ago."""
    db.session.query(SignInSession).update({"confirmed_at": now() - timedelta(hours=1)})
    db.session.commit()


def test_the_set_up_shows_a_picture_and_the_secret_until_the_first_code(admin: Browser) -> None:
    assert 'class="qr"' not in admin.get(PATH).text
    admin.submit(PATH, page=PATH)
    page = admin.get(PATH).text
    assert 'class="qr"' in page
    assert "style=" not in page.partition("<main")[2]
    assert read(admin.get(PATH).text).text == read(page).text
    wrong = admin.submit(f"{PATH}/on", {"code": "12"}, page=PATH)
    assert wrong.status_code == 422
    assert "الرمز غير صحيح" in read(wrong.text).text
    clock, codes = set_up(admin)
    assert len(set(codes)) == 10
    after = admin.get(PATH).text
    assert clock.secret not in after.replace(" ", "")
    assert not [code for code in codes if code in after]
    shown = read(admin.get("/profile").text).text
    assert re.search(r"المصادقة، منذ (لحظات|\d+ (ثانية|ثوانٍ))\. رموز الاسترداد الباقية: 10", shown)


def test_signing_in_takes_two_pages(admin: Browser) -> None:
    clock, _ = set_up(admin)
    sign_out(admin)
    give_password(admin, "/deliveries?state=held")
    for elsewhere in ("/", "/profile", PATH, "/settings/api-keys", "/confirm"):
        assert admin.get(elsewhere).location.startswith("/login"), elsewhere
    page = read(admin.get("/login/code?next=/deliveries?state=held").text)
    assert page.one("input", name="code")["autocomplete"] == "one-time-code"
    fields = {"code": "000000", "next": "/deliveries?state=held"}
    assert admin.submit("/login/code", fields).status_code == 422
    fields["code"] = clock.now()
    answer = admin.submit("/login/code", fields)
    assert (answer.status_code, answer.location) == (303, "/deliveries?state=held")
    assert admin.get("/").status_code == 200
    assert admin.get("/login/code").status_code == 303


def test_the_page_of_the_code_is_nothing_without_the_password(
    admin: Browser, client: Browser
) -> None:
    clock, _ = set_up(admin)
    answer = client.get("/login/code")
    assert answer.location == "/login"
    client.post("/login/code", data={"code": clock.now()})
    assert client.get("/").status_code == 303


def test_after_five_minutes_one_begins_anew(admin: Browser) -> None:
    clock, _ = set_up(admin)
    sign_out(admin)
    give_password(admin)
    left = db.session.query(HalfSignIn).one().expires_at - now()
    assert timedelta(minutes=4) < left <= timedelta(minutes=5)
    db.session.query(HalfSignIn).update({"expires_at": second_step.now()})
    db.session.commit()
    answer = admin.post("/login/code", data={"code": clock.now()})
    assert answer.status_code in (303, 400)
    assert admin.get("/login/code").location == "/login"
    assert "انتهت مهلة الدخول" in admin.get("/login").text


def test_a_recovery_code_lets_in_once(admin: Browser) -> None:
    _, codes = set_up(admin)
    for status in (303, 422):
        sign_out(admin) if status == 303 else None
        give_password(admin)
        assert admin.submit("/login/code", {"code": codes[0]}).status_code == status
        if status == 303:
            sign_out(admin)
    assert db.session.query(RecoveryCode).filter(RecoveryCode.used_at.is_not(None)).count() == 1


def test_guessing_codes_is_held_up_and_says_for_how_long(admin: Browser) -> None:
    set_up(admin)
    sign_out(admin)
    give_password(admin)
    answers = [admin.submit("/login/code", {"code": "000000"}) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [422] * 10 + [429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 900


@pytest.mark.parametrize("address", [PATH, f"{PATH}/on", f"{PATH}/off", f"{PATH}/codes"])
def test_whatever_changes_it_asks_who_one_is(admin: Browser, address: str) -> None:
    set_up(admin)
    long_ago()
    answer = admin.submit(address, page="/profile")
    assert answer.location.startswith("/confirm")


def test_switching_it_off_takes_the_password(admin: Browser) -> None:
    set_up(admin)
    wrong = admin.submit(f"{PATH}/off", {"password": "wrong"}, page=PATH)
    assert wrong.status_code == 422
    assert "كلمة المرور غير صحيحة" in wrong.text
    right = admin.submit(f"{PATH}/off", {"password": factories.PASSWORD}, page=PATH)
    assert right.location == "/profile"
    sign_out(admin)
    assert admin.submit("/login", {"email": EMAIL, "password": factories.PASSWORD}).location == "/"


def test_recovery_codes_can_be_made_anew(admin: Browser) -> None:
    _, old = set_up(admin)
    answer = admin.submit(f"{PATH}/codes", page=PATH)
    new = re.findall(r"<li><code[^>]*>([a-z2-7-]{19})</code>", answer.text)
    assert len(new) == 10
    assert not set(new) & set(old)


def test_without_it_there_are_no_recovery_codes_to_make(admin: Browser) -> None:
    assert admin.submit(f"{PATH}/codes", page=PATH).status_code == 422
    assert admin.submit(f"{PATH}/on", {"code": "123456"}, page=PATH).status_code == 422


def test_the_second_step_also_stands_before_a_password_that_was_reset(
    admin: Browser, account: Account
) -> None:
    set_up(admin)
    person = db.session.query(Person).one()
    link = admin.submit(f"/settings/people/{person.id}/password-link", page="/profile").text
    path = re.search(r"/password/[\w-]+", link)
    assert path
    admin.submit(path[0], {"password": "كلمة مرور أخرى"})
    answer = admin.submit("/login", {"email": EMAIL, "password": "كلمة مرور أخرى"})
    assert answer.location == "/login/code"


def test_who_runs_the_portal_helps_somebody_who_has_lost_everything(
    app: Flask, admin: Browser
) -> None:
    run = app.test_cli_runner().invoke
    assert "has no second step" in run(args=["users", "second-step-off", EMAIL]).output
    set_up(admin)
    done = run(args=["users", "second-step-off", EMAIL.upper()])
    assert done.exit_code == 0, done.output
    assert run(args=["users", "second-step-off", "no@nour.example"]).exit_code == 1
    sign_out(admin)
    assert admin.submit("/login", {"email": EMAIL, "password": factories.PASSWORD}).location == "/"
    last = db.session.query(AuditEntry).filter_by(action="second_step.off").one()
    assert (last.actor, last.target) == ("users second-step-off", EMAIL)
