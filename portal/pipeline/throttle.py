"""The throttle: how often the same person may be guessed at, and how often one peer may guess.

A guess is put on record before it is looked at, and taken off again only where it was right, or
where the password that it was a guess at is gone: of any number that come at the same moment, no
more are looked at than there is room for. It is the same for people whom nobody knows, so that it
tells nothing.
"""

from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from portal.domain.peers import network_of
from portal.domain.problems import Conflict
from portal.models import SignInFailure, now
from portal.pipeline.transactions import writing

WINDOW = timedelta(minutes=15)
FAILURES_PER_PERSON, FAILURES_PER_PEER = 10, 50
# Each leaves rows behind and asks the provider, and nobody has to be known for it. A large office
# behind one address stays far below.
DEPARTURES_PER_PEER = 300

# The rows of a guess that is not yet known to be right or wrong.
Guess = tuple[str, ...]


def admit(person_key: str, peer: str, most: int = FAILURES_PER_PERSON) -> Guess:
    """Put a guess at ``person_key`` from ``peer`` on record.

    Raises :class:`Conflict` (``throttled``, with the ``seconds`` and ``minutes`` to wait) when one
    of them has had ``most``, or :data:`FAILURES_PER_PEER`, wrong ones lately.
    """
    limits = {person_key: most, f"peer:{network_of(peer)}": FAILURES_PER_PEER}
    return _count_in(limits, "throttled")


def admit_departure(peer: str) -> None:
    """Put on record that somebody at ``peer`` is about to be sent to the provider.

    Raises :class:`Conflict` (``sso_throttled``, with the ``seconds`` and ``minutes`` to wait) when
    that has lately been :data:`DEPARTURES_PER_PEER` times.
    """
    _count_in({f"sso:{network_of(peer)}": DEPARTURES_PER_PEER}, "sso_throttled")


def _count_in(limits: dict[str, int], refusal: str) -> Guess:
    moment = now()
    with writing() as session:
        _take_turns(session, limits)
        waits = [_wait(session, key, limit, moment) for key, limit in limits.items()]
        if max(waits) > 0:
            seconds = ceil(max(waits))
            raise Conflict(refusal, minutes=ceil(seconds / 60), seconds=seconds)
        rows = [SignInFailure(key=key, at=moment) for key in limits]
        session.add_all(rows)
        session.flush()
        return tuple(row.id for row in rows)


def forgive(session: Session, guess: Guess) -> None:
    """Take a guess that was right off the record, and no other, within ``session``."""
    session.execute(delete(SignInFailure).where(SignInFailure.id.in_(guess)))


def forget(session: Session, person_key: str) -> None:
    """Take every guess at ``person_key`` off the record, within ``session``; those that count for
    a network stay."""
    session.execute(delete(SignInFailure).where(SignInFailure.key == person_key))


def _take_turns(session: Session, keys: dict[str, int]) -> None:
    """Let one guess at a key after the other be counted; SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "sqlite":
        return
    # In one order, so that no two wait for each other.
    for key in sorted(keys):
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))


def _wait(session: Session, key: str, limit: int, moment: datetime) -> float:
    """In how many seconds ``key`` has room for one more guess; 0 or less: now."""
    decisive = session.scalar(
        select(SignInFailure.at)
        .where(SignInFailure.key == key, SignInFailure.at > moment - WINDOW)
        .order_by(SignInFailure.at.desc())
        .offset(limit - 1)
        .limit(1)
    )
    return (decisive + WINDOW - moment).total_seconds() if decisive else 0.0
