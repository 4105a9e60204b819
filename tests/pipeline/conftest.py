"""One portal a kind of database for all tests here, because making one costs more than most tests.

Each test still finds its own settings, its own keys and a database in which nothing is.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from portal import create_app
from portal.extensions import bind_settings, db
from portal.settings import Settings
from tests.clients import Browser


@pytest.fixture(scope="session")
def known_apps() -> dict[str, Flask]:
    """The portals that were made so far, by the address of their database."""
    return {}


@pytest.fixture(scope="session")
def sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the SQLite database of each test is put, one after the other."""
    return tmp_path_factory.mktemp("pipeline") / "portal.sqlite"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, sqlite_file: Path) -> str:
    """The address of a migrated database in which nothing is, of either kind."""
    if request.param == "sqlite":
        for left in sqlite_file.parent.iterdir():
            left.unlink()
        shutil.copy(request.getfixturevalue("migrated_file"), sqlite_file)
        return f"sqlite:///{sqlite_file}"
    request.getfixturevalue("pristine").restore()
    return request.getfixturevalue("postgresql_server").url("migrated")


@pytest.fixture
def app(environ: dict[str, str], known_apps: dict[str, Flask]) -> Iterator[Flask]:
    """The portal on a fresh database, with its context pushed."""
    settings = Settings.from_env(environ).with_keys()
    app = known_apps.get(settings.database_url) or create_app(settings)
    known_apps[settings.database_url] = app
    bind_settings(app, settings)
    app.testing = True
    app.test_client_class = Browser
    app.extensions["tests.base_url"] = settings.base_url
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()
