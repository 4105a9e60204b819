"""Invitations: one-time links with which people join an account."""

import os
from datetime import timedelta

from sqlalchemy import ColumnElement, Select, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.actor import Actor
from portal.domain.audit import Action
from portal.domain.members import PlatformRole
from portal.domain.problems import Conflict, Problem, Refused
from portal.domain.states import Role
from portal.domain.tokens import hash_of, token_of
from portal.extensions import db, settings
from portal.models import Account, Invitation, Membership, Person, now
from portal.pipeline.accounts import FIRST_ACCOUNT, account_of
from portal.pipeline.audit import note
from portal.pipeline.people import (
    add_person,
    check_email,
    check_password,
    find_person,
    passwords,
    plain_email,
)
from portal.pipeline.transactions import writing

INVITATION_LIFE = timedelta(days=7)


def invite(email: str | None, role: Role, actor: Actor) -> tuple[Invitation, str]:
    """An invitation to the actor's account, and its address, which is not kept.

    With an ``email`` it lets in nobody else, and stands in the place of those that were sent
    there before. Raises :class:`Refused`.
    """
    problems = check_email(email) if email else []
    if problems:
        raise Refused(*problems)
    token = token_of(os.urandom(24))
    with writing() as session:
        if email and _is_member(session, email, actor.account_id):
            raise Refused(Problem("/email", "already_member"))
        if email:
            # The newest says what somebody is to be.
            theirs = Invitation.email == plain_email(email)
            withdraw_open(session, actor.account_id, theirs)
        invitation = Invitation(
            account_id=actor.account_id,
            email=plain_email(email) if email else None,
            role=role,
            token_hash=hash_of(token),
            expires_at=now() + INVITATION_LIFE,
            made_by=actor.name,
        )
        session.add(invitation)
        session.flush()
        note(
            session,
            actor,
            Action.PERSON_INVITED,
            invitation.id,
            email or "",
            after={"role": role.value},
        )
    return invitation, f"{settings().base_url}/invitations/{token}"


def withdraw(invitation_id: str, actor: Actor) -> None:
    """Let an invitation open nothing any more; one that is spent stays as it is."""
    with writing() as session:
        invitation = session.get_one(Invitation, invitation_id, with_for_update=True)
        if invitation.accepted_at or invitation.withdrawn_at:
            return
        invitation.withdrawn_at = now()
        note(session, actor, Action.INVITATION_WITHDRAWN, invitation.id, invitation.email or "")


def withdraw_open(session: Session, account_id: str, which: ColumnElement[bool]) -> None:
    """Let those invitations to an account open nothing any more, in ``session``, that ``which``
    describes and that nobody has followed."""
    session.execute(
        update(Invitation)
        .where(
            Invitation.account_id == account_id,
            which,
            Invitation.accepted_at.is_(None),
            Invitation.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=now())
    )


def accept_as_newcomer(token: str, email: str, password: str, peer: str) -> Person:
    """The new person that an invitation lets in.

    Raises :class:`Conflict` (invitation_spent) and :class:`Refused`; ``email_taken`` when somebody
    has the address already, who signs in first and then uses :func:`accept_as_known`.
    """
    _refuse([*check_email(email), *check_password(password)])
    hashed = passwords.hash(password)
    with writing() as session:
        invitation = _open(session, token)
        if invitation.email and invitation.email != plain_email(email):
            raise Refused(Problem("/email", "other_email"))
        if find_person(session, email) is not None:
            raise Refused(Problem("/email", "email_taken"))
        account = session.get_one(Account, invitation.account_id)
        return _spend(session, invitation, account, _newcomer(session, email, hashed), peer)


def accept_as_known(token: str, actor: Actor) -> str:
    """Let whoever is acting join the account that invited them; returns its id.

    Raises :class:`Conflict`: ``invitation_spent``, ``invitation_of_another`` when it is bound to
    another address, ``already_member`` when they belong there; then nothing changes.
    """
    with writing() as session:
        invitation = _open(session, token)
        if invitation.email and invitation.email != actor.name:
            raise Conflict("invitation_of_another")
        # Held, so that of two links at once one gives the role and the other finds a member.
        account = session.get_one(Account, invitation.account_id, with_for_update=True)
        if _is_member(session, actor.name, account.id):
            raise Conflict("already_member")
        person = session.get_one(Person, actor.person_id)
        _spend(session, invitation, account, person, actor.peer)
        return account.id


def make_setup_link() -> str:
    """A one-time address at which the first admin makes themselves known.

    Links that were printed before and never used stop working.
    """
    token = token_of(os.urandom(24))
    with writing() as session:
        account = account_of(session, FIRST_ACCOUNT)
        old = select(Invitation).where(Invitation.accepted_at.is_(None), Invitation.for_setup)
        for one in session.scalars(old):
            session.delete(one)
        session.add(
            Invitation(
                account_id=account.id,
                role=Role.ADMIN,
                token_hash=hash_of(token),
                expires_at=now() + INVITATION_LIFE,
                for_setup=True,
            )
        )
    return f"{settings().base_url}/setup/{token}"


def accept_setup(token: str, email: str, password: str, account_name: str, peer: str) -> Person:
    """The first admin, who runs the portal; the account gets ``account_name``.

    Raises as :func:`accept_as_newcomer` does.
    """
    _refuse([*check_email(email), *check_password(password)])
    hashed = passwords.hash(password)
    with writing() as session:
        invitation = _open(session, token, for_setup=True)
        if find_person(session, email) is not None:
            raise Refused(Problem("/email", "email_taken"))
        account = session.get_one(Account, invitation.account_id, with_for_update=True)
        account.call(account_name.strip() or account.name)
        person = _newcomer(session, email, hashed)
        _spend(session, invitation, account, person, peer)
        person.platform_role = PlatformRole.OPERATOR
        return person


def find_invitation(token: str, for_setup: bool = False) -> Invitation | None:
    """The invitation that ``token`` opens, while it is unused and not too old."""
    return db.session.scalar(_living(token, for_setup))


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise Refused(*problems)


def _open(session: Session, token: str, for_setup: bool = False) -> Invitation:
    # Locked, so that a link that works once works once.
    invitation = session.scalar(_living(token, for_setup).with_for_update())
    if invitation is None:
        raise Conflict("invitation_spent")
    return invitation


def _newcomer(session: Session, email: str, hashed: str) -> Person:
    # Never whoever has appeared since: a link must not sign its holder in as somebody else.
    try:
        return add_person(session, email, hashed)
    except IntegrityError as error:
        raise Refused(Problem("/email", "email_taken")) from error


def _spend(
    session: Session, invitation: Invitation, account: Account, person: Person, peer: str | None
) -> Person:
    invitation.accepted_at = now()
    role = Role(invitation.role)
    session.add(Membership(person_id=person.id, account_id=account.id, role=role))
    withdraw_open(session, account.id, Invitation.email == person.email)
    actor = Actor(account.id, person.email, role, person.id, peer=peer)
    after = {"role": role.value, "invited_by": invitation.made_by}
    note(session, actor, Action.PERSON_JOINED, person.id, person.email, after=after)
    return person


def _is_member(session: Session, email: str, account_id: str) -> bool:
    person = find_person(session, email)
    return person is not None and session.get(Membership, (person.id, account_id)) is not None


def _living(token: str, for_setup: bool) -> Select[tuple[Invitation]]:
    return select(Invitation).where(
        Invitation.token_hash == hash_of(token),
        Invitation.accepted_at.is_(None),
        Invitation.withdrawn_at.is_(None),
        Invitation.expires_at > now(),
        Invitation.for_setup.is_(for_setup),
    )
