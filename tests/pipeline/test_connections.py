"""Connections: those that have lain idle are asked, the others are taken as they are."""

from collections.abc import Iterator

import psycopg
import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from portal import extensions
from portal.extensions import db, glance
from portal.models import Account

only_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.fixture(autouse=True)
def alone(app: Flask) -> Iterator[None]:
    """Leave no connection that was cut off to the tests that follow."""
    yield
    db.session.rollback()
    db.engine.dispose()


def cut_all_off() -> None:
    """End every connection to the database from outside, as its restart does."""
    address = db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def ask() -> int | None:
    with glance() as connection:
        return connection.scalar(text("SELECT 1"))


@only_postgresql
def test_a_connection_that_was_cut_off_while_idle_is_replaced(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extensions, "ASK_AFTER_SECONDS", 0.0)
    assert ask() == 1
    db.session.rollback()
    cut_all_off()
    assert ask() == 1
    assert db.session.scalar(text("SELECT 1")) == 1


@only_postgresql
def test_one_failure_replaces_all_that_were_cut_off_in_use(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extensions, "ASK_AFTER_SECONDS", 3600.0)
    with glance() as one, glance() as other:
        assert [one.scalar(text("SELECT 1")), other.scalar(text("SELECT 1"))] == [1, 1]
    db.session.rollback()
    cut_all_off()
    with pytest.raises(DBAPIError) as failure:
        ask()
    assert failure.value.connection_invalidated
    assert [ask(), ask()] == [1, 1]


def test_after_a_glance_transactions_are_as_real_as_before(app: Flask, account: Account) -> None:
    db.session.rollback()
    assert ask() == 1
    with db.engine.connect() as connection:
        connection.execute(text("UPDATE accounts SET name = 'x'"))
        connection.rollback()
    assert account.name != "x"
