"""How Alembic reaches the portal's database: one upgrade at a time, whoever asks."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection, text

from portal.extensions import db
from portal.models import Model
from portal.models.base import UtcDateTime
from portal.pipeline.catalogue import ship

# A number of our own for PostgreSQL's advisory lock.
LOCK = 0x6B_68_75_74


def render_item(kind: str, item: Any, _context: AutogenContext) -> str | bool:
    """Write our own column type into a migration by its name."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "portal.models.base.UtcDateTime()"
    return False


@contextmanager
def alone(connection: Connection) -> Iterator[None]:
    """Hold every other upgrade of the same database back until this one is through."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
        connection.commit()
        try:
            yield
        finally:
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": LOCK})
            connection.commit()
        return
    database = connection.engine.url.database
    if not database or database == ":memory:":
        yield
        return
    with Path(f"{database}.upgrade").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


with db.engine.connect() as connection, alone(connection):
    context.configure(
        connection=connection,
        target_metadata=Model.metadata,
        render_item=render_item,
        render_as_batch=False,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    # Only tables of today's shape can take what today's portal ships.
    revision = context.get_context().get_current_revision()
    if revision is not None and revision == context.get_head_revision():
        ship(connection)
        connection.commit()
