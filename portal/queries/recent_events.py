"""The latest events of some types: what a change of a hook is tried with."""

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import aliased, undefer

from portal.extensions import db
from portal.models import Event

# So many are looked at, among so many of the account's latest: a rare type must not make the
# whole log be read.
LOOKED_AT, AMONG = 200, 5000


def recent_events(
    account_id: str, types: Collection[str], limit: int = LOOKED_AT
) -> Sequence[Event]:
    """The latest events of ``types``, newest first, with their data."""
    latest = (
        select(Event)
        .where(Event.account_id == account_id)
        .order_by(Event.id.desc())
        .limit(AMONG)
        .subquery()
    )
    one = aliased(Event, latest)
    rows = select(one.id).where(one.type.in_(types)).order_by(one.id.desc()).limit(limit)
    ids = db.session.scalars(rows).all()
    kept = select(Event).where(Event.id.in_(ids)).order_by(Event.id.desc())
    return db.session.scalars(kept.options(undefer(Event.data))).all()
