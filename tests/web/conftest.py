"""What makes a thousand small requests quick: nobody waits for a password."""

from collections.abc import Callable
from typing import Any

import argon2
import pytest
from flask import Flask

from portal.models import Account
from portal.pipeline import people, sign_in
from tests import factories
from tests.clients import Browser
from tests.outsiders import Caller
from tests.web.everything import ids

__all__ = ["ids"]


@pytest.fixture(autouse=True)
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash passwords at the least cost: a hash says itself what comparing with it takes."""
    monkeypatch.setattr(people, "passwords", argon2.PasswordHasher(1, 8, 1))


@pytest.fixture
def signed_in(app: Flask) -> Callable[[str, Account], Browser]:
    """Signs people in without the page, which has tests of its own."""

    def browser_of(role: str, account: Account) -> Browser:
        browser, email = app.test_client(), f"{role}@{account.slug}.example"
        person = factories.make_person(email, role=role, account=account)
        token = sign_in.open_session(person.id, account.id, "127.0.0.1", "tests")
        with browser.session_transaction(base_url=app.extensions["tests.base_url"]) as session:
            session["_user_id"] = token
        return browser

    return browser_of


@pytest.fixture
def caller(client: Browser, account: Account) -> Callable[..., Caller]:
    """Makes a trigger of the account, by the API's members, and somebody who calls it."""

    def caller_of(**members: Any) -> Caller:
        return Caller(client, factories.make_trigger(account, **members))

    return caller_of
