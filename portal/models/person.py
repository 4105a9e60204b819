"""People, what they may do in which account, and how they are signed in."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.account import Account
from portal.models.base import IdText, Model, id_maker, now


class Person(Model):
    """Somebody who signs in; may belong to several accounts."""

    __tablename__ = "people"

    id: Mapped[str] = mapped_column(IdText, primary_key=True, default=id_maker("per"))
    email: Mapped[str] = mapped_column(String(254), unique=True)
    # Empty for those who only come through single sign-on.
    password_hash: Mapped[str] = mapped_column(String(200))
    # A portal.domain.members.PlatformRole: support in every account, and who runs the portal.
    platform_role: Mapped[str | None] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(default=now)
    disabled_at: Mapped[datetime | None]

    memberships: Mapped[list["Membership"]] = relationship(
        back_populates="person", order_by="Membership.created_at"
    )


class Membership(Model):
    """The role of one person in one account."""

    __tablename__ = "memberships"

    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(default=now)
    # Off in this account alone; ``people.disabled_at`` is off everywhere.
    disabled_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(back_populates="memberships")
    account: Mapped[Account] = relationship()


class SignInSession(Model):
    """A browser that is signed in; ending the row signs it out, wherever it is."""

    __tablename__ = "sessions"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    # When the person last proved who they are, by signing in or since.
    confirmed_at: Mapped[datetime | None] = mapped_column(default=now)
    # To within a few minutes.
    last_seen_at: Mapped[datetime | None] = mapped_column(default=now)
    peer: Mapped[str | None] = mapped_column(String(64))
    user_agent: Mapped[str | None] = mapped_column(String(300))

    person: Mapped[Person] = relationship()
    account: Mapped[Account] = relationship()


class Invitation(Model):
    """A one-time link with which somebody joins an account; the first admin's, ``for_setup``, is
    printed."""

    __tablename__ = "invitations"

    id: Mapped[str] = mapped_column(IdText, primary_key=True, default=id_maker("inv"))
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    email: Mapped[str | None] = mapped_column(String(254))
    role: Mapped[str] = mapped_column(String(16))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    for_setup: Mapped[bool] = mapped_column(default=False, server_default=false())
    made_by: Mapped[str | None] = mapped_column(String(300))


class SignInFailure(Model):
    """A refused sign-in, kept for the throttle; in the database, so that no flush forgives it."""

    __tablename__ = "sign_in_failures"
    __table_args__ = (Index("ix_sign_in_failures_key_at", "key", "at"),)

    id: Mapped[str] = mapped_column(IdText, primary_key=True, default=id_maker("sif"))
    key: Mapped[str] = mapped_column(String(300))
    at: Mapped[datetime] = mapped_column(default=now)
