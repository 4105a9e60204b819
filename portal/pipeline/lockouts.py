"""Doors that closed: somebody who was guessed at too often is on record in their own account.

It happens beside the ticker, once it is known that the guesses were wrong: nothing that whoever
guesses sees, nor how long they wait for it, tells who is known.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Select, exists, func, literal, select
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
# What is guessed at, by how the keys of the throttle begin.
_GUESSED = {"email": "password", "code": "code"}


def note_lockouts() -> int:
    """Put on record whom too many wrong guesses keep from signing in, each at most once in
    :data:`portal.pipeline.throttle.WINDOW`; returns how many that were."""
    with reading() as session:
        full = session.execute(_full(now() - SETTLED)).all()
    return sum(_note(*one) for one in full)


def _full(moment: datetime) -> Select[tuple[str, str, datetime]]:
    """People whose limit was full at ``moment``, under which key, and when the last guess was."""
    keys = (literal("email:") + Person.email, literal("code:") + Person.id)
    at = SignInFailure.at
    return (
        select(Person.id, SignInFailure.key, func.max(at))
        .join(SignInFailure, SignInFailure.key.in_(keys))
        .where(at > moment - WINDOW, at <= moment)
        .group_by(Person.id, SignInFailure.key)
        .having(func.count() >= FAILURES_PER_PERSON)
    )


def _note(person_id: str, key: str, last: datetime) -> bool:
    with writing() as session:
        # Of two tickers one notes it.
        mine = select(Person).where(Person.id == person_id)
        person = session.scalar(mine.with_for_update(skip_locked=True))
        account_id = home_of(session, person) if person else None
        if person is None or account_id is None or _is_noted(session, person_id, account_id):
            return False
        actor = replace(Actor.portal(account_id), peer=_peer_of(session, last))
        after = {"guessed": _GUESSED[key.partition(":")[0]]}
        note(session, actor, Action.SIGN_IN_LOCKED, person_id, person.email, after=after)
    return True


def _is_noted(session: Session, person_id: str, account_id: str) -> bool:
    theirs = (AuditEntry.account_id == account_id, AuditEntry.target_id == person_id)
    lately = (AuditEntry.action == Action.SIGN_IN_LOCKED.value, AuditEntry.at > now() - WINDOW)
    return bool(session.scalar(select(exists().where(*theirs, *lately))))


def _peer_of(session: Session, last: datetime) -> str | None:
    """The network that the guess made at ``last`` is counted for, where that is certain."""
    beside = SignInFailure.key.startswith("peer:"), SignInFailure.at == last
    keys = session.scalars(select(SignInFailure.key).where(*beside).distinct()).all()
    return keys[0].removeprefix("peer:")[:64] if len(keys) == 1 else None
