"""What a hook chooses from: policies and event types, the shipped ones and an account's own."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import IdText, JsonValue, Model, id_maker, now


class Policy(Model):
    """How a hook is driven. ``account_id`` is null for the shipped ones."""

    __tablename__ = "policies"
    __table_args__ = (UniqueConstraint("account_id", "slug"),)

    id: Mapped[str] = mapped_column(IdText, primary_key=True, default=id_maker("pol"))
    account_id: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))
    slug: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text, default="")
    batch_size: Mapped[int] = mapped_column(default=1)
    batch_wait_seconds: Mapped[int] = mapped_column(default=0)
    ordered: Mapped[bool] = mapped_column(default=False)
    per_minute: Mapped[int | None]
    in_flight: Mapped[int] = mapped_column(default=8)
    timeout_seconds: Mapped[int] = mapped_column(default=15)
    retry_delays: Mapped[list[int]] = mapped_column(JsonValue)
    expires_after_seconds: Mapped[int | None]
    position: Mapped[int] = mapped_column(default=1000)
    created_at: Mapped[datetime] = mapped_column(default=now)


class EventType(Model):
    """A kind of event that hooks subscribe to. ``account_id`` is null for the shipped ones."""

    __tablename__ = "event_types"
    __table_args__ = (UniqueConstraint("account_id", "key"),)

    id: Mapped[str] = mapped_column(IdText, primary_key=True, default=id_maker("typ"))
    account_id: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))
    key: Mapped[str] = mapped_column(String(128))
    label: Mapped[str] = mapped_column(String(200))
    group: Mapped[str] = mapped_column(String(200), default="")
    description: Mapped[str] = mapped_column(Text, default="")
    # Texts, not parsed columns: an example keeps the order its author gave it.
    example: Mapped[str] = mapped_column(Text, default="{}")
    schema: Mapped[dict[str, Any] | None]
    position: Mapped[int] = mapped_column(default=1000)
    created_at: Mapped[datetime] = mapped_column(default=now)
