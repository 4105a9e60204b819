"""The database, settings and vault of an app, unbound; ``create_core`` binds them."""

from contextlib import AbstractContextManager
from time import monotonic
from typing import Any

import psycopg
from flask import Flask, current_app
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import InvalidatePoolError

from portal.domain.vault import Vault
from portal.models.base import Model
from portal.settings import Settings

db = SQLAlchemy(model_class=Model, disable_autonaming=True)

BUSY_MILLISECONDS = 15_000
# A connection that has lain idle for so many seconds is asked whether it still stands; asking it
# every time would cost every request a round trip.
ASK_AFTER_SECONDS = 0.5

# What a statement was to store stays out of its error, and so out of the log.
_QUIET = {"hide_parameters": True}

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
        return _QUIET | {"connect_args": {"timeout": 15, "check_same_thread": False}}
    return _QUIET | {
        "pool_events": [(_ask_idle, "checkout"), (_note_return, "checkin")],
        # The same few connections stay in use, whose statements are prepared already.
        "pool_use_lifo": True,
        "pool_size": 20,
        "max_overflow": 40,
        "pool_timeout": 5,
        "connect_args": {"connect_timeout": 5},
    }


def glance() -> AbstractContextManager[Connection]:
    """A connection for a single read apart from the session's transaction: one round trip."""
    if db.engine.dialect.name == "sqlite":
        # Here a transaction costs nothing, and doing without would let the driver begin its own.
        return db.engine.connect()
    return db.engine.connect().execution_options(isolation_level="AUTOCOMMIT")


def _note_return(_connection: Any, record: Any) -> None:
    record.info["returned_at"] = monotonic()


def _ask_idle(connection: Any, record: Any, _proxy: Any) -> None:
    if monotonic() - record.info.get("returned_at", monotonic()) < ASK_AFTER_SECONDS:
        return
    try:
        connection.autocommit = True
        connection.execute("SELECT 1")
        connection.autocommit = False
    except psycopg.Error as error:
        # What was connected before is gone with it; the pool connects anew.
        raise InvalidatePoolError from error


def tune_sqlite(engine: Engine) -> None:
    """Make SQLite take many writers: WAL, real transactions, a write lock from the start.

    The driver's own idea of transactions is switched off; a verb that writes asks for
    ``BEGIN IMMEDIATE`` through the option ``sqlite_begin``, and fails at once when somebody else
    is writing where ``sqlite_waits`` is False. A transaction that reads first and writes later
    fails under load whatever the busy timeout is.
    """
    if engine.dialect.name != "sqlite":
        return
    event.listen(engine, "connect", _open_sqlite)
    event.listen(engine, "begin", _begin_sqlite)


def _open_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        f"busy_timeout={BUSY_MILLISECONDS}",
        "synchronous=FULL",
        "foreign_keys=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    begin = f"BEGIN {options.get('sqlite_begin', 'DEFERRED')}"
    if options.get("sqlite_waits", True):
        connection.exec_driver_sql(begin)
        return
    connection.exec_driver_sql("PRAGMA busy_timeout=0")
    try:
        connection.exec_driver_sql(begin)
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
