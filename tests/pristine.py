"""A PostgreSQL database that each test finds as the migrations left it.

Putting rows back takes a few milliseconds, where a copy of the database takes half a second.
"""

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
        with psycopg.connect(address) as connection:
            tables = [sql.Identifier(name) for (name,) in connection.execute(TABLES)]
            connection.execute(sql.SQL("CREATE SCHEMA {}").format(KEPT))
            filled = [table for table in tables if _rows(connection, table)]
            for table in filled:
                connection.execute(
                    sql.SQL("CREATE TABLE {}.{} AS TABLE {}").format(KEPT, table, table)
                )
        self._refill = sql.SQL(";").join(
            sql.SQL("DELETE FROM {}; INSERT INTO {} TABLE {}.{}").format(t, t, KEPT, t)
            for t in filled
        )
        # Most tests leave most tables empty, and looking is cheaper than deleting.
        self._used = sql.SQL(" UNION ALL ").join(
            sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(sql.Literal(t.as_string()), t)
            for t in tables
            if t not in filled
        )

    def restore(self) -> None:
        """Bring the rows back; whoever is still in a transaction is disconnected first."""
        with psycopg.connect(self._address) as connection:
            connection.execute(BUSY)
            # Without triggers, so that the order in which the tables come does not matter.
            connection.execute("SET session_replication_role = replica")
            for (used,) in connection.execute(self._used).fetchall():
                connection.execute(f"DELETE FROM {used}")
            connection.execute(self._refill)


def _rows(connection: psycopg.Connection, table: sql.Identifier) -> int:
    return connection.execute(sql.SQL("SELECT count(*) FROM {}").format(table)).fetchone()[0]
