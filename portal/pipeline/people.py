"""People: their addresses, their passwords, and how they come to belong to an account."""

import re
from typing import Any
from unicodedata import category

from argon2 import PasswordHasher
from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from portal.domain.actor import Actor
from portal.domain.audit import HIDDEN, Action
from portal.domain.members import PlatformRole
from portal.domain.problems import Problem, Refused
from portal.domain.states import Role
from portal.domain.storable import storable
from portal.extensions import db
from portal.models import Account, Membership, Person
from portal.pipeline.accounts import FIRST_ACCOUNT, account_of
from portal.pipeline.audit import note
from portal.pipeline.sessions import shut_out
from portal.pipeline.transactions import writing

MIN_PASSWORD, MAX_PASSWORD = 8, 1024
# What records call whoever types on the command line.
BY_COMMAND = "flask users"

# Argon2id at or above what OWASP asks for (19 MiB, two passes).
passwords = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def people_exist() -> bool:
    """Whether anybody can sign in."""
    found = bool(db.session.scalar(select(exists().where(Person.disabled_at.is_(None)))))
    db.session.rollback()
    return found


def make_person(
    email: str,
    password: str,
    role: Role,
    account_slug: str,
    platform_role: PlatformRole | None = None,
) -> Person:
    """A person with ``role`` in the account ``account_slug``, which is made when it is missing.

    Somebody who is known already gets the membership beside those they have, and keeps their
    password. Raises :class:`Refused` on an unusable e-mail address or password.
    """
    _refuse_unusable(email, password)
    hashed = passwords.hash(password)
    with writing() as session:
        person = join(session, account_of(session, account_slug), email, hashed, role)
        person.platform_role = platform_role or person.platform_role
        return person


def make_user(
    email: str, password: str, role: Role | None, account_slug: str, beyond: PlatformRole | None
) -> Person:
    """As :func:`make_person`, for the command line: the first admin of all runs the portal, and
    somebody who is known gets the password too and is signed out everywhere.

    Without a ``role`` they are no member of the account, which is made all the same. What changes
    is on record in it. Raises :class:`Refused`.
    """
    _refuse_unusable(email, password)
    if role == Role.ADMIN and not people_exist():
        beyond = beyond or PlatformRole.OPERATOR
    hashed = passwords.hash(password)
    with writing() as session:
        account = account_of(session, account_slug)
        actor = Actor(account.id, BY_COMMAND, Role.ADMIN)
        person = find_person(session, email)
        before = _standing(session, person, account)
        if person is None:
            person = add_person(session, email, hashed)
        else:
            _replace_password(session, person, hashed, actor)
        if role is not None:
            _let_back_in(session, person, account, actor)
            join(session, account, person.email, hashed, role)
        person.platform_role = beyond or person.platform_role
        session.flush()
        after = _standing(session, person, account)
        joins = "role" in after and "role" not in before
        action = Action.PERSON_JOINED if joins else Action.PERSON_ROLE_CHANGED
        note(session, actor, action, person.id, person.email, before=before, after=after)
        return person


def _standing(session: Session, person: Person | None, account: Account) -> dict[str, Any]:
    if person is None:
        return {}
    beyond = {"platform_role": person.platform_role}
    member = session.get(Membership, (person.id, account.id))
    return beyond if member is None else {"role": str(member.role), **beyond}


def _replace_password(session: Session, person: Person, hashed: str, actor: Actor) -> None:
    """Whoever is signed in as ``person`` is signed out."""
    person.password_hash = hashed
    shut_out(session, person.id)
    after = {"password": HIDDEN}
    note(session, actor, Action.PASSWORD_RESET, person.id, person.email, after=after)


def _let_back_in(session: Session, person: Person, account: Account, actor: Actor) -> None:
    member = session.get(Membership, (person.id, account.id))
    if member is not None and member.disabled_at is not None:
        member.disabled_at = None
        note(session, actor, Action.PERSON_SWITCHED_ON, person.id, person.email)


def first_admin(email: str, password: str) -> None:
    """Make the admin that the environment names, when there is nobody yet."""
    if not people_exist():
        make_person(email, password, Role.ADMIN, FIRST_ACCOUNT, PlatformRole.OPERATOR)


def find_person(session: Session, email: str) -> Person | None:
    """Whoever has the address ``email``, in whatever letters it is written."""
    return session.scalar(select(Person).where(func.lower(Person.email) == plain_email(email)))


def join(session: Session, account: Account, email: str, hashed: str, role: Role) -> Person:
    """The person with the address ``email``, who has ``role`` in ``account`` from now on.

    Somebody new gets the password that is hashed as ``hashed``; within ``session``.
    """
    person = find_person(session, email) or add_person(session, email, hashed)
    membership = session.get(Membership, (person.id, account.id))
    if membership is None:
        session.add(Membership(person_id=person.id, account_id=account.id, role=role))
    else:
        membership.role, membership.disabled_at = role, None
    return person


def add_person(session: Session, email: str, hashed: str) -> Person:
    """Somebody new; fails with the table's constraint where another was quicker."""
    person = Person(email=plain_email(email), password_hash=hashed)
    session.add(person)
    session.flush()
    return person


def _refuse_unusable(email: str, password: str) -> None:
    problems = [*check_email(email), *check_password(password)]
    if problems:
        raise Refused(*problems)


def plain_email(email: str) -> str:
    """The form in which an e-mail address is stored and looked up."""
    return storable(email.strip().lower())


def check_email(email: str) -> list[Problem]:
    """What is wrong with ``email`` as an address."""
    plain = email.strip()
    is_seen = plain.isprintable() and not any(category(one) == "Cf" for one in plain)
    if len(email) > 254 or not is_seen or not re.fullmatch(r"[^@\s\0]+@[^@\s\0]+", plain):
        return [Problem("/email", "bad_email")]
    return []


def check_password(password: str) -> list[Problem]:
    """What is wrong with ``password`` as one that is chosen."""
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        return [Problem("/password", "weak_password", {"min": MIN_PASSWORD})]
    return []
