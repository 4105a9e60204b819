"""Giving the password once more before what could do harm."""

from datetime import timedelta

import pytest
from flask import Flask

from portal.extensions import bind_settings, db, vault
from portal.models import (
    Account,
    ApiKey,
    PayloadMask,
    Person,
    SecondStep,
    SignInFailure,
    SignInSession,
    now,
)
from portal.settings import Settings
from portal.web import access
from tests import factories
from tests.clients import Browser
from tests.web.html import HTMX, read

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PATH = "/confirm"
STEP = "/profile/second-step"
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


def test_no_key_is_made_and_no_field_shown_again_without_a_fresh_proof(
    admin: Browser, account: Account
) -> None:
    mask = factories.make_mask(account=account)
    keys, masks = "/settings/api-keys", f"/settings/masks/{mask.id}"
    factories.make_key(account)
    (made,) = db.session.query(ApiKey).all()
    forget_password()
    for path, page in (
        (keys, keys),
        (f"{keys}/{made.id}/edit", keys),
        (masks, "/settings/masks"),
        (f"{masks}/delete", "/settings/masks"),
    ):
        answer = admin.submit(path, {"name": "برنامج"}, page=page)
        assert answer.location.startswith(PATH), path
    assert db.session.query(ApiKey).count() == 1
    assert db.session.query(PayloadMask).count() == 1


def own(browser: Browser, path: str) -> str:
    """The whole address of a page of the portal's."""
    return f"{browser.application.extensions['tests.base_url']}{path}"


def test_whoever_was_about_to_do_something_comes_back_to_the_page_they_were_on(
    app: Flask, admin: Browser, environ: dict[str, str]
) -> None:
    forget_password()
    came = own(admin, "/profile?from=menu")
    answer = admin.submit(STEP, page="/profile", headers={"Referer": came})
    assert answer.location == "/confirm?next=/profile?from%3Dmenu"
    asked = read(admin.get(answer.location).text)
    assert "/profile?from=menu" in [one["value"] for one in asked.all("input", name="next")]
    # Behind a proxy that keeps to itself which host it was asked for.
    outside = {"PORTAL_BASE_URL": "https://hooks.nour.example"}
    bind_settings(app, Settings.from_env(environ | outside).with_keys())
    came = "https://hooks.nour.example/profile"
    answer = admin.submit(STEP, page="/profile", headers={"Referer": came})
    assert answer.location == "/confirm?next=/profile"


def test_from_a_dialog_the_whole_page_goes_to_the_question_and_back(admin: Browser) -> None:
    forget_password()
    headers = HTMX | {"HX-Current-URL": own(admin, "/profile")}
    answer = admin.submit(STEP, page="/profile", headers=headers)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/confirm?next=/profile")
    polled = admin.get(STEP, headers=headers)
    assert (polled.status_code, polled.headers["HX-Redirect"]) == (401, "/confirm?next=/profile")
    assert admin.submit(PATH, {"password": factories.PASSWORD}).location == "/"
    assert "تم تأكيد هويتك." in admin.get("/").text
    assert admin.submit(STEP, page="/profile", headers=headers).status_code == 204


def test_nobody_comes_back_to_another_place_or_to_what_is_no_page(admin: Browser) -> None:
    forget_password()
    for came in (
        "https://evil.example/profile",
        own(admin, "x.evil.example/profile"),
        own(admin, "//evil.example"),
        own(admin, f"{STEP}/on"),
        own(admin, "/nothing"),
        "nonsense",
        "",
    ):
        answer = admin.submit(STEP, page="/profile", headers={"Referer": came})
        assert answer.location == "/confirm", came


def test_a_page_that_asks_first_is_come_back_to(admin: Browser) -> None:
    forget_password()
    assert admin.get(f"{STEP}?x=1").location == f"/confirm?next={STEP}?x%3D1"


def test_the_password_is_enough_where_there_is_a_second_step(admin: Browser) -> None:
    person = db.session.query(Person).one()
    sealed = vault().seal("JBSWY3DPEHPK3PXP")
    db.session.add(SecondStep(person_id=person.id, secret_sealed=sealed, on_since=now()))
    db.session.commit()
    forget_password()
    fields = {"password": factories.PASSWORD, "next": STEP}
    assert admin.submit(PATH, fields).location == STEP
    assert admin.get(STEP).status_code == 200


def test_the_wait_is_said_and_written_into_the_answer(admin: Browser) -> None:
    db.session.add_all(SignInFailure(key="email:admin@nour.example") for _ in range(10))
    db.session.commit()
    answer = admin.submit(PATH, {"password": factories.PASSWORD})
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 900
