"""Giving the password once more before what could do harm."""

from datetime import timedelta

from portal.extensions import db
from portal.models import SignInSession, now
from portal.web import access
from tests import factories
from tests.clients import Browser
from tests.web.html import read

PATH = "/confirm"
LONG_AGO = timedelta(hours=1)


def forget_password() -> None:
    """Let every session's last proof be of long ago."""
    db.session.query(SignInSession).update({"confirmed_at": now() - LONG_AGO})
    db.session.commit()


def test_the_right_password_leads_back_to_where_one_was(admin: Browser) -> None:
    forget_password()
    page = read(admin.get(f"{PATH}?next=/deliveries?q=x").text)
    assert "/deliveries?q=x" in [field["value"] for field in page.all("input", name="next")]
    fields = {"password": factories.PASSWORD, "next": "/deliveries?q=x"}
    answer = admin.submit(PATH, fields)
    assert (answer.status_code, answer.location) == (303, "/deliveries?q=x")
    row = db.session.query(SignInSession).one()
    assert now() - row.confirmed_at < access.CONFIRMED_FOR


def test_a_wrong_password_proves_nothing(admin: Browser) -> None:
    forget_password()
    answer = admin.submit(PATH, {"password": "wrong"})
    assert answer.status_code == 422
    assert "كلمة المرور غير صحيحة." in read(answer.text).text
    assert now() - db.session.query(SignInSession).one().confirmed_at > access.CONFIRMED_FOR


def test_guessing_is_held_up_as_at_the_door(admin: Browser) -> None:
    statuses = [admin.submit(PATH, {"password": "wrong"}).status_code for _ in range(11)]
    assert statuses == [422] * 10 + [429]


def test_nobody_is_led_to_another_place(admin: Browser) -> None:
    for target in ("//evil.example", "https://evil.example", "/\\evil.example"):
        answer = admin.submit(PATH, {"password": factories.PASSWORD, "next": target})
        assert answer.location == "/"
