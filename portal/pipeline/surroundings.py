"""Surroundings: what an account has, and where the portal may send, by which drafts are judged."""

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.domain.addresses import Guard
from portal.domain.hooks import Surroundings
from portal.extensions import settings
from portal.models import EventType, Policy


def guard() -> Guard:
    """Where this portal may send, by its settings."""
    known = settings()
    return Guard(known.allowed_networks, known.allowed_ports, known.base_url)


def surroundings(session: Session, account_id: str, name_taken: bool = False) -> Surroundings:
    """What a draft of an account's is judged against; its policies are there by their slugs."""
    kinds = or_(EventType.account_id.is_(None), EventType.account_id == account_id)
    theirs = or_(Policy.account_id.is_(None), Policy.account_id == account_id)
    return Surroundings(
        guard=guard(),
        event_types=set(session.scalars(select(EventType.key).where(kinds))),
        policies={policy.slug: policy for policy in session.scalars(select(Policy).where(theirs))},
        name_taken=name_taken,
    )
