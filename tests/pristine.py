"""A PostgreSQL database that each test finds as the migrations left it.

Putting rows back takes a few milliseconds, where a copy of the database takes half a second.
"""

from typing import Self

import psycopg
from psycopg import sql

KEPT = sql.Identifier("pristine")

TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
# Whoever is idle holds nothing, and is spared the way back.
BUSY = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'"""


class Pristine:
    """Remembers every row of a migrated database and can bring exactly those back."""

    def __init__(self, address: str) -> None:
        """``address`` is libpq's, of somebody who may do everything there."""
        self._address = address
        self._connect()
        with self._connection.transaction():
            filled, others = self._keep()
        self._refill = sql.SQL(";").join(
            sql.SQL("DELETE FROM {}; INSERT INTO {} TABLE {}.{}").format(t, t, KEPT, t)
            for t in filled
        )
        # Most tests leave most tables empty, and looking is cheaper than deleting.
        self._used = sql.SQL(" UNION ALL ").join(
            sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(sql.Literal(t.as_string()), t)
            for t in others
        )

    def restore(self) -> None:
        """Bring the rows back; whoever is still in a transaction is disconnected first."""
        try:
            self._put_back()
        except psycopg.OperationalError:
            # A test has cut everybody off.
            self._connect()
            self._put_back()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def _connect(self) -> None:
        # It takes longer than putting back, and is kept.
        self._connection = psycopg.connect(self._address, autocommit=True)
        # Without triggers, so that the order in which the tables come does not matter.
        self._connection.execute("SET session_replication_role = replica")

    def _put_back(self) -> None:
        with self._connection.transaction():
            self._connection.execute(BUSY)
            for (used,) in self._connection.execute(self._used).fetchall():
                self._connection.execute(f"DELETE FROM {used}")
            self._connection.execute(self._refill)

    def _keep(self) -> tuple[list[sql.Identifier], list[sql.Identifier]]:
        """The tables that hold something, which is kept, and the others."""
        tables = [sql.Identifier(name) for (name,) in self._connection.execute(TABLES)]
        self._connection.execute(sql.SQL("CREATE SCHEMA {}").format(KEPT))
        filled = [table for table in tables if self._rows(table)]
        for table in filled:
            self._connection.execute(
                sql.SQL("CREATE TABLE {}.{} AS TABLE {}").format(KEPT, table, table)
            )
        return filled, [table for table in tables if table not in filled]

    def _rows(self, table: sql.Identifier) -> int:
        counted = self._connection.execute(sql.SQL("SELECT count(*) FROM {}").format(table))
        return counted.fetchone()[0]
