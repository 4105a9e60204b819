"""Doors that closed: somebody who was guessed at too often is on record in their own account.

It happens beside the ticker, once it is known that the guesses were wrong: nothing that whoever
guesses sees, nor how long they wait for it, tells who is known.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import Session

from portal.domain.actor import Actor
from portal.domain.audit import Action
from portal.models import AuditEntry, Person, SignInFailure, now
from portal.pipeline.audit import note
from portal.pipeline.sign_in import home_of
from portal.pipeline.throttle import FAILURES_PER_PERSON, WINDOW
from portal.pipeline.transactions import reading, writing

# By then a guess that was right is off the record of the throttle.
SETTLED = timedelta(seconds=10)
# What is guessed at, and by what a person is found, by how the keys of the throttle begin.
_GUESSED = {"email": ("password", Person.email), "code": ("code", Person.id)}


def note_lockouts() -> int:
    """Put on record whom too many wrong guesses keep from signing in, each at most once in
    :data:`portal.pipeline.throttle.WINDOW`; returns how many that were."""
    with reading() as session:
        full = session.execute(_full(now() - SETTLED)).all()
        # Most are known already, or nobody's: for those nobody else waits to write.
        untold = [(key, last) for key, last in full if _untold(session, _whose(key))]
    return sum(_note(*one) for one in untold)


def _full(moment: datetime) -> Select[tuple[str, datetime]]:
    """The keys whose limit was full at ``moment``, of people known and unknown, and when the last
    guess was."""
    at, key = SignInFailure.at, SignInFailure.key
    return (
        select(key, func.max(at))
        .where(at > moment - WINDOW, at <= moment)
        .where(or_(*(key.startswith(f"{kind}:") for kind in _GUESSED)))
        .group_by(key)
        .having(func.count() >= FAILURES_PER_PERSON)
    )


def _note(key: str, last: datetime) -> bool:
    with writing() as session:
        # Of two tickers one notes it.
        found = _untold(session, _whose(key).with_for_update(skip_locked=True))
        if found is None:
            return False
        person, account_id = found
        actor = replace(Actor.portal(account_id), peer=_peer_of(session, last))
        after = {"guessed": _GUESSED[key.partition(":")[0]][0]}
        note(session, actor, Action.SIGN_IN_LOCKED, person.id, person.email, after=after)
    return True


def _whose(key: str) -> Select[tuple[Person]]:
    kind, _, whom = key.partition(":")
    return select(Person).where(_GUESSED[kind][1] == whom)


def _untold(session: Session, whose: Select[tuple[Person]]) -> tuple[Person, str] | None:
    """Who is kept out, and the account in which that does not stand on record yet."""
    person = session.scalar(whose)
    account_id = home_of(session, person) if person else None
    if person is None or account_id is None or _is_noted(session, person.id, account_id):
        return None
    return person, account_id


def _is_noted(session: Session, person_id: str, account_id: str) -> bool:
    theirs = (AuditEntry.account_id == account_id, AuditEntry.target_id == person_id)
    lately = (AuditEntry.action == Action.SIGN_IN_LOCKED.value, AuditEntry.at > now() - WINDOW)
    return bool(session.scalar(select(exists().where(*theirs, *lately))))


def _peer_of(session: Session, last: datetime) -> str | None:
    """The network that the guess made at ``last`` is counted for, where that is certain."""
    beside = SignInFailure.key.startswith("peer:"), SignInFailure.at == last
    keys = session.scalars(select(SignInFailure.key).where(*beside).distinct()).all()
    return keys[0].removeprefix("peer:")[:64] if len(keys) == 1 else None
