"""Single sign-on: to a real provider on loopback and back, and every lie it may tell."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from portal.domain.audit import Action
from portal.domain.states import Role
from portal.extensions import bind_settings, db, vault
from portal.models import (
    Account,
    AuditEntry,
    Membership,
    Person,
    PersonIdentity,
    ProviderVisit,
    SecondStep,
    SignInSession,
    now,
)
from portal.pipeline import provider as provider_pipeline
from portal.pipeline import throttle
from portal.settings import Settings
from tests import factories
from tests.clients import Browser
from tests.identity_provider import (
    CLIENT_SECRET,
    STRANGE_KEY,
    IdentityProvider,
    signed,
    signed_with_public_key,
    unsigned,
)
from tests.web.html import read

PATH = "/login/single-sign-on"
EMAIL = "sara@nour.example"

Use = Callable[..., None]


@pytest.fixture
def provider() -> Iterator[IdentityProvider]:
    provider = IdentityProvider()
    yield provider
    provider.close()


@pytest.fixture
def use(app: Flask, environ: dict[str, str], provider: IdentityProvider) -> Use:
    """Gives the portal the provider, with further settings."""
    provider_pipeline._believed.clear()

    def have(**more: str) -> None:
        settings = Settings.from_env(environ | provider.settings | more)
        bind_settings(app, settings.with_keys())

    have()
    return have


@pytest.fixture
def sara(account: Account) -> Person:
    return factories.make_person(EMAIL, Role.STAFF, account)


def leave(client: Browser, target: str = "") -> str:
    """Where the browser is sent to."""
    answer = client.get(PATH, query_string={"next": target})
    assert answer.status_code == 303, answer.text
    return answer.location


def enter(client: Browser, provider: IdentityProvider, target: str = "") -> TestResponse:
    """What the portal answers to a browser that comes back."""
    return client.get(provider.authorize(leave(client, target)))


def said(answer: TestResponse) -> str:
    return read(answer.text).text


def is_signed_in(client: Browser) -> bool:
    return client.get("/").status_code == 200


def sessions() -> int:
    db.session.rollback()
    return db.session.query(SignInSession).count()


def test_without_a_provider_there_is_no_such_page(client: Browser, account: Account) -> None:
    assert "الدخول الموحّد" not in said(client.get("/login"))
    for path in (PATH, f"{PATH}/again", f"{PATH}/back?state=x&code=y"):
        assert client.get(path).status_code == 404


def test_somebody_who_is_known_comes_in_by_their_verified_address(
    client: Browser, use: Use, provider: IdentityProvider, sara: Person
) -> None:
    use(PORTAL_OIDC_NAME="هوية النور")
    page = read(client.get("/login?next=/deliveries").text)
    assert "الدخول عبر هوية النور" in page.text
    assert f"{PATH}?next=/deliveries" in page.links()
    answer = enter(client, provider, "/deliveries")
    assert (answer.status_code, answer.location) == (303, "/deliveries")
    assert is_signed_in(client)
    row = db.session.query(PersonIdentity).one()
    assert (row.issuer, row.subject, row.person_id) == (provider.issuer, "subject-1", sara.id)
    assert db.session.query(SignInSession).one().person_id == sara.id
    assert Action.SIGNED_IN in [entry.action for entry in db.session.query(AuditEntry)]


def test_afterwards_the_providers_own_name_for_them_decides(
    client: Browser, use: Use, provider: IdentityProvider, sara: Person
) -> None:
    enter(client, provider)
    client.submit("/logout", page="/")
    provider.email, provider.claims = "renamed@nour.example", {"email_verified": False}
    assert enter(client, provider).status_code == 303
    assert db.session.query(SignInSession).one().person_id == sara.id


def test_an_address_that_went_to_somebody_else_opens_nothing(
    client: Browser, use: Use, provider: IdentityProvider, sara: Person
) -> None:
    enter(client, provider)
    client.submit("/logout", page="/")
    provider.subject = "subject-2"
    answer = enter(client, provider)
    assert answer.status_code == 422
    assert "أدخل بريدك وكلمة المرور" in said(answer)
    assert sessions() == 0


def test_an_address_is_not_enough_for_the_whole_platform(
    client: Browser, use: Use, provider: IdentityProvider, sara: Person
) -> None:
    sara.platform_role = "support"
    db.session.commit()
    assert enter(client, provider).status_code == 422
    assert db.session.query(PersonIdentity).count() == 0


def test_whoever_was_switched_off_stays_outside(
    client: Browser, use: Use, provider: IdentityProvider, sara: Person
) -> None:
    enter(client, provider)
    client.submit("/logout", page="/")
    db.session.get_one(Person, sara.id).disabled_at = now()
    db.session.commit()
    answer = enter(client, provider)
    assert answer.status_code == 422
    assert "اطلب من مدير النظام" in said(answer)


def test_nobody_new_comes_in_unless_the_settings_say_so(
    client: Browser, use: Use, provider: IdentityProvider, account: Account
) -> None:
    answer = enter(client, provider)
    assert answer.status_code == 422
    assert "لا حساب لك هنا" in said(answer)
    assert db.session.query(Person).count() == 0
    use(PORTAL_OIDC_ACCOUNT=account.slug, PORTAL_OIDC_ROLE="staff")
    assert enter(client, provider).location == "/"
    person = db.session.query(Person).one()
    membership = db.session.query(Membership).one()
    assert (person.email, person.password_hash) == (EMAIL, "")
    assert (membership.account_id, membership.role) == (account.id, "staff")
    assert Action.PERSON_JOINED in [entry.action for entry in db.session.query(AuditEntry)]


def test_who_has_no_password_is_let_in_with_none(
    client: Browser, use: Use, provider: IdentityProvider, account: Account
) -> None:
    use(PORTAL_OIDC_ACCOUNT=account.slug)
    enter(client, provider)
    client.submit("/logout", page="/")
    for password in ("", "x", "$argon2id$"):
        answer = client.submit("/login", {"email": EMAIL, "password": password})
        assert answer.status_code == 422


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another"},
        {"iss": "https://evil.example"},
        {"exp": 1},
        {"iat": 9_999_999_999},
        {"sub": None},
        {"email_verified": False},
        {"email_verified": "true"},
        {"email_verified": None},
        {"email": None},
        {"email": "x" * 300 + "@nour.example"},
    ],
    ids=str,
)
def test_a_token_that_is_not_good_lets_nobody_in(
    client: Browser,
    use: Use,
    provider: IdentityProvider,
    sara: Person,
    claims: dict[str, Any],
) -> None:
    provider.claims = claims
    answer = enter(client, provider)
    assert answer.status_code == 422
    assert "الدخول الموحّد" in said(answer)
    assert sessions() == 0


@pytest.mark.parametrize(
    "sign",
    [unsigned, signed_with_public_key, lambda claims: signed(claims, STRANGE_KEY)],
    ids=["alg none", "public key as secret", "another key"],
)
def test_a_token_that_nobody_signed_lets_nobody_in(
    client: Browser,
    use: Use,
    provider: IdentityProvider,
    sara: Person,
    sign: Callable[[dict[str, Any]], str],
) -> None:
    provider.sign = sign
    assert enter(client, provider).status_code == 422
    assert sessions() == 0


def test_a_state_works_once_in_the_browser_that_left_with_it_and_not_for_long(
    app: Flask, client: Browser, use: Use, provider: IdentityProvider, sara: Person
) -> None:
    back = provider.authorize(leave(client))
    stranger = app.test_client()
    assert stranger.get(back).status_code == 422
    assert client.get(back).status_code == 303
    client.submit("/logout", page="/")
    assert client.get(back).status_code == 422
    late = provider.authorize(leave(client))
    db.session.query(ProviderVisit).update({"expires_at": now() - timedelta(seconds=1)})
    db.session.commit()
    assert client.get(late).status_code == 422
    assert client.get(f"{PATH}/back").status_code == 422
    assert client.get(f"{PATH}/back?state=&code=x").status_code == 422
    assert sessions() == 0


def test_the_answer_of_another_provider_is_not_taken(
    client: Browser, use: Use, provider: IdentityProvider, sara: Person
) -> None:
    back = provider.authorize(leave(client)).replace("iss=http", "iss=https")
    assert client.get(back).status_code == 422


def test_whoever_turns_back_is_told_to_try_again(
    client: Browser, use: Use, provider: IdentityProvider, sara: Person
) -> None:
    back = provider.authorize(leave(client)).replace("code=", "error=access_denied&x=")
    answer = client.get(back)
    assert answer.status_code == 422
    assert "لم يكتمل الدخول الموحّد" in said(answer)
    assert client.get(back.replace("error=", "y=")).status_code == 422


def test_a_provider_that_is_away_or_talks_nonsense_is_said_to_be_away(
    client: Browser, use: Use, provider: IdentityProvider, sara: Person
) -> None:
    provider.status = 500
    answer = client.get(PATH)
    assert answer.status_code == 502
    assert "لا نصل إلى جهة الدخول الموحّد" in said(answer)
    provider.status, provider.document = 200, {"issuer": "https://evil.example"}
    assert client.get(PATH).status_code == 502
    use(PORTAL_OIDC_ISSUER="http://127.0.0.1:9/realm")
    assert client.get(PATH).status_code == 502


def test_nobody_can_have_the_portal_send_off_browsers_without_end(
    client: Browser, use: Use, provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "DEPARTURES_PER_PEER", 3)
    for _ in range(3):
        leave(client)
    answer = client.get(PATH)
    assert answer.status_code == 429
    assert "انتظر 15 دقيقة ثم أعد المحاولة." in said(answer)
    assert 0 < int(answer.headers["Retry-After"]) <= 900
    assert db.session.query(ProviderVisit).count() == 3


def test_the_guard_of_addresses_stands_before_the_provider_too(
    client: Browser, use: Use, provider: IdentityProvider, sara: Person
) -> None:
    use(PORTAL_ALLOWED_NETWORKS="")
    assert client.get(PATH).status_code == 502
    assert provider.asked == []


def test_nobody_is_led_away_from_the_portal_by_it(
    client: Browser, use: Use, provider: IdentityProvider, sara: Person
) -> None:
    for target in ("//evil.example", "https://evil.example", "/\\evil.example"):
        assert enter(client, provider, target).location == "/"
        client.submit("/logout", page="/")


def test_the_way_back_is_by_the_portals_own_address_whatever_the_host_header_says(
    client: Browser, use: Use, provider: IdentityProvider, app: Flask
) -> None:
    answer = client.get(PATH, headers={"Host": "evil.example"})
    assert "evil.example" not in answer.location
    assert app.extensions["tests.base_url"].rpartition(":")[2] in answer.location
    assert CLIENT_SECRET not in answer.location


def test_an_address_that_only_the_userinfo_tells_counts_too(
    client: Browser, use: Use, provider: IdentityProvider, sara: Person
) -> None:
    provider.claims = {"email": None, "email_verified": None}
    provider.userinfo = {"sub": "subject-1", "email": EMAIL, "email_verified": True}
    assert enter(client, provider).status_code == 303
    assert "/userinfo" in provider.asked


def test_nothing_of_the_tokens_is_kept(
    client: Browser, use: Use, provider: IdentityProvider, sara: Person
) -> None:
    enter(client, provider)
    assert db.session.query(ProviderVisit).count() == 0
    cookie = client.get_cookie("khuttaf", "127.0.0.1")
    assert cookie
    assert "access-1" not in cookie.value


def test_the_second_step_is_asked_for_whichever_way_somebody_comes(
    client: Browser, use: Use, provider: IdentityProvider, sara: Person
) -> None:
    secret = pyotp.random_base32()
    db.session.add(
        SecondStep(person_id=sara.id, secret_sealed=vault().seal(secret), on_since=now())
    )
    db.session.commit()
    answer = enter(client, provider, "/deliveries")
    assert answer.location == "/login/code?next=/deliveries"
    assert not is_signed_in(client)
    fields = {"code": pyotp.TOTP(secret).now(), "next": "/deliveries"}
    assert client.submit("/login/code", fields).location == "/deliveries"
    assert is_signed_in(client)


def test_who_comes_this_way_also_proves_this_way_once_more_who_they_are(
    client: Browser, use: Use, provider: IdentityProvider, account: Account
) -> None:
    use(PORTAL_OIDC_ACCOUNT=account.slug)
    enter(client, provider)
    db.session.query(SignInSession).update({"confirmed_at": now() - timedelta(hours=1)})
    db.session.commit()
    asked = client.get("/profile/second-step")
    assert asked.location == "/confirm?next=/profile/second-step"
    page = read(client.get(asked.location).text)
    assert not page.all("input", name="password")
    again = f"{PATH}/again?next=/profile/second-step"
    assert again in page.links()
    away = client.get(again).location
    assert "prompt=login" in away
    assert client.get(provider.authorize(away)).location == "/profile/second-step"
    assert client.get("/profile/second-step").status_code == 200


def test_the_proof_of_another_or_an_old_one_proves_nothing(
    client: Browser, use: Use, provider: IdentityProvider, sara: Person
) -> None:
    enter(client, provider)
    long_ago = now() - timedelta(hours=1)
    db.session.query(SignInSession).update({"confirmed_at": long_ago})
    db.session.commit()
    provider.claims = {"auth_time": 1}
    assert client.get(provider.authorize(client.get(f"{PATH}/again").location)).status_code == 422
    provider.claims, provider.subject = {}, "subject-2"
    answer = client.get(provider.authorize(client.get(f"{PATH}/again").location))
    assert answer.status_code == 422
    assert "شخص آخر" in said(answer)
    assert db.session.query(SignInSession).one().confirmed_at == long_ago
    assert is_signed_in(client)
