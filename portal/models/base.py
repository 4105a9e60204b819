"""What every table shares: ids, time, JSON, and the database's own clock."""

import os
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, MetaData, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, registry
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

# Names are spelled out so that a migration can drop what it did not name itself.
NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC; a naive one is refused, because nobody knows which it is."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment without a time zone: {value!r}")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class utcnow(FunctionElement[datetime]):  # noqa: N801 - reads as the SQL function it is
    """The database's clock, the one clock that claims and leases are judged by."""

    type = UtcDateTime()
    inherit_cache = True


@compiles(utcnow, "postgresql")
def _postgresql_now(element: utcnow, compiler: SQLCompiler, **_: Any) -> str:
    # Stable within a statement, so that it may be compared through an index.
    return "statement_timestamp()"


@compiles(utcnow, "sqlite")
def _sqlite_now(element: utcnow, compiler: SQLCompiler, **_: Any) -> str:
    # Six decimals, as the driver stores moments: texts then compare as moments do.
    return "(strftime('%Y-%m-%d %H:%M:%f', 'now') || '000')"


JsonValue = JSON().with_variant(JSONB(), "postgresql")
# Ids compare by bytes everywhere, which is both the order of time and the cheapest one.
IdText = String(32).with_variant(String(32, collation="C"), "postgresql")


class Model(DeclarativeBase):
    """The base of all tables."""

    metadata = MetaData(naming_convention=NAMING)
    registry = registry(type_annotation_map={datetime: UtcDateTime(), dict[str, Any]: JsonValue})


class _Clock:
    """Hands out 128-bit numbers that only rise within this process.

    48 bits of milliseconds and 80 of randomness, the layout of a ULID; two numbers of the same
    millisecond differ by one, so that rows made together keep the order they were made in.
    """

    def __init__(self) -> None:
        self._last = 0
        self._lock = threading.Lock()

    def next(self) -> int:
        fresh = (time.time_ns() // 1_000_000 << 80) | int.from_bytes(os.urandom(10), "big")
        with self._lock:
            self._last = fresh if fresh >> 80 > self._last >> 80 else self._last + 1
            return self._last


_clock = _Clock()


def _forget_last() -> None:
    global _clock
    _clock = _Clock()


# A forked child must not count on from where its parent stood.
os.register_at_fork(after_in_child=_forget_last)


def new_id(prefix: str) -> str:
    """A new public id: ``prefix``, an underscore and 26 letters and digits that sort by time."""
    return _id_of(prefix, _clock.next())


def first_id(prefix: str, moment: datetime) -> str:
    """The least id with ``prefix`` that a row made at ``moment``, to the millisecond, may have."""
    milliseconds = int(moment.timestamp() * 1000)
    # Ids begin in 1970 and end in the year 10889.
    return _id_of(prefix, max(0, milliseconds) << 80)


def _id_of(prefix: str, number: int) -> str:
    # Two bits more than there are, so that letters of five bits come out even.
    n = number << 2
    return (
        f"{prefix}_{_first_letters(n >> 40)}{_PAIRS[n >> 30 & 1023]}{_PAIRS[n >> 20 & 1023]}"
        f"{_PAIRS[n >> 10 & 1023]}{_PAIRS[n & 1023]}"
    )


# Numbers are written in base32hex (RFC 4648), whose order is theirs, ten bits at a time.
_LETTERS = "0123456789abcdefghijklmnopqrstuv"
_PAIRS = [one + other for one in _LETTERS for other in _LETTERS]


# What is made in the same millisecond begins alike.
@lru_cache(maxsize=16)
def _first_letters(high: int) -> str:
    return "".join(_PAIRS[high >> shift & 1023] for shift in range(80, -1, -10))


def id_maker(prefix: str) -> Callable[[], str]:
    """A column default that makes ids with ``prefix``."""
    return lambda: new_id(prefix)


def now() -> datetime:
    """This machine's clock, for columns that only people read."""
    return datetime.now(UTC)
