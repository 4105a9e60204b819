"""What an admin does to the members of their account.

Whoever changes who is an admin holds the account's row, so that two who change each other at once
come one after the other and the last admin stays.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from portal.domain.actor import Actor
from portal.domain.audit import Action
from portal.domain.members import keep_an_admin
from portal.domain.problems import Conflict
from portal.domain.states import Role
from portal.models import Account, Invitation, Membership, Person, SignInSession, now
from portal.pipeline.audit import note
from portal.pipeline.invitations import withdraw_open
from portal.pipeline.transactions import writing


def change_role(person_id: str, role: Role, actor: Actor) -> None:
    """Give a member another role, from their next request on.

    Raises :class:`Conflict`: ``last_admin``, ``not_found``.
    """
    with _member(person_id, actor) as (session, member):
        if member.role == role:
            return
        if role != Role.ADMIN:
            _keep_an_admin(session, member)
            withdraw_open(session, member.account_id, Invitation.made_by == member.person.email)
        before, member.role = {"role": member.role}, role.value
        target = member.person.email
        note(
            session,
            actor,
            Action.PERSON_ROLE_CHANGED,
            person_id,
            target,
            before=before,
            after={"role": role.value},
        )


def switch_off(person_id: str, reason: str, actor: Actor) -> None:
    """Let a member do nothing in the account until they are switched on; they are out at once.

    Raises as :func:`change_role` does.
    """
    with _member(person_id, actor) as (session, member):
        if member.disabled_at is not None:
            return
        _keep_an_admin(session, member)
        member.disabled_at = now()
        _shut_out(session, member)
        note(
            session,
            actor,
            Action.PERSON_SWITCHED_OFF,
            person_id,
            member.person.email,
            reason=reason,
        )


def switch_on(person_id: str, actor: Actor) -> None:
    """Let a member who was switched off back in. Raises :class:`Conflict` (not_found)."""
    with _member(person_id, actor) as (session, member):
        if member.disabled_at is None:
            return
        member.disabled_at = None
        note(session, actor, Action.PERSON_SWITCHED_ON, person_id, member.person.email)


def remove(person_id: str, reason: str, actor: Actor) -> None:
    """Let somebody belong to the account no more. Raises as :func:`change_role` does."""
    with _member(person_id, actor) as (session, member):
        _keep_an_admin(session, member)
        _shut_out(session, member)
        before = {"role": member.role}
        session.delete(member)
        note(
            session,
            actor,
            Action.PERSON_REMOVED,
            person_id,
            member.person.email,
            before=before,
            reason=reason,
        )


@contextmanager
def _member(person_id: str, actor: Actor) -> Iterator[tuple[Session, Membership]]:
    with writing() as session:
        session.get_one(Account, actor.account_id, with_for_update=True)
        member = session.get(Membership, (person_id, actor.account_id), populate_existing=True)
        if member is None:
            raise Conflict("not_found")
        yield session, member


def _keep_an_admin(session: Session, leaving: Membership) -> None:
    active = (
        select(Membership.person_id)
        .join(Person, Person.id == Membership.person_id)
        .where(
            Membership.account_id == leaving.account_id,
            Membership.role == Role.ADMIN,
            Membership.disabled_at.is_(None),
            Person.disabled_at.is_(None),
        )
    )
    keep_an_admin(session.scalars(active).all(), leaving.person_id)


def _shut_out(session: Session, member: Membership) -> None:
    theirs = SignInSession.person_id == member.person_id
    session.execute(
        delete(SignInSession).where(theirs, SignInSession.account_id == member.account_id)
    )
    # Nor is there a way back by what was once sent to them, or under another name by what they
    # have made.
    email = member.person.email
    theirs = or_(Invitation.made_by == email, Invitation.email == email)
    withdraw_open(session, member.account_id, theirs)
