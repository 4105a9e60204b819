"""The receiver inside the portal on which hooks are tried."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import IdText, JsonValue, Model, id_maker, now


class Sandbox(Model):
    """An address of the portal's own that keeps what arrives for a day, and answers as it is told:
    with ``status``, after ``delay_seconds``."""

    __tablename__ = "sandboxes"

    token: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    status: Mapped[int] = mapped_column(default=200, server_default=text("200"))
    delay_seconds: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    created_at: Mapped[datetime] = mapped_column(default=now)


class SandboxArrival(Model):
    """One request that a sandbox received, how it was answered, and what was known of it then.

    ``hook_id`` and ``delivery_id`` are those that sent it, where that is known; ``signature`` is
    a code of :mod:`portal.domain.sandbox`, or null where there was no secret to judge it by.
    """

    __tablename__ = "sandbox_arrivals"
    __table_args__ = (Index("ix_sandbox_arrivals_token_id", "token", "id"),)

    id: Mapped[str] = mapped_column(IdText, primary_key=True, default=id_maker("arr"))
    token: Mapped[str] = mapped_column(ForeignKey("sandboxes.token"))
    at: Mapped[datetime] = mapped_column(default=now, index=True)
    message_id: Mapped[str | None] = mapped_column(String(64))
    headers: Mapped[list[list[str]]] = mapped_column(JsonValue)
    body: Mapped[str] = mapped_column(Text)
    status: Mapped[int | None]
    delay_seconds: Mapped[int | None]
    hook_id: Mapped[str | None] = mapped_column(IdText)
    delivery_id: Mapped[str | None] = mapped_column(IdText)
    signature: Mapped[str | None] = mapped_column(String(40))
