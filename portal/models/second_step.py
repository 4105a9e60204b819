"""The second step of signing in: a shared secret, codes for when it is lost, and who is between
the steps."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import IdText, Model, id_maker, now


class SecondStep(Model):
    """What a person's authenticator and the portal share; asked for from ``on_since`` on."""

    __tablename__ = "second_steps"

    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), primary_key=True)
    secret_sealed: Mapped[str] = mapped_column(Text)
    begun_at: Mapped[datetime] = mapped_column(default=now)
    on_since: Mapped[datetime | None]
    # The step of the last code that was taken: neither it nor an earlier one is taken again.
    last_step: Mapped[int] = mapped_column(default=0)


class RecoveryCode(Model):
    """A code that stands in for the authenticator once; only its hash is kept."""

    __tablename__ = "recovery_codes"

    id: Mapped[str] = mapped_column(IdText, primary_key=True, default=id_maker("rcv"))
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None]


class HalfSignIn(Model):
    """Somebody who has given the right password and not yet the code; no session by a long way."""

    __tablename__ = "half_sign_ins"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    expires_at: Mapped[datetime]
