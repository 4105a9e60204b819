"""Who belongs to an account, who is invited, and who the portal's own people are."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, exists, func, select

from portal.domain.members import PlatformRole
from portal.domain.states import Role
from portal.extensions import db
from portal.models import Invitation, Membership, Person, SecondStep, SignInSession, now
from portal.queries.rows import NotFound


@dataclass(frozen=True)
class Member:
    """Somebody of an account; ``is_shut_out`` when they are off everywhere, which is the portal's
    own people's to change. ``seen_at`` is when they last signed in, as far as that is kept;
    ``has_second_step`` whether a password alone lets nobody in as them."""

    person_id: str
    email: str
    role: Role
    joined_at: datetime
    seen_at: datetime | None
    is_off: bool
    is_shut_out: bool
    has_second_step: bool


def members(account_id: str) -> list[Member]:
    """Everybody of the account: those who are on first, then by address."""
    by_address = _members(account_id).order_by(Membership.disabled_at.is_not(None), Person.email)
    return [_member(*row) for row in db.session.execute(by_address)]


def find_member(person_id: str, account_id: str) -> Member:
    """One member of the account; raises :class:`NotFound`."""
    of_person = _members(account_id).where(Person.id == person_id)
    row = db.session.execute(of_person).first()
    if row is None:
        raise NotFound(person_id)
    return _member(*row)


def _members(account_id: str) -> Select[tuple[Membership, Person, datetime, bool]]:
    seen = select(func.max(SignInSession.created_at)).where(SignInSession.person_id == Person.id)
    is_on = SecondStep.on_since.is_not(None)
    second_step = exists().where(SecondStep.person_id == Person.id, is_on)
    return (
        select(Membership, Person, seen.scalar_subquery(), second_step)
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.account_id == account_id)
    )


def _member(
    membership: Membership, person: Person, seen_at: datetime | None, has_second_step: bool
) -> Member:
    return Member(
        person.id,
        person.email,
        Role(membership.role),
        membership.created_at,
        seen_at,
        membership.disabled_at is not None,
        person.disabled_at is not None,
        has_second_step,
    )


def open_invitations(account_id: str) -> list[Invitation]:
    """The invitations to the account that still let somebody in, the newest first."""
    living = select(Invitation).where(
        Invitation.account_id == account_id,
        Invitation.accepted_at.is_(None),
        Invitation.withdrawn_at.is_(None),
        Invitation.expires_at > now(),
        Invitation.for_setup.is_(False),
    )
    return list(db.session.scalars(living.order_by(Invitation.id.desc())))


@dataclass(frozen=True)
class StaffView:
    """One of the portal's own people, or somebody of any account who was looked for."""

    person_id: str
    email: str
    platform_role: PlatformRole | None
    is_off: bool


def staff() -> list[StaffView]:
    """The portal's own people, by address."""
    rows = select(Person).where(Person.platform_role.is_not(None)).order_by(Person.email)
    return [_staff(person) for person in db.session.scalars(rows)]


def find_people(text: str, most: int) -> list[StaffView]:
    """At most ``most`` people whose address holds ``text``, by address."""
    held = Person.email.contains(text.strip().lower(), autoescape=True)
    rows = select(Person).where(held).order_by(Person.email).limit(most)
    return [_staff(person) for person in db.session.scalars(rows)]


def find_anybody(person_id: str) -> StaffView:
    """Somebody of the portal; raises :class:`NotFound`."""
    person = db.session.get(Person, person_id)
    if person is None:
        raise NotFound(person_id)
    return _staff(person)


def _staff(person: Person) -> StaffView:
    role = PlatformRole(person.platform_role) if person.platform_role else None
    return StaffView(person.id, person.email, role, person.disabled_at is not None)
