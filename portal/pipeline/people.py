"""Accounts, people and the invitations with which they join."""

import os
import re
from datetime import timedelta

from argon2 import PasswordHasher
from sqlalchemy import Select, delete, exists, func, select
from sqlalchemy.orm import Session

from portal.domain.problems import Conflict, Problem, Refused
from portal.domain.states import Role
from portal.domain.storable import storable
from portal.domain.tokens import hash_of, token_of
from portal.extensions import db, settings
from portal.models import Account, Invitation, Membership, Person, SignInSession, now
from portal.pipeline.transactions import writing

MIN_PASSWORD, MAX_PASSWORD = 8, 1024
INVITATION_LIFE = timedelta(days=7)
FIRST_ACCOUNT, FIRST_ACCOUNT_NAME = "main", "الحساب الرئيس"

# Argon2id at or above what OWASP asks for (19 MiB, two passes).
passwords = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def people_exist() -> bool:
    """Whether anybody can sign in."""
    found = bool(db.session.scalar(select(exists().where(Person.disabled_at.is_(None)))))
    db.session.rollback()
    return found


def make_account(name: str, slug: str) -> Account:
    """A new account; raises :class:`Conflict` (account_exists) when the slug is taken."""
    with writing() as session:
        if session.scalar(select(exists().where(Account.slug == slug))):
            raise Conflict("account_exists", slug=slug)
        return _account(session, slug, name)


def account_id_of(slug: str, name: str | None = None) -> str:
    """The id of the account ``slug``, which is made when it is missing."""
    known = db.session.scalar(select(Account.id).where(Account.slug == slug))
    if known is not None:
        return known
    with writing() as session:
        return _account(session, slug, name).id


def make_person(email: str, password: str, role: Role, account_slug: str) -> Person:
    """A person with ``role`` in the account ``account_slug``, which is made when it is missing.

    Somebody who is known already gets the membership beside those they have, and keeps their
    password. Raises :class:`Refused` on an unusable e-mail address or password.
    """
    _check(email, password)
    hashed = passwords.hash(password)
    with writing() as session:
        return _join(session, _account(session, account_slug), email, hashed, role)


def set_password(email: str, password: str) -> None:
    """Give somebody who is known another password; whoever is signed in as them is signed out.

    Raises :class:`Refused`.
    """
    _check(email, password)
    hashed = passwords.hash(password)
    with writing() as session:
        person = session.scalars(select(Person).where(Person.email == plain_email(email))).one()
        person.password_hash = hashed
        session.execute(delete(SignInSession).where(SignInSession.person_id == person.id))


def first_admin(email: str, password: str) -> None:
    """Make the admin that the environment names, when there is nobody yet."""
    if not people_exist():
        make_person(email, password, Role.ADMIN, FIRST_ACCOUNT)


def make_setup_link() -> str:
    """A one-time address at which the first admin makes themselves known.

    Links that were printed before and never used stop working.
    """
    token = token_of(os.urandom(24))
    with writing() as session:
        account = _account(session, FIRST_ACCOUNT)
        for old in session.scalars(select(Invitation).where(Invitation.accepted_at.is_(None))):
            session.delete(old)
        session.add(
            Invitation(
                account_id=account.id,
                role=Role.ADMIN,
                token_hash=hash_of(token),
                expires_at=now() + INVITATION_LIFE,
            )
        )
    return f"{settings().base_url}/setup/{token}"


def accept_invitation(token: str, email: str, password: str, account_name: str) -> Person:
    """The person that an unused invitation lets in; the account gets ``account_name``.

    Raises :class:`Conflict` (invitation_spent) and :class:`Refused`.
    """
    _check(email, password)
    hashed = passwords.hash(password)
    with writing() as session:
        # Locked, so that a link that works once works once.
        invitation = session.scalar(_invitation(token).with_for_update())
        if invitation is None:
            raise Conflict("invitation_spent")
        invitation.accepted_at = now()
        account = session.get_one(Account, invitation.account_id)
        account.name = account_name.strip()[:200] or account.name
        return _join(session, account, email, hashed, Role(invitation.role))


def find_invitation(token: str) -> Invitation | None:
    """The invitation that ``token`` opens, while it is unused and not too old."""
    return db.session.scalar(_invitation(token))


def plain_email(email: str) -> str:
    """The form in which an e-mail address is stored and looked up."""
    return storable(email.strip().lower())


def _invitation(token: str) -> Select[tuple[Invitation]]:
    return select(Invitation).where(
        Invitation.token_hash == hash_of(token),
        Invitation.accepted_at.is_(None),
        Invitation.expires_at > now(),
    )


def _check(email: str, password: str) -> None:
    problems = []
    if len(email) > 254 or not re.fullmatch(r"[^@\s\0]+@[^@\s\0]+", email.strip()):
        problems.append(Problem("/email", "bad_email"))
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        problems.append(Problem("/password", "weak_password", {"min": MIN_PASSWORD}))
    if problems:
        raise Refused(*problems)


def _account(session: Session, slug: str, name: str | None = None) -> Account:
    account = session.scalar(select(Account).where(Account.slug == slug))
    if account is None:
        name = name or (FIRST_ACCOUNT_NAME if slug == FIRST_ACCOUNT else slug)
        account = Account(slug=slug, name=name, time_zone=settings().timezone)
        session.add(account)
        session.flush()
    return account


def _join(session: Session, account: Account, email: str, hashed: str, role: Role) -> Person:
    person = session.scalar(select(Person).where(func.lower(Person.email) == plain_email(email)))
    if person is None:
        person = Person(email=plain_email(email), password_hash=hashed)
        session.add(person)
        session.flush()
    membership = session.get(Membership, (person.id, account.id))
    if membership is None:
        session.add(Membership(person_id=person.id, account_id=account.id, role=role))
    else:
        membership.role = role
    return person
