"""The migrations lead to exactly the tables of the models, and back, whoever runs them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import flask_migrate
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from sqlalchemy import Connection, inspect, select, text

from portal import create_app
from portal.extensions import db
from portal.models import AccountRollup, Attempt, Delivery, Model
from portal.models.matching import carried
from portal.settings import Settings
from tests import servers
from tests.house.tree import ROOT

AT = "2026-11-23 14:05:09.987654"


@pytest.fixture(params=["sqlite", "postgresql"])
def blank_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database in which nothing is."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'blank.sqlite'}"
        return
    server: servers.PostgreSQL = request.getfixturevalue("postgresql_server")
    name = f"blank_{uuid4().hex}"
    server.create(name)
    try:
        yield server.url(name)
    finally:
        server.drop(name)


@pytest.fixture
def blank(blank_database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The portal on a database in which nothing is."""
    environ = {"DATABASE_URL": blank_database_url, "PORTAL_DATA": str(tmp_path / "data")}
    app = create_app(Settings.from_env(environ))
    with app.app_context():
        yield app
        db.engine.dispose()


def tables() -> set[str]:
    """The names of the tables that are there."""
    return set(inspect(db.engine).get_table_names())


def differences() -> list[object]:
    """What a new migration would have to change."""
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return compare_metadata(context, Model.metadata)


def test_the_migrations_make_the_tables_of_the_models(blank: Flask) -> None:
    flask_migrate.upgrade()
    assert tables() == set(Model.metadata.tables) | {"alembic_version"}
    assert differences() == []


def test_a_second_upgrade_changes_nothing(blank: Flask) -> None:
    flask_migrate.upgrade()
    flask_migrate.upgrade()
    assert differences() == []


def test_every_migration_leads_back(blank: Flask) -> None:
    flask_migrate.upgrade()
    flask_migrate.downgrade(revision="base")
    assert tables() == {"alembic_version"}
    flask_migrate.upgrade()
    assert differences() == []


def test_three_upgrades_at_once_all_pass(blank_database_url: str, tmp_path: Path) -> None:
    environ = os.environ | {
        "DATABASE_URL": blank_database_url,
        "PORTAL_DATA": str(tmp_path / "data"),
    }
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"]
    running = [
        subprocess.Popen(
            command,
            cwd=ROOT,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(3)
    ]
    said = [process.communicate(timeout=60)[0] for process in running]
    assert [process.returncode for process in running] == [0, 0, 0], "\n".join(said)


OLD_ROWS = {
    "accounts": {"id": "acc_1", "slug": "a", "name": "a", "time_zone": "UTC"},
    "events": {"id": "evt_1", "account_id": "acc_1", "type": "a.b", "occurred_at": AT}
    | {"routing": "{}", "data": "{}", "search": ""},
    "hooks": {"id": "hok_1", "account_id": "acc_1", "name": "h", "name_folded": "h", "url": "u"}
    | {"description": "", "signature": "hmac", "enabled": True, "updated_at": AT},
    "deliveries": {"id": "dlv_1", "account_id": "acc_1", "hook_id": "hok_1", "event_id": "evt_1"}
    | {"event_type": "a.b", "state": "delivered", "due_at": AT, "attempt_count": 1}
    | {"retry_step": 1, "unpaid_waits": 0},
    "attempts": {"id": "att_1", "account_id": "acc_1", "hook_id": "hok_1", "message_id": "msg_1"}
    | {"started_at": AT, "duration_ms": 1, "deliveries": 1, "url": "u", "request_headers": ""}
    | {"response_headers": "", "truncated": False},
    "attempt_deliveries": {"attempt_id": "att_1", "delivery_id": "dlv_1"},
}


@pytest.mark.parametrize(("policy", "is_named"), [("simple", True), ("small_batch", False)])
def test_what_an_older_portal_has_kept_is_kept(blank: Flask, policy: str, is_named: bool) -> None:
    # Only the newest tables take what the portal ships; going back keeps it.
    flask_migrate.upgrade()
    flask_migrate.downgrade(revision="0002")
    with db.engine.begin() as connection:
        slug = text("SELECT id FROM policies WHERE slug = :slug")
        own = {
            "hooks": {"policy_id": connection.scalar(slug, {"slug": policy})},
            "attempts": {"policy": policy},
        }
        for table, row in OLD_ROWS.items():
            columns = {column["name"] for column in inspect(connection).get_columns(table)}
            made = {"created_at": AT} if "created_at" in columns else {}
            values = row | made | own.get(table, {})
            put(connection, table, values)
    flask_migrate.upgrade()
    attempt = db.session.scalars(select(Attempt).where(carried("dlv_1"))).one()
    assert (attempt.id, attempt.delivery_id) == ("att_1", "dlv_1" if is_named else None)
    assert db.session.query(Delivery).one().event_id == "evt_1"
    db.session.remove()
    flask_migrate.downgrade(revision="0002")
    with db.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM attempt_deliveries")) == 1


def test_what_was_added_up_for_hooks_is_added_up_for_their_account(blank: Flask) -> None:
    flask_migrate.upgrade()
    flask_migrate.downgrade(revision="0004")
    with db.engine.begin() as connection:
        policy = {"policy_id": connection.scalar(text("SELECT id FROM policies LIMIT 1"))}
        put(connection, "accounts", OLD_ROWS["accounts"] | {"created_at": AT})
        for number in (1, 2):
            own = {"id": f"hok_{number}", "name_folded": str(number), "created_at": AT}
            put(connection, "hooks", OLD_ROWS["hooks"] | policy | own)
            counted = {"delivered": 10, "failed": number, "duration_ms": 5}
            at = {"hook_id": own["id"], "hour": "2026-11-23 14:00:00.000000"}
            put(connection, "hook_rollups", {"account_id": "acc_1"} | at | counted)
    flask_migrate.upgrade()
    rollup = db.session.query(AccountRollup).one()
    assert (rollup.account_id, rollup.delivered, rollup.failed) == ("acc_1", 20, 3)
    assert rollup.under_50 == 0
    db.session.remove()


def put(connection: Connection, table: str, row: dict[str, object]) -> None:
    """Insert one row of an older portal."""
    named = ", ".join(f":{name}" for name in row)
    connection.execute(text(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({named})"), row)
