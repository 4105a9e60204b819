"""The log read along its way, in bites: what is rare is looked for without reading for minutes.

A bite is a stretch of ids on the path. Where it ends is found by counting keys in an index; only
then is the rest judged, for the rows of that stretch. So each bite costs the same, however large
the log is and however little of it matches, and whoever reads may stop after any of them.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import select

from portal.extensions import db
from portal.models import Delivery
from portal.models.matching import Way

# What is common is found in the first; later ones are larger, since each has its own cost.
FIRST_BITE, LARGEST_BITE = 256, 4096


class Bite(NamedTuple):
    """The matching ids of a stretch, newest first, and its lowest id (None: the log ends)."""

    ids: Sequence[str]
    floor: str | None


def walk(way: Way, cursor: str | None = None, size: int = FIRST_BITE) -> Iterator[Bite]:
    """Bite after bite of what lies below the id ``cursor``, newest first, to the log's end."""
    while True:
        bite = _bite(way, cursor, size)
        yield bite
        if bite.floor is None:
            return
        cursor, size = bite.floor, min(2 * size, LARGEST_BITE)


def _bite(way: Way, cursor: str | None, size: int) -> Bite:
    below = [Delivery.id < cursor] if cursor else []
    on_path = select(Delivery.id).where(*way.path, *below).order_by(Delivery.id.desc())
    if not way.rest:
        ids = db.session.scalars(on_path.limit(size)).all()
        return Bite(ids, ids[-1] if len(ids) == size else None)
    # The last of the bite, and the first behind it: without that, the log ends here.
    ends = db.session.scalars(on_path.offset(size - 1).limit(2)).all()
    floor = ends[0] if len(ends) == 2 else None
    above = [Delivery.id >= floor] if floor else []
    ids = db.session.scalars(on_path.where(*above, *way.rest)).all()
    return Bite(ids, floor)


def ceiling(way: Way, after: str, size: int) -> str | None:
    """Where a bite upwards from the id ``after`` ends; None where it holds all that is there."""
    on_path = select(Delivery.id).where(*way.path, Delivery.id > after).order_by(Delivery.id)
    return db.session.scalar(on_path.offset(size - 1).limit(1))
