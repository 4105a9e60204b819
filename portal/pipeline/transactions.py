"""Transactions that write."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from portal.extensions import db


@contextmanager
def writing() -> Iterator[Session]:
    """A transaction that writes from its first statement on, committed at the end.

    SQLite gets the write lock at once: a transaction there that reads first and writes later
    fails under load. Whatever was read before is let go, so that nothing decides on old rows.
    """
    db.session.rollback()
    db.session.connection(execution_options={"sqlite_begin": "IMMEDIATE"})
    try:
        yield db.session()
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise


@contextmanager
def reading() -> Iterator[Session]:
    """A transaction that only reads, ended at the end, so that no connection is kept."""
    try:
        yield db.session()
    finally:
        db.session.rollback()


def release() -> None:
    """End the transaction that reads have opened, so that its connection is free again."""
    db.session.rollback()
