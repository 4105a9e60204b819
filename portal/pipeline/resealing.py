"""Sealing every secret again under the newest key, beside a portal that runs.

What is worked out takes no lock; what is written is written in short transactions, and only over
the very text that was read. So nobody waits long, nothing that somebody saves meanwhile is put
back, and what was interrupted can be begun again.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import InstrumentedAttribute

from portal.extensions import vault
from portal.models.hook import ERASED
from portal.pipeline.keys import SEALED
from portal.pipeline.transactions import reading, writing

# Rows of one transaction: SQLite has one writer at a time.
CHUNK = 200
# What others seal under an older key meanwhile is found by going round again.
MOST_ROUNDS = 10

Column = InstrumentedAttribute[Any]
Rows = list[tuple[str, str]]


class StillSealing(Exception):
    """Somebody goes on sealing under an older key: a process that was not started anew."""


def reseal_all() -> int:
    """Seal every secret again under the newest key; returns how many there are.

    Raises :class:`portal.domain.vault.VaultError` when a secret's key is not known, and then
    changes nothing; :class:`StillSealing` when an older key is still needed in the end.
    """
    count = sum(_openable(rows) for columns in SEALED for rows in _rows(*columns))
    for _ in range(MOST_ROUNDS):
        if not sum(_reseal(*columns) for columns in SEALED):
            return count
    raise StillSealing


def _rows(id_column: Column, sealed: Column) -> Iterator[Rows]:
    """What ``sealed`` holds, by id, in chunks."""
    last = ""
    query = select(id_column, sealed).where(sealed != ERASED).order_by(id_column).limit(CHUNK)
    while True:
        with reading() as session:
            rows = list(map(tuple, session.execute(query.where(id_column > last))))
        if not rows:
            return
        yield rows
        last = rows[-1][0]


def _openable(rows: Rows) -> int:
    for _, text in rows:
        vault().open(text)
    return len(rows)


def _reseal(id_column: Column, sealed: Column) -> int:
    """Seal again what is under an older key; returns how many that were."""
    count = 0
    for rows in _rows(id_column, sealed):
        old = [(row_id, text) for row_id, text in rows if not vault().is_newest(text)]
        fresh = [(row_id, text, vault().reseal(text)) for row_id, text in old]
        if fresh:
            _write(id_column, sealed, fresh)
        count += len(fresh)
    return count


def _write(id_column: Column, sealed: Column, fresh: list[tuple[str, str, str]]) -> None:
    over = (
        update(id_column.class_.__table__)
        .where(id_column == bindparam("of"), sealed == bindparam("read"))
        .values({sealed.key: bindparam("again")})
    )
    with writing() as session:
        session.connection().execute(
            over, [{"of": row_id, "read": read, "again": again} for row_id, read, again in fresh]
        )
