"""A page of a long list: read by key, so that the millionth page costs what the first does."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute

from portal.extensions import db

Item = TypeVar("Item")
LARGEST = 100


@dataclass(frozen=True)
class Page(Generic[Item]):
    """Some rows, newest first, and the cursor of those that follow (None: there are none)."""

    items: Sequence[Item]
    next: str | None


def page_of(
    rows: Select[tuple[Item]],
    key: InstrumentedAttribute[str],
    cursor: str | None,
    limit: int,
) -> Page[Item]:
    """The first ``limit`` of ``rows`` whose ``key`` is below ``cursor``, by falling key.

    A cursor is the key of the last row seen.
    """
    if cursor:
        rows = rows.where(key < cursor)
    found = db.session.scalars(rows.order_by(key.desc()).limit(limit + 1)).all()
    return Page(found[:limit], _key(found[limit - 1], key) if len(found) > limit else None)


def _key(item: Any, key: InstrumentedAttribute[str]) -> str:
    return getattr(item, key.key)
