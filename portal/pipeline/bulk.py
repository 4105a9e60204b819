"""Many rows in one statement: they travel as a few long texts, which both databases read in C.

A parameter a value would cost more than everything else that is done for a delivery.
"""

import os
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any

import orjson
from sqlalchemy import Boolean, Column, Integer, LargeBinary, Table, TextClause, text
from sqlalchemy.orm import Session

from portal.models.base import UtcDateTime

Rows = Sequence[dict[str, Any]]
# The values of each column, in the order of the rows; no other values than of texts, whole
# numbers, moments, and bytes that are UTF-8 without NUL.
Columns = Mapping[str, Sequence[Any]]

# What stands between texts, and for null: nobody can guess it and put it into a text.
_MARKS = {name: f"\x1e{os.urandom(9).hex()}" for name in ("between", "null")}


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


def insert_columns(
    session: Session, table: Table, columns: Columns, on_conflict: str = "", returning: str = ""
) -> Collection[Any]:
    """Insert rows, given as ``columns``, into ``table``.

    Returns the values of the column ``returning`` in the rows that were inserted, where there is
    a clause ``on_conflict``. SQLite, with its one writer at a time, knows no conflict here that
    its writer could not have seen before.
    """
    if session.get_bind().dialect.name == "sqlite":
        _insert_tuples(session, table, columns)
        return columns[returning] if returning else ()
    various = tuple(name for name, column in columns.items() if len(set(column)) > 1)
    if on_conflict:
        on_conflict += f" RETURNING {returning}"
    statement = _insert_of(table, tuple(columns), various, on_conflict)
    texts = {name: _joined(columns[name]) for name in various}
    given = {name: _as_text(column[0]) for name, column in columns.items()} | texts
    done = session.execute(statement, given | _MARKS)
    return set(done.scalars()) if on_conflict else ()


def _insert_tuples(session: Session, table: Table, columns: Columns) -> None:
    plain = [
        map(_sqlite_moment, column) if isinstance(column[0], datetime) else column
        for column in columns.values()
    ]
    session.connection().exec_driver_sql(
        f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})",
        list(zip(*plain, strict=True)),
    )


def one_of(dialect: str, column: str) -> str:
    """The condition that ``column`` is one of the texts that :func:`listed` hands over."""
    if dialect == "postgresql":
        return f"{column} = ANY(string_to_array(:listed, :between))"
    return f"{column} IN (SELECT value FROM json_each(:listed))"


def listed(dialect: str, values: Sequence[str]) -> dict[str, str]:
    """The parameters of a condition :func:`one_of`, for ``values``, however many."""
    if dialect == "postgresql":
        return {"listed": _joined(values), "between": _MARKS["between"]}
    return {"listed": orjson.dumps(values).decode()}


@lru_cache(maxsize=256)
def _insert_of(
    table: Table, names: tuple[str, ...], various: tuple[str, ...], on_conflict: str
) -> TextClause:
    types = {name: _type_of(table.c[name]) for name in names}
    given = ", ".join(
        _TAKEN[types[name]].format(f"{'r.' if name in various else ':'}{name}") for name in names
    )
    lists = ", ".join(f"string_to_array(:{name}, :between, :null)" for name in various)
    source = f" FROM unnest({lists}) AS r({', '.join(various)}) WHERE true" if various else ""
    return text(
        f"INSERT INTO {table.name} ({', '.join(names)}) SELECT {given}{source} {on_conflict}"
    )


# How a value of each type is had from the text, or the parameter, that it travels as.
_TAKEN = {
    "timestamptz": "CAST({} AS timestamptz)",
    "integer": "CAST({} AS integer)",
    "boolean": "CAST({} AS boolean)",
    "text": "CAST({} AS text)",
    "bytea": "convert_to(CAST({} AS text), 'UTF8')",
}


def _type_of(column: Column[Any]) -> str:
    if isinstance(column.type, UtcDateTime):
        return "timestamptz"
    if isinstance(column.type, LargeBinary):
        return "bytea"
    if isinstance(column.type, Boolean):
        return "boolean"
    return "integer" if isinstance(column.type, Integer) else "text"


def _joined(column: Sequence[Any]) -> str:
    null = _MARKS["null"]
    return _MARKS["between"].join(
        [null if value is None else str(_as_text(value)) for value in column]
    )


def _as_text(value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else value


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
