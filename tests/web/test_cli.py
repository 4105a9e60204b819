"""The ``flask --app wsgi`` commands, in the process of the test."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from click.testing import Result
from cryptography.fernet import Fernet
from flask import Flask

from portal import create_app
from portal.domain.vault import Vault
from portal.extensions import db
from portal.models import Account, Delivery, HookSecret, Membership, Person, now
from portal.settings import Settings
from tests import factories
from tests.clients import Api, Browser, sign_in

Command = Callable[..., Result]

# Nothing here depends on the kind of database.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def command(app: Flask) -> Command:
    """Runs a command: what it wrote and how it ended."""

    def run(*arguments: str, **kw: str) -> Result:
        try:
            return app.test_cli_runner().invoke(args=arguments, **kw)
        finally:
            db.session.rollback()

    return run


def test_a_person_is_made_and_can_sign_in(command: Command, client: Browser) -> None:
    done = command("users", "create", "Sara@nour.example", "--password", factories.PASSWORD)
    assert done.exit_code == 0, done.output
    assert db.session.query(Membership).one().role == "admin"
    assert db.session.query(Account).one().slug == "main"
    sign_in(client, "sara@nour.example", factories.PASSWORD)


def test_role_and_account_can_be_said_and_the_password_asked_for(command: Command) -> None:
    words = f"{factories.PASSWORD}\n" * 2
    options = ["--role", "support", "--account", "wadi"]
    done = command("users", "create", "a@b.example", *options, input=words)
    assert done.exit_code == 0, done.output
    membership = db.session.query(Membership).one()
    assert (membership.role, membership.account.slug) == ("support", "wadi")
    assert factories.PASSWORD not in done.output


def test_somebody_of_the_platform_belongs_to_no_account_unless_a_role_is_said(
    command: Command, client: Browser
) -> None:
    word = ("--password", factories.PASSWORD, "--platform", "support")
    done = command("users", "create", "help@khuttaf.example", *word)
    assert (done.exit_code, done.output) == (0, "help@khuttaf.example: support, everywhere\n")
    assert db.session.query(Membership).count() == 0
    assert db.session.query(Person).one().platform_role == "support"
    sign_in(client, "help@khuttaf.example", factories.PASSWORD)
    unsaid = command("users", "create", "b@khuttaf.example", *word, "--account", "wadi")
    assert (unsaid.exit_code, "--role" in unsaid.output) == (2, True)
    done = command("users", "create", "help@khuttaf.example", *word, "--role", "staff")
    assert (done.exit_code, db.session.query(Membership).one().role) == (0, "staff")


def test_whoever_comes_first_to_run_the_portal_is_an_admin_too(command: Command) -> None:
    for email in ("first@khuttaf.example", "second@khuttaf.example"):
        done = command(
            *("users", "create", email, "--password", factories.PASSWORD),
            *("--platform", "operator"),
        )
        assert done.exit_code == 0, done.output
    assert [one.platform_role for one in db.session.query(Person)] == ["operator"] * 2
    member = db.session.query(Membership).one()
    assert (member.role, member.person.email) == ("admin", "first@khuttaf.example")


def test_what_is_no_person_is_refused(command: Command) -> None:
    for email, password, role in (
        ("no address", factories.PASSWORD, "admin"),
        ("a@b.example", "short", "admin"),
        ("a@b.example", factories.PASSWORD, "emperor"),
    ):
        done = command("users", "create", email, "--password", password, "--role", role)
        assert done.exit_code != 0
        assert "Traceback" not in done.output
    assert db.session.query(Membership).count() == 0


def test_a_key_stands_alone_on_the_last_line_and_works(
    command: Command, client: Browser, account: Account
) -> None:
    hook = factories.make_hook(account=account)
    done = command("api-keys", "create", "خادم المتجر", "--account", "nour")
    assert done.exit_code == 0, done.output
    key = done.output.splitlines()[-1]
    assert key == key.strip()
    listed = Api(client, key).get("/hooks")
    assert [one["id"] for one in listed.json["items"]] == [hook.id]


def test_a_key_for_nobody_yet_makes_its_account(command: Command, client: Browser) -> None:
    key = command("api-keys", "create", "x").output.splitlines()[-1]
    assert Api(client, key).get("/hooks").status_code == 200
    assert command("api-keys", "create", "  ").exit_code == 1


def test_a_key_of_an_account_that_is_not_there_is_refused(
    command: Command, account: Account
) -> None:
    done = command("api-keys", "create", "x", "--account", "nuor")
    assert done.exit_code == 1
    assert done.output.startswith("Error: There is no account nuor")
    assert len(done.output.splitlines()) == 1
    assert [one.slug for one in db.session.query(Account)] == ["nour"]


def test_every_secret_is_sealed_under_the_newest_key(
    app: Flask, environ: dict[str, str], account: Account
) -> None:
    factories.make_hook(headers={"X-Key": "s3cret"})
    old = app.extensions["portal.settings"].encryption_keys[0]
    new = Fernet.generate_key().decode()
    db.session.remove()
    both = create_app(Settings.from_env(environ | {"PORTAL_ENCRYPTION_KEYS": f"{new},{old}"}))
    with both.app_context():
        done = both.test_cli_runner().invoke(args=["keys", "rotate"])
        db.session.remove()
        db.engine.dispose()
    assert (done.exit_code, done.output[:2]) == (0, "2 "), done.output
    sealed = db.session.query(HookSecret).one().sealed
    assert Vault([new]).open(sealed) == factories.SECRET


def test_a_rotation_without_the_old_key_changes_nothing(
    app: Flask, environ: dict[str, str], account: Account
) -> None:
    factories.make_hook()
    before = db.session.query(HookSecret).one().sealed
    db.session.remove()
    fresh = environ | {"PORTAL_ENCRYPTION_KEYS": Fernet.generate_key().decode()}
    without = create_app(Settings.from_env(fresh))
    with without.app_context():
        done = without.test_cli_runner().invoke(args=["keys", "rotate"])
        db.session.remove()
        db.engine.dispose()
    assert done.exit_code == 1
    assert "Nothing was changed" in done.output
    assert db.session.query(HookSecret).one().sealed == before


def test_upkeep_removes_what_is_too_old_and_nothing_else(
    command: Command, account: Account
) -> None:
    hook = factories.make_hook()
    old = now() - timedelta(days=40)
    gone = {"state": "delivered", "finished_at": old}
    factories.make_delivery(hook, factories.make_event(created_at=old), **gone)
    kept = [
        factories.make_delivery(hook, state="delivered", finished_at=now()).id,
        factories.make_delivery(hook, state="undelivered", finished_at=old).id,
        factories.make_delivery(hook, factories.make_event(created_at=old)).id,
    ]
    done = command("upkeep")
    assert (done.exit_code, done.output) == (0, "2 rows removed.\n")
    assert {delivery.id for delivery in db.session.query(Delivery)} == set(kept)


def test_a_known_person_gets_the_password_that_is_given(app: Flask, client: Browser) -> None:
    run = app.test_cli_runner().invoke
    for password in ("الكلمة الأولى 1", "الكلمة الثانية 2"):
        made = run(args=["users", "create", "sara@nour.example", "--password", password])
        assert made.exit_code == 0, made.output
    assert client.submit(
        "/login", {"email": "sara@nour.example", "password": "الكلمة الثانية 2"}
    ).status_code in (302, 303)
