"""What makes a thousand small requests quick: each test has an app of its own."""

from collections.abc import Callable, Iterator

import argon2
import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache

from portal.models import Account
from portal.pipeline import people, sign_in
from tests import factories
from tests.clients import Browser


@pytest.fixture(autouse=True, scope="session")
def compiled_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep compiled templates for the apps that follow."""
    cache = FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Flask, "jinja_options", {"bytecode_cache": cache})
        yield


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
