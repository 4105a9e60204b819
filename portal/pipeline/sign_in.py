"""Signing in and out: passwords, and sessions that live in a table."""

import os
from datetime import timedelta
from typing import NamedTuple

from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from portal.domain.actor import Actor
from portal.domain.audit import Action
from portal.domain.members import PlatformRole, role_within
from portal.domain.problems import Conflict
from portal.domain.states import Role
from portal.domain.tokens import hash_of, token_of
from portal.extensions import db
from portal.models import (
    Account,
    HalfSignIn,
    Membership,
    Person,
    SecondStep,
    SignInSession,
    now,
)
from portal.pipeline import audit
from portal.pipeline.people import passwords, plain_email
from portal.pipeline.throttle import Guess, admit, forgive
from portal.pipeline.transactions import release, writing

SESSION_LIFE = timedelta(days=14)
# How long somebody has for the code after the password.
HALF_LIFE = timedelta(minutes=5)

# Compared with when nobody has the address, so that the answer takes as long as for somebody.
_NOBODY = passwords.hash("nobody has this password")


class Entry(NamedTuple):
    """What the right password opens: a session, or half a sign-in that ``awaits_code``."""

    token: str
    awaits_code: bool


def sign_in(email: str, password: str, peer: str, user_agent: str) -> Entry:
    """Let in whoever has the password.

    Raises :class:`Conflict`: ``wrong_credentials``, or ``throttled`` with the ``minutes`` to wait.
    """
    guess = admit(key_of(email), peer)
    person = db.session.scalar(
        select(Person).where(Person.email == plain_email(email), Person.disabled_at.is_(None))
    )
    hashed, person_id = (person.password_hash, person.id) if person else ("", None)
    # Hashing takes tens of milliseconds; no transaction stays open for it.
    release()
    if not matches(hashed, password) or person_id is None:
        raise Conflict("wrong_credentials")
    _strengthen(person_id, hashed, password)
    return enter(person_id, peer, user_agent, guess)


def enter(person_id: str, peer: str, user_agent: str, guess: Guess = ()) -> Entry:
    """Let in somebody who has proved who they are, as far as the second step.

    Raises :class:`Conflict` (``wrong_credentials``) when they were switched off, or belong to no
    account.
    """
    token = token_of(os.urandom(32))
    with writing() as session:
        person = session.get_one(Person, person_id)
        account_id = None if person.disabled_at else home_of(session, person)
        if account_id is None:
            raise Conflict("wrong_credentials")
        forgive(session, guess)
        awaits_code = session.scalar(select(exists().where(*has_second_step(person_id))))
        if awaits_code:
            session.add(
                HalfSignIn(
                    token_hash=hash_of(token),
                    person_id=person_id,
                    account_id=account_id,
                    expires_at=now() + HALF_LIFE,
                )
            )
        else:
            begin(session, token, person, account_id, peer, user_agent)
    return Entry(token, bool(awaits_code))


def open_session(person_id: str, account_id: str, peer: str, user_agent: str) -> str:
    """The token of a new session of ``person_id`` in ``account_id``, without any question."""
    token = token_of(os.urandom(32))
    with writing() as session:
        person = session.get_one(Person, person_id)
        begin(session, token, person, account_id, peer, user_agent)
    return token


def begin(
    session: Session, token: str, person: Person, account_id: str, peer: str, user_agent: str
) -> Actor:
    """Begin the session ``token`` within ``session``; returns who acts in it from now on.

    That somebody of the platform enters who does not belong to the account is on record there.
    """
    session.add(
        SignInSession(
            token_hash=hash_of(token),
            person_id=person.id,
            account_id=account_id,
            expires_at=now() + SESSION_LIFE,
            peer=peer,
            user_agent=user_agent[:300],
        )
    )
    actor = acting(session, person, account_id, peer)
    audit.note(session, actor, Action.SIGNED_IN, person.id, person.email)
    if session.get(Membership, (person.id, account_id)) is None:
        # As when they enter from elsewhere: see portal.pipeline.accounts.enter.
        account = session.get_one(Account, account_id)
        audit.note(session, actor, Action.ACCOUNT_ENTERED, account_id, account.name)
    return actor


def confirm(token: str, password: str, peer: str) -> None:
    """Note that the person behind the session ``token`` has given their password again.

    That is enough where there is a second step, too: the session has passed it. Raises
    :class:`Conflict`: ``wrong_password``, or ``throttled`` as :func:`sign_in` does.
    """
    row = db.session.get_one(SignInSession, hash_of(token))
    guess = prove(row.person_id, password, peer)
    with writing() as session:
        forgive(session, guess)
        session.get_one(SignInSession, hash_of(token)).confirmed_at = now()


def prove(person_id: str, password: str, peer: str) -> Guess:
    """Make sure that ``password`` is that person's; returns the guess, for whoever acts on it to
    take off the record. Raises :class:`Conflict` as :func:`confirm` does."""
    person = db.session.get_one(Person, person_id)
    email, hashed = person.email, person.password_hash
    guess = admit(key_of(email), peer)
    release()
    if not matches(hashed, password):
        raise Conflict("wrong_password")
    return guess


def end_session(token: str, peer: str | None = None) -> None:
    """Sign the browser with ``token`` out."""
    with writing() as session:
        row = session.get(SignInSession, hash_of(token))
        if row is not None:
            actor = acting(session, row.person, row.account_id, peer or row.peer)
            session.delete(row)
            audit.note(session, actor, Action.SIGNED_OUT, row.person_id, actor.name)


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


def acting(session: Session, person: Person, account_id: str, peer: str | None) -> Actor:
    """``person`` as an actor, for the record; who has lost their role acts with the least."""
    role = role_in(person, account_id) or Role.SUPPORT
    return Actor(account_id, person.email, role, person.id, peer=peer)


def key_of(email: str) -> str:
    """Under which guesses at the password of ``email`` are counted."""
    return f"email:{plain_email(email)[:254]}"


def has_second_step(person_id: str) -> tuple:
    """What holds for the row of a person who is asked for a code."""
    return SecondStep.person_id == person_id, SecondStep.on_since.is_not(None)


def matches(hashed: str, password: str) -> bool:
    """Whether ``hashed`` is that of ``password``; takes as long where there is no hash at all."""
    for known, is_theirs in ((hashed, True), (_NOBODY, False)):
        try:
            return passwords.verify(known, password) and is_theirs
        except VerifyMismatchError:
            return False
        except (VerificationError, InvalidHashError):
            continue
    return False


def _strengthen(person_id: str, hashed: str, password: str) -> None:
    """Hash a password anew that was hashed with less effort than is asked for today."""
    if not passwords.check_needs_rehash(hashed):
        return
    stronger = passwords.hash(password)
    with writing() as session:
        session.execute(
            update(Person)
            .where(Person.id == person_id, Person.password_hash == hashed)
            .values(password_hash=stronger)
        )


def home_of(session: Session, person: Person) -> str | None:
    """The account that a person enters first, if they may enter any."""
    for membership in person.memberships:
        if membership.disabled_at is None:
            return membership.account_id
    if person.platform_role:
        return session.scalar(select(Account.id).order_by(Account.id).limit(1))
    return None
