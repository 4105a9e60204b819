"""Keys: those that programs call the API with, and those that seal secrets at rest."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import insert, update

from portal.domain.hooks import HookDraft
from portal.domain.problems import Conflict, Refused
from portal.domain.scopes import KeyDraft, Scope
from portal.domain.states import Role
from portal.domain.tokens import hash_of
from portal.domain.vault import Vault, VaultError
from portal.extensions import db, settings, vault
from portal.models import (
    Account,
    ApiKey,
    AuditEntry,
    Hook,
    Model,
    SecondStep,
    Trigger,
    TriggerVersion,
)
from portal.pipeline import resealing
from portal.pipeline.hooks import draft_of, edit_hook, headers_of, secret_of
from portal.pipeline.keys import (
    SEALED,
    edit_api_key,
    make_api_key,
    note_use,
    revoke_api_key,
)
from portal.pipeline.keys import (
    draft_of as draft_of_key,
)
from portal.pipeline.resealing import StillSealing, reseal_all
from tests import factories
from tests.pipeline.racing import crossing, while_uncommitted

NEW = Fernet.generate_key().decode()


def rotate_to(app: Flask, *keys: str) -> None:
    """Let the app know ``keys``, the newest first, as after a restart."""
    app.extensions["portal.vault"] = Vault(keys)


def sealed() -> list[str]:
    """Every sealed text in the database."""
    db.session.rollback()
    return [text for _, column in SEALED for (text,) in db.session.query(column) if text]


def make_trigger(account: Account) -> None:
    db.session.rollback()
    trigger = Trigger(
        account_id=account.id,
        name="م",
        name_folded="م",
        token_hash="h",
        token_sealed=vault().seal("token"),
    )
    db.session.add(trigger)
    db.session.flush()
    for number, secrets in enumerate((vault().seal("{}"), None), start=1):
        version = TriggerVersion(
            trigger_id=trigger.id, number=number, configuration={}, secrets_sealed=secrets
        )
        db.session.add(version)
    db.session.commit()


def make(account: Account, name: str = "المنصة", **draft: Any) -> tuple[ApiKey, str]:
    """A key of ``account``, and its text."""
    return make_api_key(KeyDraft(name, **draft), factories.make_actor(account))


def test_a_key_is_shown_once_and_kept_as_a_hash(app: Flask, account: Account) -> None:
    key, text = make(account, " المنصة ")
    assert text.startswith("khk_")
    assert len(text) > 40
    assert (key.name, key.hint, key.token_hash) == ("المنصة", text[-4:], hash_of(text))
    assert text not in str(db.session.get_one(ApiKey, key.id).__dict__)
    assert make(account)[1] != text


FAULTS = {"": "required", " ": "required", "م" * 201: "bad_length", "a\0": "bad_length"}


def test_a_key_without_a_good_name_is_refused(app: Flask, account: Account) -> None:
    for name, code in FAULTS.items():
        with pytest.raises(Refused) as refused:
            make(account, name)
        assert [(p.pointer, p.code) for p in refused.value.problems] == [("/name", code)]
    assert db.session.query(ApiKey).count() == 0


def test_what_makes_no_sense_is_refused(app: Flask, account: Account) -> None:
    faults = [
        ({"scopes": ()}, "/scopes", "no_scope"),
        ({"scopes": (Scope.HOOKS,), "role": Role.SUPPORT}, "/scopes", "scope_beyond_role"),
        ({"per_minute": 0}, "/per_minute", "bad_number"),
    ]
    for draft, pointer, code in faults:
        with pytest.raises(Refused) as refused:
            make(account, **draft)
        assert [(p.pointer, p.code) for p in refused.value.problems] == [(pointer, code)]


def test_a_change_of_a_key_is_on_record(app: Flask, account: Account) -> None:
    key, _ = make(account)
    actor = factories.make_actor(account)
    edit_api_key(key.id, draft_of_key(key), actor)
    edit_api_key(key.id, KeyDraft("المتجر", scopes=(Scope.READ,), per_minute=60), actor)
    made, changed = db.session.query(AuditEntry).order_by(AuditEntry.id)
    assert (made.action, made.target, made.after["scopes"]) == ("api_key.created", "المنصة", None)
    assert changed.before == {"name": "المنصة", "scopes": None, "per_minute": None}
    assert changed.after == {"name": "المتجر", "scopes": ["read"], "per_minute": 60}
    revoke_api_key(key.id, actor, "تسرّب")
    with pytest.raises(Conflict, match="key_revoked"):
        edit_api_key(key.id, KeyDraft("آخر"), actor)
    assert db.session.query(AuditEntry).filter_by(action="api_key.revoked").one().reason == "تسرّب"


def test_a_key_is_revoked_once_and_its_use_is_noted(app: Flask, account: Account) -> None:
    key, _ = make(account)
    note_use(key.id, "192.0.2.7")
    assert (key.last_used_at is not None, key.last_used_from) == (True, "192.0.2.7")
    revoke_api_key(key.id, factories.make_actor(account), "تسرّب")
    first = key.revoked_at
    assert first is not None
    revoke_api_key(key.id, factories.make_actor(account), "تسرّب")
    assert key.revoked_at == first


def test_a_use_is_not_noted_while_somebody_else_writes(app: Flask, account: Account) -> None:
    key_id = make(account)[0].id
    db.session.rollback()
    with db.engine.connect() as other:
        if db.engine.dialect.name == "sqlite":
            other = other.execution_options(sqlite_begin="IMMEDIATE")
        other.execute(update(ApiKey).values(name="x"))
        began = monotonic()
        note_use(key_id, "192.0.2.7")
        assert monotonic() - began < 1
        other.rollback()
    assert db.session.get_one(ApiKey, key_id).last_used_at is None
    db.session.rollback()
    note_use(key_id, "192.0.2.7")
    assert db.session.get_one(ApiKey, key_id).last_used_at is not None


def test_every_secret_is_sealed_again_under_the_newest_key(app: Flask, account: Account) -> None:
    hook = factories.make_hook(headers={"Authorization": "Bearer x"})
    factories.make_hook()
    make_trigger(account)
    person_id = factories.make_person(account=account).id
    db.session.rollback()
    db.session.add(SecondStep(person_id=person_id, secret_sealed=vault().seal("seed")))
    db.session.commit()
    before, old = sealed(), settings().encryption_keys
    rotate_to(app, NEW, *old)
    assert reseal_all() == len(before) == 6
    assert not set(before) & set(sealed())
    rotate_to(app, NEW)
    assert secret_of(hook) == factories.SECRET
    assert headers_of(hook) == {"Authorization": "Bearer x"}
    assert all(vault().open(text) for text in sealed())


def test_a_secret_under_an_unknown_key_stops_it_and_nothing_is_changed(app: Flask) -> None:
    hooks = [factories.make_hook(headers={"X": "1"}) for _ in range(3)]
    lost = hooks[1].secrets[0]
    lost.sealed = Vault([Fernet.generate_key().decode()]).seal("lost")
    db.session.commit()
    before = sealed()
    rotate_to(app, NEW, *settings().encryption_keys)
    with pytest.raises(VaultError, match="PORTAL_ENCRYPTION_KEYS"):
        reseal_all()
    assert sealed() == before


def test_with_nothing_to_seal_there_is_nothing_to_do(app: Flask) -> None:
    assert reseal_all() == 0


@crossing
def test_what_somebody_saves_meanwhile_is_not_put_back(app: Flask) -> None:
    actor, hook = factories.make_actor(), factories.make_hook(headers={"X": "old"})
    changed = HookDraft(**draft_of(hook).__dict__ | {"headers": {"X": "new"}})
    hook_id = hook.id
    while_uncommitted(app, lambda: edit_hook(hook_id, changed, actor).id, reseal_all)
    db.session.expire_all()
    assert headers_of(hook) == {"X": "new"}


def test_every_column_of_sealed_texts_is_sealed_again() -> None:
    named = {
        (table.name, column.name)
        for table in Model.metadata.tables.values()
        for column in table.columns
        if "sealed" in column.name
    }
    listed = [(column.class_.__tablename__, column.key) for _, column in SEALED]
    assert sorted(listed) == sorted(named)
    assert all(one.class_ is column.class_ for one, column in SEALED)


def test_nobody_waits_long_while_thousands_of_secrets_are_sealed_again(
    app: Flask, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_trigger(account)
    trigger_id = db.session.query(Trigger.id).scalar()
    text = vault().seal("{}")
    columns = {"trigger_id": trigger_id, "configuration": {}, "secrets_sealed": text}
    numbers = range(10, 3_010)
    rows = [{"id": f"trv_{number:06}", "number": number, **columns} for number in numbers]
    db.session.execute(insert(TriggerVersion), rows)
    db.session.commit()
    held: list[float] = []
    real = resealing.writing

    @contextmanager
    def timed() -> Iterator[Any]:
        began = monotonic()
        with real() as session:
            yield session
        held.append(monotonic() - began)

    monkeypatch.setattr(resealing, "writing", timed)
    rotate_to(app, NEW, *settings().encryption_keys)
    assert reseal_all() == 3_002
    assert len(held) >= 15
    assert max(held) < 0.5
    rotate_to(app, NEW)
    assert all(vault().open(text) for text in sealed())


def test_a_change_between_reading_and_writing_is_kept_and_sealed_anew(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook_id, old = factories.make_hook(headers={"X": "old"}).id, settings().encryption_keys
    rotate_to(app, NEW, *old)
    real, changes = resealing._write, iter(["first", "second"])

    def change_first(*args: Any) -> None:
        # Somebody whose portal still knows the old key alone.
        change = next(changes, None)
        if change:
            changed = Vault(old).seal(f'{{"X": "{change}"}}')
            db.session.query(Hook).filter_by(id=hook_id).update({"headers_sealed": changed})
            db.session.commit()
        real(*args)

    monkeypatch.setattr(resealing, "_write", change_first)
    reseal_all()
    rotate_to(app, NEW)
    db.session.rollback()
    assert headers_of(db.session.get_one(Hook, hook_id, populate_existing=True)) == {"X": "second"}


def test_what_was_interrupted_can_be_begun_again(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        factories.make_hook(headers={"X": "1"})
    rotate_to(app, NEW, *settings().encryption_keys)
    monkeypatch.setattr(resealing, "CHUNK", 2)
    real, left = resealing._write, [True, True]

    def break_off(*args: Any) -> None:
        if not left:
            raise KeyboardInterrupt
        left.pop()
        real(*args)

    monkeypatch.setattr(resealing, "_write", break_off)
    with pytest.raises(KeyboardInterrupt):
        reseal_all()
    states = [Vault([NEW]).is_newest(text) for text in sealed()]
    assert True in states
    assert False in states
    monkeypatch.setattr(resealing, "_write", real)
    assert reseal_all() == 10
    assert reseal_all() == 10
    rotate_to(app, NEW)
    assert all(vault().open(text) for text in sealed())


def test_who_goes_on_sealing_under_an_older_key_is_told(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook_id, old = factories.make_hook(headers={"X": "1"}).id, settings().encryption_keys
    rotate_to(app, NEW, *old)

    def write_over(*_: Any) -> None:
        changed = Vault(old).seal("{}")
        db.session.query(Hook).filter_by(id=hook_id).update({"headers_sealed": changed})
        db.session.commit()

    monkeypatch.setattr(resealing, "_write", write_over)
    with pytest.raises(StillSealing):
        reseal_all()
