"""The browsers in which somebody is signed in, and what they prove themselves with."""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import joinedload

from portal.domain.tokens import hash_of
from portal.extensions import db
from portal.models import Person, PersonIdentity, RecoveryCode, SecondStep, SignInSession, now
from portal.queries.rows import NotFound

# A browser that has not been used for so long is signed out, before its session's own end.
IDLE = timedelta(days=7)
# So much of a session's hash names it in a page; of no use to anybody but its person.
_SHORT = 24


class SessionView(NamedTuple):
    """A browser that is signed in, as its person sees it."""

    id: str
    user_agent: str
    peer: str | None
    account: str
    since: datetime
    last_seen_at: datetime
    is_this: bool


def is_alive() -> tuple[ColumnElement[bool], ...]:
    """What holds for every session that still opens something."""
    moment = now()
    seen = func.coalesce(SignInSession.last_seen_at, SignInSession.created_at)
    return SignInSession.expires_at > moment, seen > moment - IDLE


def list_sessions(person_id: str, token: str) -> list[SessionView]:
    """The living sessions of a person: that of ``token`` first, then the newest."""
    rows = db.session.scalars(
        select(SignInSession)
        .where(SignInSession.person_id == person_id, *is_alive())
        .options(joinedload(SignInSession.account))
        .order_by(SignInSession.created_at.desc())
    )
    views = [_view(row, hash_of(token)) for row in rows]
    return sorted(views, key=lambda view: not view.is_this)


def find_own_session(person_id: str, session_id: str) -> str:
    """The hash of a living session of a person's own; raises :class:`NotFound`."""
    hashes = db.session.scalars(
        select(SignInSession.token_hash).where(SignInSession.person_id == person_id, *is_alive())
    )
    found = [one for one in hashes if one[:_SHORT] == session_id]
    if not found:
        raise NotFound(session_id)
    return found[0]


class Proofs(NamedTuple):
    """What somebody proves themselves with: whether they have a password, since when they are
    asked for a code, how many recovery codes are left, and whether single sign-on knows them."""

    has_password: bool
    second_step_since: datetime | None
    recovery_codes: int
    is_linked: bool


def proofs_of(person_id: str, issuer: str | None) -> Proofs:
    """What a person proves themselves with; ``issuer`` is the provider of single sign-on."""
    person = db.session.get_one(Person, person_id)
    step = db.session.get(SecondStep, person_id)
    left = db.session.scalar(
        select(func.count()).where(
            RecoveryCode.person_id == person_id, RecoveryCode.used_at.is_(None)
        )
    )
    linked = exists().where(PersonIdentity.person_id == person_id, PersonIdentity.issuer == issuer)
    return Proofs(
        bool(person.password_hash),
        step.on_since if step else None,
        left or 0,
        bool(issuer and db.session.scalar(select(linked))),
    )


def _view(row: SignInSession, this: str) -> SessionView:
    return SessionView(
        id=row.token_hash[:_SHORT],
        user_agent=row.user_agent or "",
        peer=row.peer,
        account=row.account.name,
        since=row.created_at,
        last_seen_at=row.last_seen_at or row.created_at,
        is_this=row.token_hash == this,
    )
