"""The receiver inside the portal on which a newcomer tries a hook."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import IdText, JsonValue, Model, id_maker, now


class Sandbox(Model):
    """An address of the portal's own that keeps what arrives for a day."""

    __tablename__ = "sandboxes"

    token: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)


class SandboxArrival(Model):
    """One request that a sandbox received."""

    __tablename__ = "sandbox_arrivals"
    __table_args__ = (Index("ix_sandbox_arrivals_token_id", "token", "id"),)

    id: Mapped[str] = mapped_column(IdText, primary_key=True, default=id_maker("arr"))
    token: Mapped[str] = mapped_column(ForeignKey("sandboxes.token"))
    at: Mapped[datetime] = mapped_column(default=now, index=True)
    message_id: Mapped[str | None] = mapped_column(String(64))
    headers: Mapped[list[list[str]]] = mapped_column(JsonValue)
    body: Mapped[str] = mapped_column(Text)
