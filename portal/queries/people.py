"""Who belongs to an account, who is invited, and who the portal's own people are."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from portal.domain.members import PlatformRole
from portal.domain.states import Role
from portal.extensions import db
from portal.models import Invitation, Membership, Person, SignInSession, now
from portal.queries.rows import NotFound


@dataclass(frozen=True)
class Member:
    """Somebody of an account; ``is_shut_out`` when they are off everywhere, which is the portal's
    own people's to change. ``seen_at`` is when they last signed in, as far as that is kept."""

    person_id: str
    email: str
    role: Role
    joined_at: datetime
    seen_at: datetime | None
    is_off: bool
    is_shut_out: bool


def members(account_id: str) -> list[Member]:
    """Everybody of the account: those who are on first, then by address."""
    seen = (
        select(func.max(SignInSession.created_at))
        .where(SignInSession.person_id == Membership.person_id)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(Membership, Person, seen)
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.account_id == account_id)
        .order_by(Membership.disabled_at.is_not(None), Person.email)
    )
    return [_member(membership, person, at) for membership, person, at in rows]


def find_member(person_id: str, account_id: str) -> Member:
    """One member of the account; raises :class:`NotFound`."""
    membership = db.session.get(Membership, (person_id, account_id))
    if membership is None:
        raise NotFound(person_id)
    return _member(membership, membership.person, None)


def _member(membership: Membership, person: Person, seen_at: datetime | None) -> Member:
    return Member(
        person.id,
        person.email,
        Role(membership.role),
        membership.created_at,
        seen_at,
        membership.disabled_at is not None,
        person.disabled_at is not None,
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
