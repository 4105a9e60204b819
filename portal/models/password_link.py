"""Links with which somebody chooses another password, and the mails that are to bring them."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import IdText, Model, id_maker, now


class PasswordLink(Model):
    """A one-time link; used, it is gone."""

    __tablename__ = "password_links"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    expires_at: Mapped[datetime]


class PasswordRequest(Model):
    """Somebody asked for a link by mail. Whether anybody has the address is found out later, by
    the ticker, so that the time of the answer does not tell."""

    __tablename__ = "password_requests"

    id: Mapped[str] = mapped_column(IdText, primary_key=True, default=id_maker("pwr"))
    email: Mapped[str] = mapped_column(String(254))
    asked_at: Mapped[datetime] = mapped_column(default=now)
    due_at: Mapped[datetime] = mapped_column(index=True)
    lease_token: Mapped[str | None] = mapped_column(String(32))
    attempts: Mapped[int] = mapped_column(default=0)
