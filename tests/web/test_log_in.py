"""Signing in and out."""

from datetime import timedelta

import pytest

from portal.extensions import db
from portal.models import Account, Person, SignInFailure, SignInSession, now
from portal.pipeline import throttle as door
from tests import factories
from tests.clients import Browser, csrf_token, sign_in
from tests.web.html import HTMX, read

EMAIL = "sara@nour.example"


@pytest.fixture
def person(account: Account) -> Person:
    """Somebody who may sign in."""
    return factories.make_person(EMAIL, account=account)


def try_in(client: Browser, **fields: str) -> int:
    """The status of an attempt to sign in."""
    known = {"email": EMAIL, "password": factories.PASSWORD}
    return client.submit("/login", known | fields).status_code


def test_the_right_password_leads_to_the_overview(client: Browser, person: Person) -> None:
    answer = sign_in(client, f"  {EMAIL.upper()} ", factories.PASSWORD)
    assert (answer.status_code, answer.location) == (303, "/")
    page = read(client.get("/").text)
    for part in ("متجر النور", EMAIL, "مدير التكاملات"):
        assert part in page.text
    assert client.get("/login").location == "/"


def test_a_wrong_password_and_an_unknown_address_read_the_same(
    client: Browser, person: Person
) -> None:
    pages = set()
    for fields in ({"password": "wrong"}, {"email": "nobody@nour.example"}, {"email": ""}):
        known = {"email": EMAIL, "password": factories.PASSWORD} | fields
        answer = client.submit("/login", known)
        assert answer.status_code == 422
        page = read(answer.text)
        assert "البريد الإلكتروني أو كلمة المرور غير صحيحة." in page.text
        assert page.one("input", name="email")["value"] == known["email"]
        assert page.one("input", name="password")["value"] == ""
        pages.add(page.text)
    assert len(pages) == 1
    assert client.get("/").status_code == 303


def test_odd_input_is_only_a_wrong_password(client: Browser, person: Person) -> None:
    for odd in ("a\0@b.example", "x" * 5000, "س@ص.example", "🛒", "' OR 1=1 --"):
        assert try_in(client, email=odd) == 422
        assert try_in(client, password=odd) == 422


def test_ten_wrong_passwords_close_the_door_for_that_address(
    client: Browser, person: Person
) -> None:
    db.session.add_all(SignInFailure(key=f"email:{EMAIL}") for _ in range(9))
    db.session.commit()
    assert try_in(client, password="wrong") == 422
    answer = client.submit("/login", {"email": EMAIL, "password": factories.PASSWORD})
    assert answer.status_code == 429
    assert "انتظر 15 دقيقة ثم أعد المحاولة." in read(answer.text).text
    assert try_in(client, email="other@nour.example") == 422
    db.session.query(SignInFailure).update({"at": now() - timedelta(minutes=16)})
    db.session.commit()
    assert try_in(client) == 303


def test_fifty_wrong_passwords_close_the_door_for_that_peer(
    client: Browser, person: Person
) -> None:
    db.session.add_all(SignInFailure(key="peer:127.0.0.1") for _ in range(door.FAILURES_PER_PEER))
    db.session.commit()
    assert try_in(client) == 429


def test_whoever_wanted_a_page_comes_back_to_it(client: Browser, person: Person) -> None:
    for wanted in ("/deliveries?state=held&q=%D9%85", "/settings/webhooks/new"):
        asked = client.get(wanted)
        assert asked.status_code == 303
        page = client.get(asked.location)
        assert "سجّل الدخول لعرض هذه الصفحة." in page.text
        # Nothing has succeeded, so it comes without a tick.
        assert read(page.text).one("div", class_="toast", data_level="info")
        target = read(page.text).one("input", name="next")["value"]
        fields = {"email": EMAIL, "password": factories.PASSWORD, "next": target}
        assert client.submit("/login", fields).location == wanted
        client.submit("/logout", page="/")


def test_nobody_is_led_away_from_the_portal(client: Browser, person: Person) -> None:
    away = ["//evil.example", "https://evil.example/", "/\\evil.example", "\\\\evil.example"]
    away += ["/\t/evil.example", "javascript:alert(1)", "evil.example", " //evil.example"]
    for target in (*away, "/\r\nX: y"):
        fields = {"email": EMAIL, "password": factories.PASSWORD, "next": target}
        headers = HTMX if target in away[:2] else {}
        answer = client.submit("/login", fields, headers=headers)
        assert (answer.headers.get("HX-Redirect") or answer.location) == "/", target
        client.submit("/logout", page="/")


def test_a_path_of_any_script_is_a_place_to_go_to(client: Browser, person: Person) -> None:
    fields = {"email": EMAIL, "password": factories.PASSWORD, "next": "/deliveries?q=متجر"}
    answer = client.submit("/login", fields, headers=HTMX)
    assert answer.headers["HX-Redirect"] == "/deliveries?q=%D9%85%D8%AA%D8%AC%D8%B1"


def test_the_cookie_is_for_this_portal_alone(client: Browser, person: Person) -> None:
    cookie = sign_in(client, EMAIL, factories.PASSWORD).headers["Set-Cookie"]
    assert cookie.startswith("khuttaf=")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert "Secure" not in cookie
    assert "Domain" not in cookie


@pytest.mark.settings(PORTAL_BASE_URL="https://hooks.example.com")
def test_behind_https_the_cookie_is_sent_over_https_only(client: Browser, person: Person) -> None:
    cookie = sign_in(client, EMAIL, factories.PASSWORD).headers["Set-Cookie"]
    assert "Secure" in cookie.split("; ")


def test_signing_in_starts_a_session_of_its_own(client: Browser, person: Person) -> None:
    client.get("/login")
    before = client.get_cookie("khuttaf", "127.0.0.1")
    sign_in(client, EMAIL, factories.PASSWORD)
    after = client.get_cookie("khuttaf", "127.0.0.1")
    assert before
    assert after
    assert before.value != after.value
    assert db.session.query(SignInSession).one().token_hash not in after.value


def test_signing_out_ends_the_session_on_the_server(client: Browser, person: Person) -> None:
    sign_in(client, EMAIL, factories.PASSWORD)
    stolen = client.get_cookie("khuttaf", "127.0.0.1")
    assert stolen
    answer = client.submit("/logout", page="/")
    assert (answer.status_code, answer.location) == (303, "/login")
    assert "تم تسجيل الخروج." in client.get("/login").text
    assert db.session.query(SignInSession).count() == 0
    client.set_cookie("khuttaf", stolen.value, domain="127.0.0.1")
    assert client.get("/").status_code == 303


def test_signing_out_twice_and_by_a_link(client: Browser, admin: Browser) -> None:
    assert client.submit("/logout", page="/login").location == "/login"
    assert admin.get("/logout").status_code == 405
    assert admin.post("/logout").status_code == 400
    assert admin.get("/").status_code == 200


def test_a_session_ends_by_itself_and_with_the_person(client: Browser, person: Person) -> None:
    sign_in(client, EMAIL, factories.PASSWORD)
    session = db.session.query(SignInSession).one()
    assert timedelta(days=13) < session.expires_at - now() < timedelta(days=15)
    session.expires_at = now() - timedelta(seconds=1)
    db.session.commit()
    assert client.get("/").status_code == 303
    sign_in(client, EMAIL, factories.PASSWORD)
    db.session.get_one(Person, person.id).disabled_at = now()
    db.session.commit()
    assert client.get("/").status_code == 303
    assert try_in(client) == 422


def test_signing_in_needs_the_forms_token(client: Browser, person: Person) -> None:
    csrf_token(client.get("/login").text)
    for token in ("", "wrong"):
        fields = {"email": EMAIL, "password": factories.PASSWORD, "csrf_token": token}
        answer = client.post("/login", data=fields)
        assert answer.status_code == 400
        assert "انتهت صلاحية الصفحة" in answer.text


def test_support_of_the_platform_sees_an_account(client: Browser, person: Person) -> None:
    helper = factories.make_person("help@khuttaf.example", account=factories.make_account())
    db.session.delete(helper.memberships[0])
    helper.platform_role = "support"
    db.session.commit()
    sign_in(client, "help@khuttaf.example", factories.PASSWORD)
    assert client.get("/deliveries").status_code == 200
    assert client.get("/settings/webhooks/new").status_code == 403
