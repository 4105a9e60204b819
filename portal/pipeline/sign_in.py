"""Signing in and out: passwords, the throttle, and sessions that live in a table."""

import os
from datetime import timedelta
from typing import NamedTuple

from argon2.exceptions import VerificationError
from sqlalchemy import delete, func, select

from portal.domain.members import PlatformRole, role_within
from portal.domain.problems import Conflict
from portal.domain.states import Role
from portal.domain.tokens import hash_of, token_of
from portal.extensions import db
from portal.models import Account, Membership, Person, SignInFailure, SignInSession, now
from portal.pipeline.people import passwords, plain_email
from portal.pipeline.transactions import release, writing

SESSION_LIFE = timedelta(days=14)
# Ten wrong passwords for one address, or fifty from one peer, close the door for a while.
WINDOW = timedelta(minutes=15)
FAILURES_PER_EMAIL, FAILURES_PER_PEER = 10, 50

# Compared with when nobody has the address, so that the answer takes as long as for somebody.
_NOBODY = passwords.hash("nobody has this password")


def sign_in(email: str, password: str, peer: str, user_agent: str) -> str:
    """The token of a new session.

    Raises :class:`Conflict`: ``wrong_credentials``, or ``throttled`` with the ``minutes`` to wait.
    """
    keys = (f"email:{plain_email(email)[:254]}", f"peer:{peer}")
    if _throttled(*keys):
        raise Conflict("throttled", minutes=int(WINDOW.total_seconds() // 60))
    person = db.session.scalar(
        select(Person).where(Person.email == plain_email(email), Person.disabled_at.is_(None))
    )
    hashed, person_id = (person.password_hash, person.id) if person else (_NOBODY, None)
    account_id = _home(person) if person else None
    # Hashing takes tens of milliseconds; no transaction stays open for it.
    release()
    if not _matches(hashed, password) or person_id is None or account_id is None:
        _remember_failure(*keys)
        raise Conflict("wrong_credentials")
    return open_session(person_id, account_id, peer, user_agent)


def open_session(person_id: str, account_id: str, peer: str, user_agent: str) -> str:
    """The token of a new session of ``person_id`` in ``account_id``."""
    token = token_of(os.urandom(32))
    with writing() as session:
        session.add(
            SignInSession(
                token_hash=hash_of(token),
                person_id=person_id,
                account_id=account_id,
                expires_at=now() + SESSION_LIFE,
                peer=peer,
                user_agent=user_agent[:300],
            )
        )
    return token


def confirm(token: str, password: str, peer: str) -> None:
    """Note that the person behind the session ``token`` has given their password again.

    Raises :class:`Conflict`: ``wrong_password``, or ``throttled`` as :func:`sign_in` does.
    """
    row = db.session.get_one(SignInSession, hash_of(token))
    keys = (f"email:{row.person.email}", f"peer:{peer}")
    if _throttled(*keys):
        raise Conflict("throttled", minutes=int(WINDOW.total_seconds() // 60))
    hashed = row.person.password_hash
    release()
    if not _matches(hashed, password):
        _remember_failure(*keys)
        raise Conflict("wrong_password")
    with writing() as session:
        session.get_one(SignInSession, hash_of(token)).confirmed_at = now()


def end_session(token: str) -> None:
    """Sign the browser with ``token`` out."""
    with writing() as session:
        session.execute(delete(SignInSession).where(SignInSession.token_hash == hash_of(token)))


class Standing(NamedTuple):
    """What somebody is in an account, and whether they only visit it."""

    role: Role
    is_visitor: bool


def standing_in(person: Person, account_id: str) -> Standing | None:
    """What ``person`` is in an account; None where they may do nothing."""
    role = role_in(person, account_id)
    if role is None:
        return None
    return Standing(role, db.session.get(Membership, (person.id, account_id)) is None)


def role_in(person: Person, account_id: str) -> Role | None:
    """The role of ``person`` in an account; see :func:`portal.domain.members.role_within`."""
    membership = db.session.get(Membership, (person.id, account_id))
    platform_role = PlatformRole(person.platform_role) if person.platform_role else None
    if membership is None:
        return role_within(None, False, platform_role)
    return role_within(Role(membership.role), membership.disabled_at is not None, platform_role)


def _home(person: Person) -> str | None:
    for membership in person.memberships:
        if membership.disabled_at is None:
            return membership.account_id
    if person.platform_role:
        return db.session.scalar(select(Account.id).order_by(Account.id).limit(1))
    return None


def _matches(hashed: str, password: str) -> bool:
    try:
        return passwords.verify(hashed, password)
    except VerificationError:
        return False


def _throttled(email_key: str, peer_key: str) -> bool:
    limits = {email_key: FAILURES_PER_EMAIL, peer_key: FAILURES_PER_PEER}
    counts = db.session.execute(
        select(SignInFailure.key, func.count())
        .where(SignInFailure.key.in_(limits), SignInFailure.at > now() - WINDOW)
        .group_by(SignInFailure.key)
    )
    return any(count >= limits[key] for key, count in counts)


def _remember_failure(*keys: str) -> None:
    with writing() as session:
        session.add_all(SignInFailure(key=key) for key in keys)
