"""Transactions that write."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from threading import Lock

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from portal.extensions import db


@contextmanager
def writing() -> Iterator[Session]:
    """A transaction that writes from its first statement on, committed at the end.

    SQLite gets the write lock at once: a transaction there that reads first and writes later
    fails under load. Whatever was read before is let go, so that nothing decides on old rows.
    """
    db.session.rollback()
    with _turn():
        db.session.connection(execution_options={"sqlite_begin": "IMMEDIATE"})
        try:
            yield db.session()
            db.session.commit()
        except BaseException:
            db.session.rollback()
            raise


class Busy(Exception):
    """Somebody else is writing at this moment."""


@contextmanager
def writing_unless_busy() -> Iterator[Session]:
    """Like :func:`writing`, for what is not worth waiting for.

    Raises :class:`Busy` where SQLite has another writer; PostgreSQL keeps nobody waiting but for
    the very rows.
    """
    if db.engine.dialect.name != "sqlite":
        with writing() as session:
            yield session
        return
    if not _sqlite_turn.acquire(blocking=False):
        raise Busy
    try:
        db.session.rollback()
        _begin_at_once()
        yield db.session()
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise
    finally:
        _sqlite_turn.release()


def _begin_at_once() -> None:
    options = {"sqlite_begin": "IMMEDIATE", "sqlite_waits": False}
    try:
        db.session.connection(execution_options=options)
    except OperationalError as error:
        if getattr(error.orig, "sqlite_errorname", "") != "SQLITE_BUSY":
            raise
        raise Busy from error


def _turn() -> AbstractContextManager[object]:
    # SQLite's own way to wait for another writer is to sleep and look again, longer each time;
    # the threads of one process queue up here instead.
    return _sqlite_turn if db.engine.dialect.name == "sqlite" else nullcontext()


_sqlite_turn = Lock()


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
