"""The extensions, unbound; ``create_app`` binds them to an app."""

from typing import Any

from flask import Flask, current_app
from flask_htmx import HTMX
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy import Connection, Engine, event

from portal.domain.vault import Vault
from portal.models.base import Model
from portal.settings import Settings

db = SQLAlchemy(model_class=Model, disable_autonaming=True)
migrate = Migrate()
csrf = CSRFProtect()
login = LoginManager()
htmx = HTMX()

_SETTINGS, _VAULT = "portal.settings", "portal.vault"


def bind_settings(app: Flask, settings: Settings) -> None:
    """Make ``settings`` and the vault over its keys reachable from anywhere inside ``app``."""
    app.extensions[_SETTINGS] = settings
    app.extensions[_VAULT] = Vault(settings.encryption_keys)


def settings() -> Settings:
    """The settings of the current app."""
    return current_app.extensions[_SETTINGS]


def vault() -> Vault:
    """What seals and opens the secrets of the current app."""
    return current_app.extensions[_VAULT]


def engine_options(settings: Settings) -> dict[str, Any]:
    """The engine's options for the database that ``settings`` names."""
    if settings.database_url.startswith("sqlite"):
        return {"connect_args": {"timeout": 15, "check_same_thread": False}}
    return {
        "pool_pre_ping": True,
        "pool_size": 20,
        "max_overflow": 40,
        "pool_timeout": 5,
        "connect_args": {"connect_timeout": 5},
    }


def tune_sqlite(engine: Engine) -> None:
    """Make SQLite take many writers: WAL, real transactions, a write lock from the start.

    The driver's own idea of transactions is switched off; a verb that writes asks for
    ``BEGIN IMMEDIATE`` through the option ``sqlite_begin``. A transaction that reads first and
    writes later fails under load whatever the busy timeout is.
    """
    if engine.dialect.name != "sqlite":
        return
    event.listen(engine, "connect", _open_sqlite)
    event.listen(engine, "begin", _begin_sqlite)


def _open_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "busy_timeout=15000",
        "synchronous=FULL",
        "foreign_keys=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    kind = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {kind}")
