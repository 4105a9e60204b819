"""Acts on record, which nobody changes or removes afterwards."""

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from portal.domain.audit import MAX_REASON, Action
from portal.extensions import db
from portal.models import Account, AuditEntry
from portal.pipeline.audit import note
from portal.pipeline.transactions import writing
from tests import factories


def put(account: Account, **facts: object) -> None:
    """Put the making of a hook on record."""
    actor = factories.make_actor(account)
    with writing() as session:
        note(session, actor, Action.HOOK_EDITED, "hok_1", "طلبات", **facts)


def test_an_act_says_who_what_and_why(account: Account) -> None:
    put(account, before={"url": "a", "name": "x"}, after={"url": "b", "name": "x"}, reason=" طلب ")
    entry = db.session.query(AuditEntry).one()
    assert (entry.actor, entry.action, entry.target) == (
        "tests@nour.example",
        "hook.edited",
        "طلبات",
    )
    assert (entry.before, entry.after, entry.reason) == ({"url": "a"}, {"url": "b"}, "طلب")


def test_a_reason_has_an_end(account: Account) -> None:
    put(account, reason="س" * 1000)
    assert len(db.session.query(AuditEntry).one().reason) == MAX_REASON


def test_what_is_not_done_is_not_on_record(app: Flask, account: Account) -> None:
    with pytest.raises(ZeroDivisionError):
        note_and_fail(account)
    assert db.session.query(AuditEntry).count() == 0


def note_and_fail(account: Account) -> None:
    """Put an act on record and then fail to do it."""
    with writing() as session:
        note(session, factories.make_actor(account), Action.HOOK_DELETED)
        _ = 1 / 0


NAMES = ", ".join(column.name for column in AuditEntry.__table__.columns)
REST, CHANGED = NAMES.removeprefix("id, "), NAMES.replace("reason", "'x'")
COPIED = f"INTO audit_entries ({NAMES}) SELECT {CHANGED} FROM audit_entries"
RENAMED = f"INTO audit_entries (rowid, {NAMES}) SELECT rowid, 'aud_x', {REST} FROM audit_entries"
STATEMENTS = [
    ("", "UPDATE audit_entries SET reason = 'x'"),
    ("", "DELETE FROM audit_entries"),
    ("", f"INSERT {COPIED} WHERE true ON CONFLICT (id) DO UPDATE SET reason = 'x'"),
    ("postgresql", "TRUNCATE audit_entries"),
    ("sqlite", f"INSERT OR REPLACE {COPIED}"),
    ("sqlite", f"INSERT OR REPLACE {RENAMED}"),
    ("sqlite", "UPDATE OR REPLACE audit_entries SET reason = 'x'"),
]


@pytest.mark.parametrize(("only", "statement"), STATEMENTS)
def test_the_database_gives_nothing_up(account: Account, only: str, statement: str) -> None:
    if only not in ("", db.engine.dialect.name):
        return
    put(account)
    with pytest.raises(DBAPIError, match="append-only"), writing() as session:
        session.execute(text(statement))
    assert db.session.query(AuditEntry).one().reason == ""
