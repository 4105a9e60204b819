"""Claim: take what is due for a while, so that exactly one worker sends it.

A claim is a visibility timeout. It gives the rows a new lease token and moves their ``due_at`` to
the end of the lease, by the database's clock; a worker that lives keeps moving it, a worker that
dies leaves rows that become due by themselves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, literal, select, update
from sqlalchemy.orm import Session

from portal.domain.states import DeliveryState
from portal.models import Delivery, new_id, utcnow

LEASE = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that this worker may send until its lease ends."""

    id: str
    account_id: str
    hook_id: str
    event_id: str
    message_id: str
    attempt_count: int
    retry_step: int
    unpaid_waits: int
    asked_by: str | None
    lease_token: str


def claim(session: Session, most: int) -> list[Claimed]:
    """Up to ``most`` deliveries that are due, the longest due first, now leased to the caller."""
    due = (
        select(Delivery.id)
        .where(Delivery.state == DeliveryState.WAITING, Delivery.due_at <= utcnow())
        .order_by(Delivery.due_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    token = new_id("lea")
    rows = session.execute(
        update(Delivery)
        .where(Delivery.id.in_(due))
        .values(
            lease_token=token,
            due_at=lease_end(session),
            # One event a message: its id follows from the delivery's, and is settled here.
            message_id=func.coalesce(
                Delivery.message_id, literal("msg_") + func.substr(Delivery.id, 5)
            ),
        )
        .returning(
            Delivery.id,
            Delivery.account_id,
            Delivery.hook_id,
            Delivery.event_id,
            Delivery.message_id,
            Delivery.attempt_count,
            Delivery.retry_step,
            Delivery.unpaid_waits,
            Delivery.asked_by,
        ),
        execution_options={"synchronize_session": False},
    )
    return sorted((Claimed(*row, token) for row in rows), key=lambda claimed: claimed.id)


def renew(session: Session, claimed: Sequence[Claimed]) -> None:
    """Lengthen the leases of what is still being sent; a lost lease stays lost."""
    if claimed:
        session.execute(
            update(Delivery.__table__)
            .where(
                Delivery.__table__.c.id == bindparam("claimed_id"),
                Delivery.__table__.c.lease_token == bindparam("token"),
            )
            .values(due_at=lease_end(session)),
            [{"claimed_id": one.id, "token": one.lease_token} for one in claimed],
        )


def lease_end(session: Session) -> datetime:
    """The end of a lease that begins now, by the database's clock."""
    return session.scalar(select(utcnow())) + LEASE
