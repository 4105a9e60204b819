"""Streams: take the hooks that have something due for a while, so that one worker sends to each.

A lease is a visibility timeout by the database's clock: a worker that lives keeps lengthening
it, a worker that dies leaves streams that anybody may take once it has run out.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    TextClause,
    and_,
    bindparam,
    exists,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from portal.domain.health import Health, Standing
from portal.models import Delivery, Hook, Stream, utcnow
from portal.models.delivery import IS_FRESH, IS_RETRY
from portal.pipeline.transactions import reading

LEASE = timedelta(seconds=15)

_KEPT = Health._fields
_streams = Stream.__table__


def take(session: Session, token: str, most: Mapping[Standing, int]) -> dict[str, Health]:
    """Lease streams in which something is due, the longest unserved first, under ``token``: at
    ``most`` so many of each standing. Returns the health of each by the hook's id.
    """
    rows = [row for standing in Standing for row in _find(session, standing, most[standing])]
    if rows:
        now = session.scalar(select(utcnow()))
        session.execute(
            update(_streams)
            .where(_streams.c.hook_id.in_([stream.hook_id for stream in rows]))
            .values(lease_token=token, lease_until=now + LEASE, served_at=now)
        )
    return {stream.hook_id: Health(*(getattr(stream, name) for name in _KEPT)) for stream in rows}


def anything_due() -> bool:
    """Whether something is due that a worker could take now."""
    with reading() as session:
        return bool(session.scalar(select(exists().where(_is_takeable()))))


def renew(session: Session, token: str, hook_ids: Sequence[str]) -> list[str]:
    """Lengthen the leases of ``hook_ids``; returns those that were: one that was lost stays so."""
    if not hook_ids:
        return []
    lengthened = session.execute(
        update(_streams)
        .where(_streams.c.hook_id.in_(sorted(hook_ids)), _streams.c.lease_token == token)
        .values(lease_until=_lease_end(session))
        .returning(_streams.c.hook_id)
    )
    return list(lengthened.scalars())


def let_flow(session: Session, hook_ids: Iterable[str]) -> None:
    """Let streams flow that waited for the head of their line, because somebody has changed what
    comes next; one whose endpoint is given a rest goes on resting."""
    session.execute(
        update(_streams)
        .where(_streams.c.hook_id.in_(sorted(hook_ids)), _streams.c.resting.is_(False))
        .values(ready_at=None)
    )


def give_back(session: Session, token: str, healths: Mapping[str, Health]) -> None:
    """End the leases of streams, with the health that each is left in."""
    _write(session, token, healths, {"lease_token": None, "lease_until": None})


def write_health(session: Session, token: str, healths: Mapping[str, Health]) -> None:
    """Note the health of streams that go on being served."""
    _write(session, token, healths, {})


def postponed(session: Session, hook_ids: Sequence[str]) -> dict[str, datetime | None]:
    """Until when staff have put off the switching off of each of ``hook_ids``."""
    if not hook_ids:
        return {}
    rows = session.execute(
        select(Stream.hook_id, Stream.postponed_until).where(Stream.hook_id.in_(hook_ids))
    )
    return dict(map(tuple, rows))


def _write(
    session: Session, token: str, healths: Mapping[str, Health], more: Mapping[str, Any]
) -> None:
    if healths:
        # In one order everywhere, so that two workers never wait for each other's rows.
        session.execute(
            update(_streams)
            .where(_streams.c.hook_id == bindparam("its_id"), _streams.c.lease_token == token)
            .values({name: bindparam(f"new_{name}") for name in _KEPT} | dict(more)),
            [
                {"its_id": hook_id}
                | {f"new_{name}": getattr(healths[hook_id], name) for name in _KEPT}
                for hook_id in sorted(healths)
            ],
        )


_STANDS = {
    Standing.PROVEN: Stream.last_ok.is_(True),
    Standing.NEW: Stream.last_ok.is_(None),
    Standing.FAILING: Stream.last_ok.is_(False),
}


def _find(session: Session, standing: Standing, most: int) -> Sequence[Stream]:
    if most <= 0:
        return []
    return session.scalars(
        select(Stream)
        .where(_STANDS[standing], _is_takeable())
        .order_by(Stream.served_at.nulls_first())
        .limit(most)
        .with_for_update(of=Stream, skip_locked=True)
    ).all()


def _is_takeable() -> ColumnElement[bool]:
    return and_(
        or_(Stream.lease_until.is_(None), Stream.lease_until < utcnow()),
        or_(Stream.ready_at.is_(None), Stream.ready_at <= utcnow()),
        or_(_earliest(IS_FRESH) <= utcnow(), _earliest(IS_RETRY) <= utcnow()),
        exists().where(Hook.id == Stream.hook_id, Hook.enabled, Hook.deleted_at.is_(None)),
    )


def _earliest(kind: TextClause) -> ScalarSelect[datetime]:
    # One step into the index for each stream; PostgreSQL would rather read all that is due of all
    # streams, were it only asked whether there is any.
    mine = select(Delivery.due_at).where(Delivery.hook_id == Stream.hook_id, kind)
    return mine.order_by(Delivery.due_at).limit(1).scalar_subquery()


def _lease_end(session: Session) -> datetime:
    return session.scalar(select(utcnow())) + LEASE
