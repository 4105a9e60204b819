"""Single sign-on: whom a provider's accounts belong to, and visits to it that are under way."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Model, now


class PersonIdentity(Model):
    """The account that a person has at a provider: ``subject`` is the provider's own name for it,
    which it gives to nobody else, as it might an e-mail address."""

    __tablename__ = "person_identities"
    __table_args__ = (UniqueConstraint("person_id", "issuer"),)

    issuer: Mapped[str] = mapped_column(String(500), primary_key=True)
    subject: Mapped[str] = mapped_column(String(255), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"))
    linked_at: Mapped[datetime] = mapped_column(default=now)


class ProviderVisit(Model):
    """A browser that was sent to the provider; whoever comes back with its state is let in once.

    ``session_hash`` is the session of somebody who only proves once more who they are.
    """

    __tablename__ = "provider_visits"

    state_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    nonce: Mapped[str] = mapped_column(String(64))
    verifier: Mapped[str] = mapped_column(String(128))
    target: Mapped[str] = mapped_column(Text)
    session_hash: Mapped[str | None] = mapped_column(String(64))
    began_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
