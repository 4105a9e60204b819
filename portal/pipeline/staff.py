"""The portal's own people: who runs it, who helps in every account, and who is off everywhere."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.actor import Actor
from portal.domain.audit import Action
from portal.domain.members import PlatformRole, keep_an_operator
from portal.domain.problems import Problem, Refused
from portal.models import Membership, Person, now
from portal.pipeline.audit import note
from portal.pipeline.people import find_person
from portal.pipeline.sessions import shut_out
from portal.pipeline.transactions import writing


def appoint(email: str, role: PlatformRole, actor: Actor) -> Person:
    """Make somebody who is known one of the portal's own people.

    Raises :class:`Refused` (unknown_person) and :class:`Conflict` (last_operator).
    """
    with writing() as session:
        person = find_person(session, email)
        if person is None:
            raise Refused(Problem("/email", "unknown_person"))
        return _set_role(session, person, role, actor)


def dismiss(person_id: str, actor: Actor) -> Person:
    """Let somebody be none of the portal's own people; raises :class:`Conflict` (last_operator)."""
    with writing() as session:
        return _set_role(session, session.get_one(Person, person_id), None, actor)


def switch_person(person_id: str, enabled: bool, reason: str, actor: Actor) -> Person:
    """Let somebody sign in, or nowhere; off, they are signed out at once wherever they are.

    It is on record where ``actor`` belongs and wherever the person does. Raises :class:`Conflict`
    (last_operator).
    """
    with writing() as session:
        operators = _operators(session)
        person = session.get_one(Person, person_id, with_for_update=True, populate_existing=True)
        if (person.disabled_at is None) == enabled:
            return person
        if enabled:
            person.disabled_at = None
        else:
            keep_an_operator(operators, person.id)
            person.disabled_at = now()
            shut_out(session, person.id)
        _note_switch(session, person, reason, actor)
        return person


def _set_role(session: Session, person: Person, role: PlatformRole | None, actor: Actor) -> Person:
    operators = _operators(session)
    if role != PlatformRole.OPERATOR:
        keep_an_operator(operators, person.id)
    before, after = {"platform_role": person.platform_role}, {"platform_role": role}
    if before != after:
        person.platform_role = role
        note(
            session,
            _at_home(session, actor),
            Action.PERSON_ROLE_CHANGED,
            person.id,
            person.email,
            before=before,
            after=after,
        )
    return person


def _note_switch(session: Session, person: Person, reason: str, actor: Actor) -> None:
    home = _at_home(session, actor)
    places = dict.fromkeys([home.account_id, *(one.account_id for one in person.memberships)])
    action = Action.PERSON_SWITCHED_OFF if person.disabled_at else Action.PERSON_SWITCHED_ON
    for account_id in places:
        there = home if account_id == home.account_id else actor.within(account_id)
        note(session, there, action, person.id, person.email, reason=reason)


def _at_home(session: Session, actor: Actor) -> Actor:
    """``actor`` in an account of their own: an account that they visit has no part in it."""
    own = select(Membership.account_id).where(Membership.person_id == actor.person_id)
    account_id = session.scalar(own.order_by(Membership.created_at).limit(1))
    return actor.within(account_id) if account_id else actor


def _operators(session: Session) -> list[str]:
    # Locked in one order, so that two who change each other come one after the other.
    operators = (
        select(Person)
        .where(Person.platform_role == PlatformRole.OPERATOR, Person.disabled_at.is_(None))
        .order_by(Person.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return [person.id for person in session.scalars(operators)]
