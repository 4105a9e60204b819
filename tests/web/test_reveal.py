"""Showing a secret that is kept: to admins, after a fresh proof, with a reason, on record."""

from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from flask import Flask

from portal.domain.vault import Vault
from portal.extensions import db
from portal.models import Account, AuditEntry, Hook, SignInSession, Trigger, now
from tests import factories
from tests.clients import Browser

WHY = {"reason": "ضاع الرمز من المستقبِل"}


@pytest.fixture
def hook(account: Account) -> Hook:
    """A hook with a known secret."""
    return factories.make_hook(name="طلبات")


@pytest.fixture
def trigger(account: Account) -> Trigger:
    """A trigger with a known password."""
    auth = {"kind": "basic", "username": "pay", "password": "s3cret-password"}
    return factories.make_trigger(account, auth=auth)


def path_of(hook: Hook) -> str:
    """Where the secret of ``hook`` is shown."""
    return f"/settings/webhooks/{hook.id}/security/reveal"


def test_an_admin_who_says_why_sees_it_once(admin: Browser, hook: Hook) -> None:
    assert factories.SECRET not in admin.get(path_of(hook)).text
    refused = admin.submit(path_of(hook), {"reason": " "})
    assert (refused.status_code, factories.SECRET in refused.text) == (422, False)
    shown = admin.submit(path_of(hook), WHY)
    assert factories.SECRET in shown.text
    assert "no-store" in shown.headers["Cache-Control"]
    assert factories.SECRET not in admin.get(path_of(hook)).text
    entry = db.session.query(AuditEntry).filter_by(action="secret.revealed").one()
    assert (entry.target_id, entry.reason) == (hook.id, WHY["reason"])
    assert factories.SECRET not in str(entry.__dict__)


def test_callers_credentials_are_shown_alike(admin: Browser, trigger: Trigger) -> None:
    shown = admin.submit(f"/triggers/{trigger.id}/reveal", WHY)
    assert "s3cret-password" in shown.text
    assert db.session.query(AuditEntry).filter_by(action="secret.revealed").count() == 1


def test_without_a_fresh_proof_nothing_is_shown(admin: Browser, hook: Hook) -> None:
    db.session.query(SignInSession).update({"confirmed_at": now() - timedelta(hours=1)})
    db.session.commit()
    assert admin.get(path_of(hook)).location.startswith("/confirm")
    answer = admin.submit(path_of(hook), WHY, page="/settings/webhooks")
    assert answer.location.startswith("/confirm")


def test_nobody_but_an_admin_is_shown_one(
    staff: Browser, support: Browser, outsider: Browser, hook: Hook, trigger: Trigger
) -> None:
    for path in (path_of(hook), f"/triggers/{trigger.id}/reveal"):
        for browser in (staff, support):
            assert browser.submit(path, WHY, page="/").status_code == 403
        assert outsider.submit(path, WHY, page="/settings/webhooks").status_code == 404
    assert db.session.query(AuditEntry).filter_by(action="secret.revealed").count() == 0


def test_what_cannot_be_shown_is_told(app: Flask, admin: Browser, account: Account) -> None:
    pair = factories.make_hook(signature="ed25519")
    bare = factories.make_trigger(account)
    lost = factories.make_hook()
    cases = [
        (path_of(pair), "لا يخرج المفتاح الخاص"),
        (f"/triggers/{bare.id}/reveal", "لا رمز محفوظ"),
    ]
    for path, sentence in cases:
        answer = admin.submit(path, WHY)
        assert (answer.status_code, sentence in answer.text) == (409, True)
    known = app.extensions["portal.vault"]
    app.extensions["portal.vault"] = Vault((Fernet.generate_key().decode(),))
    answer = admin.submit(path_of(lost), WHY)
    app.extensions["portal.vault"] = known
    assert (answer.status_code, "مفتاح التشفير غير معروف" in answer.text) == (409, True)
