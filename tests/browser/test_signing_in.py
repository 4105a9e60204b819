"""Signing in, in a browser: the second step, browsers that are signed out, and proof once more."""

from collections.abc import Iterator
from itertools import count
from time import time

import pyotp
import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from portal.extensions import bind_settings
from portal.settings import Settings
from tests import factories
from tests.browser.conftest import Live, make_person
from tests.browser.looks import bare_machine_text, scrambled, violations
from tests.browser.steps import PHONE, fits, sign_in
from tests.identity_provider import IdentityProvider

_numbers = count(1)


@pytest.fixture
def email(live: Live) -> str:
    """Somebody of whom no other test knows."""
    return make_person(live, f"door{next(_numbers)}@nour.example", "admin")


@pytest.fixture
def other_page(browser: Browser) -> Iterator[Page]:
    """A page in another browser."""
    context = browser.new_context(locale="ar-SA")
    yield context.new_page()
    context.close()


def turn_on(page: Page, live: Live) -> tuple[str, list[str]]:
    """Set the second step up; the secret of the authenticator, and the recovery codes."""
    page.goto(f"{live.url}/profile")
    page.get_by_role("link", name="تفعيل الخطوة الثانية").click()
    page.get_by_role("button", name="ابدأ الربط").click()
    expect(page.get_by_role("img", name="رمز QR")).to_be_visible()
    look(page)
    secret = page.locator("#secret").inner_text().replace(" ", "")
    page.get_by_label("الرمز الظاهر في التطبيق").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="تفعيل").click()
    codes = page.locator("#recovery-codes code")
    expect(codes).to_have_count(10)
    look(page)
    return secret, codes.all_inner_texts()


def look(page: Page) -> None:
    """Assert that a page that no walk over all pages finds can be read by everybody."""
    assert [*violations(page), *scrambled(page), *bare_machine_text(page)] == []
    assert fits(page)


def give_password(page: Page, live: Live, email: str) -> None:
    page.goto(f"{live.url}/login?next=/notices")
    page.fill("[name=email]", email)
    page.fill("[name=password]", live.password)
    page.get_by_role("button", name="دخول", exact=True).click()
    expect(page.get_by_role("heading", name="الخطوة الثانية")).to_be_visible()


def test_signing_in_with_a_second_step_and_with_a_recovery_code(
    page: Page, other_page: Page, live: Live, email: str
) -> None:
    page.set_viewport_size(PHONE)
    sign_in(page, live, email, anew=True)
    _, codes = turn_on(page, live)
    give_password(other_page, live, email)
    look(other_page)
    other_page.goto(f"{live.url}/notices")
    expect(other_page).to_have_url(f"{live.url}/login?next=/notices")
    give_password(other_page, live, email)
    other_page.get_by_label("الرمز").fill("12 34 56")
    other_page.get_by_role("button", name="متابعة").click()
    expect(other_page.get_by_role("alert")).to_contain_text("الرمز غير صحيح")
    other_page.get_by_label("الرمز").fill(codes[0].upper())
    other_page.get_by_role("button", name="متابعة").click()
    other_page.wait_for_url(f"{live.url}/notices")
    other_page.goto(f"{live.url}/profile")
    expect(other_page.get_by_text("رموز الاسترداد الباقية: 9")).to_be_visible()


def test_the_code_of_the_authenticator_lets_in(
    page: Page, other_page: Page, live: Live, email: str
) -> None:
    sign_in(page, live, email, anew=True)
    secret, _ = turn_on(page, live)
    give_password(other_page, live, email)
    # The present one is used up, and the next one is taken already.
    following = pyotp.TOTP(secret)
    other_page.get_by_label("الرمز").fill(following.at(int(time()) + 30))
    other_page.get_by_role("button", name="متابعة").click()
    other_page.wait_for_url(f"{live.url}/notices")


def test_a_browser_is_signed_out_from_another_at_once(
    page: Page, other_page: Page, live: Live, email: str
) -> None:
    sign_in(page, live, email, anew=True)
    sign_in(other_page, live, email, anew=True)
    page.goto(f"{live.url}/profile")
    rows = page.get_by_role("row").filter(has_text="Linux")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("هذا المتصفح")
    rows.nth(1).get_by_role("button", name="تسجيل الخروج").click()
    expect(page.get_by_text("سُجّل الخروج من ذلك المتصفح.")).to_be_visible()
    expect(rows).to_have_count(1)
    other_page.goto(f"{live.url}/notices")
    expect(other_page).to_have_url(f"{live.url}/login?next=/notices")


def test_all_others_are_signed_out_after_a_question(
    page: Page, other_page: Page, live: Live, email: str
) -> None:
    sign_in(page, live, email, anew=True)
    sign_in(other_page, live, email, anew=True)
    page.goto(f"{live.url}/profile")
    page.get_by_role("button", name="تسجيل الخروج من المتصفحات الأخرى").click()
    page.get_by_role("dialog").get_by_role("button", name="تسجيل الخروج منها").click()
    expect(page.get_by_role("row").filter(has_text="Linux")).to_have_count(1)
    other_page.goto(f"{live.url}/")
    expect(other_page).to_have_url(f"{live.url}/login?next=/")


def test_a_link_leads_to_another_password_without_scripts(
    page: Page, bare_page: Page, live: Live, email: str
) -> None:
    link = live.portal.flask("users", "password-link", email).stdout.splitlines()[-1]
    page.goto(link)
    look(page)
    bare_page.goto(link)
    bare_page.get_by_label("كلمة المرور الجديدة").fill("كلمة مرور أخرى 2027")
    bare_page.get_by_role("button", name="حفظ كلمة المرور").click()
    bare_page.wait_for_url(f"{live.url}/login")
    bare_page.fill("[name=email]", email)
    bare_page.fill("[name=password]", "كلمة مرور أخرى 2027")
    bare_page.get_by_role("button", name="دخول", exact=True).click()
    bare_page.wait_for_url(f"{live.url}/")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_single_sign_on_leads_to_the_provider_and_back_to_where_one_was(
    app: Flask, served: str, environ: dict[str, str], page: Page
) -> None:
    factories.make_person("sara@nour.example")
    provider = IdentityProvider()
    try:
        settings = environ | provider.settings | {"PORTAL_OIDC_NAME": "هوية النور"}
        bind_settings(app, Settings.from_env(settings).with_keys())
        page.goto(f"{served}/notices")
        page.get_by_role("link", name="الدخول عبر هوية النور").click()
        page.wait_for_url(f"{served}/notices")
        expect(page.get_by_text("sara@nour.example")).to_be_visible()
    finally:
        provider.close()
