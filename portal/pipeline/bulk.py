"""Many rows in one statement: they travel as one JSON text, which both databases read in C.

A parameter a value would cost more than everything else that is done for a delivery.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any

import orjson
from sqlalchemy import Table, text
from sqlalchemy.orm import Session

Rows = Sequence[dict[str, Any]]


def insert_rows(session: Session, table: Table, rows: Rows, on_conflict: str = "") -> None:
    """Insert ``rows``, all with the same members, into ``table``.

    ``on_conflict`` is the clause of that name, if any.
    """
    if not rows:
        return
    dialect, names = session.get_bind().dialect.name, tuple(rows[0])
    columns = ", ".join(names)
    session.execute(
        text(
            f"INSERT INTO {table.name} ({columns}) SELECT {columns}"
            f" FROM {_source(dialect, table.name, names)} WHERE true {on_conflict}"
        ),
        {"rows": _packed(dialect, rows)},
    )


def update_rows(
    session: Session,
    table: Table,
    rows: Rows,
    changes: str,
    where: str,
    beside: Table,
    **parameters: Any,
) -> None:
    """Update the rows of ``table`` whose ``id`` stands in ``rows`` and that meet ``where``.

    ``changes`` and ``where`` may speak of the table and of the one ``beside`` it by their names,
    of the row at hand as ``r``, and of ``parameters``.
    """
    if not rows:
        return
    dialect, names = session.get_bind().dialect.name, tuple(rows[0])
    session.execute(
        text(
            f"UPDATE {table.name} SET {changes}"
            f" FROM {_source(dialect, table.name, names)}, {beside.name}"
            f" WHERE {table.name}.id = r.id AND {where}"
        ),
        {"rows": _packed(dialect, rows), **parameters},
    )


@cache
def _source(dialect: str, table: str, names: tuple[str, ...]) -> str:
    """The rows as something to select from, under the name ``r``, typed as the table's are."""
    if dialect == "postgresql":
        return f"json_populate_recordset(CAST(NULL AS {table}), CAST(:rows AS json)) r"
    values = ", ".join(f"value ->> '{name}' AS {name}" for name in names)
    return f"(SELECT {values} FROM json_each(:rows)) r"


def _packed(dialect: str, rows: Rows) -> str:
    if dialect == "postgresql":
        return orjson.dumps(rows).decode()
    # SQLite compares moments as texts, so all are written alike.
    return orjson.dumps(rows, _sqlite_moment, orjson.OPT_PASSTHROUGH_DATETIME).decode()


# Rows that are written together share most of their moments.
@lru_cache(maxsize=1024)
def _sqlite_moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
