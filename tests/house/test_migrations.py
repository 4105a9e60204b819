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
from sqlalchemy import inspect

from portal import create_app
from portal.extensions import db
from portal.models import Model
from portal.settings import Settings
from tests import servers
from tests.house.tree import ROOT


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
