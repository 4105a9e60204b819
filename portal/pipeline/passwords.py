"""Passwords: changed by who has them, and replaced through a one-time link."""

import os
from datetime import timedelta

from sqlalchemy import Select, delete, exists, select
from sqlalchemy.orm import Session

from portal.domain.actor import Actor
from portal.domain.audit import HIDDEN, Action
from portal.domain.problems import Conflict, Problem, Refused
from portal.domain.states import Role
from portal.domain.storable import storable
from portal.domain.tokens import hash_of, token_of
from portal.extensions import db, settings
from portal.models import Membership, PasswordLink, PasswordRequest, Person, now
from portal.pipeline import audit
from portal.pipeline.people import MAX_PASSWORD, MIN_PASSWORD, passwords, plain_email
from portal.pipeline.sessions import shut_out
from portal.pipeline.sign_in import acting, home_of, key_of, prove
from portal.pipeline.throttle import admit, forget, forgive
from portal.pipeline.transactions import writing

# What the record calls whoever makes a link on the command line.
OPERATOR = "users password-link"
LINK_LIFE = timedelta(hours=1)
# Mails to one address in a while; more would only fill somebody's mail box.
MAILS_PER_ADDRESS = 3


def change_password(actor: Actor, old: str, new: str, token: str) -> None:
    """Give ``actor`` another password; every browser but that of the session ``token`` is signed
    out.

    Raises :class:`Refused`, and :class:`Conflict` (``throttled``).
    """
    _check(new, "/new")
    guess = _prove(actor, old)
    hashed = passwords.hash(new)
    with writing() as session:
        forgive(session, guess)
        session.get_one(Person, actor.person_id).password_hash = hashed
        shut_out(session, actor.person_id, but=token)
        _note(session, actor, Action.PASSWORD_CHANGED, actor.person_id, actor.name)


def ask_for_link(email: str, peer: str) -> None:
    """Have a link mailed to ``email``, if anybody has it; nothing tells whether anybody does.

    Raises :class:`Conflict` (``throttled``).
    """
    address = plain_email(storable(email))[:254]
    # Never taken off the record: each asks for a mail.
    admit(f"link:{address}", peer, MAILS_PER_ADDRESS)
    with writing() as session:
        session.add(PasswordRequest(email=address, due_at=now()))


def make_password_link(person_id: str, actor: Actor) -> str:
    """A one-time address at which a person of ``actor``'s account chooses another password.

    Raises :class:`Conflict`: ``not_found``, ``person_is_off``, or ``person_is_shared`` when they
    also belong elsewhere, for there an admin of this account would act as somebody else.
    """
    with writing() as session:
        membership = session.get(Membership, (person_id, actor.account_id))
        if membership is None:
            raise Conflict("not_found")
        person = session.get_one(Person, person_id)
        if person.platform_role or len(person.memberships) > 1:
            raise Conflict("person_is_shared")
        if person.disabled_at is not None:
            raise Conflict("person_is_off")
        token = add_link(session, person_id)
        audit.note(session, actor, Action.PASSWORD_LINK_MADE, person_id, person.email)
    return address_of(token)


def make_operators_link(email: str) -> str:
    """A one-time address at which anybody chooses another password, for who runs the portal.

    Raises :class:`Conflict` (``nobody_has_it``, ``person_is_off``).
    """
    with writing() as session:
        person = session.scalar(select(Person).where(Person.email == plain_email(email)))
        if person is None:
            raise Conflict("nobody_has_it")
        if person.disabled_at is not None:
            raise Conflict("person_is_off")
        token = add_link(session, person.id)
        _note_at_home(session, person, Action.PASSWORD_LINK_MADE)
    return address_of(token)


def find_link(token: str) -> PasswordLink | None:
    """The link that ``token`` opens, while it is unused and not too old."""
    return db.session.scalar(_living(token))


def reset_password(token: str, new: str, peer: str) -> None:
    """Let the holder of a link choose a password; whoever was signed in as that person no longer
    is, and neither this link nor another of theirs works again.

    Nobody is signed in by it, so that the second step is still asked for. Raises
    :class:`Conflict` (``link_spent``) and :class:`Refused`.
    """
    _check(new, "/password")
    hashed = passwords.hash(new)
    with writing() as session:
        # Locked, so that a link that works once works once.
        link = session.scalar(_living(token).with_for_update())
        if link is None:
            raise Conflict("link_spent")
        person = session.get_one(Person, link.person_id)
        person.password_hash = hashed
        shut_out(session, person.id)
        # They were guesses at the old one, often that person's own.
        forget(session, key_of(person.email))
        _note_at_home(session, person, Action.PASSWORD_RESET, peer)


def add_link(session: Session, person_id: str) -> str:
    """The token of a new link, the only one of a person's that works from now on."""
    token = token_of(os.urandom(32))
    session.execute(delete(PasswordLink).where(PasswordLink.person_id == person_id))
    session.add(
        PasswordLink(token_hash=hash_of(token), person_id=person_id, expires_at=now() + LINK_LIFE)
    )
    return token


def address_of(token: str) -> str:
    """Where the link ``token`` leads."""
    return f"{settings().base_url}/password/{token}"


def _living(token: str) -> Select[tuple[PasswordLink]]:
    is_off = exists().where(Person.id == PasswordLink.person_id, Person.disabled_at.is_not(None))
    return select(PasswordLink).where(
        PasswordLink.token_hash == hash_of(token), PasswordLink.expires_at > now(), ~is_off
    )


def _prove(actor: Actor, old: str) -> tuple[str, ...]:
    try:
        return prove(actor.person_id, old, actor.peer or "?")
    except Conflict as conflict:
        if conflict.code != "wrong_password":
            raise
        raise Refused(Problem("/old", "wrong_password")) from conflict


def _check(password: str, pointer: str) -> None:
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise Refused(Problem(pointer, "weak_password", {"min": MIN_PASSWORD}))


def _note_at_home(
    session: Session, person: Person, action: Action, peer: str | None = None
) -> None:
    """Put on record, in the account that a person enters first, what they did from ``peer``, or
    else what whoever runs the portal did."""
    account_id = home_of(session, person)
    if account_id is None:
        return
    operator = Actor(account_id, OPERATOR, Role.ADMIN)
    actor = acting(session, person, account_id, peer) if peer else operator
    _note(session, actor, action, person.id, person.email)


def _note(session: Session, actor: Actor, action: Action, person_id: str, email: str) -> None:
    hidden = {} if action == Action.PASSWORD_LINK_MADE else {"password": HIDDEN}
    audit.note(session, actor, action, person_id, email, after=hidden)
