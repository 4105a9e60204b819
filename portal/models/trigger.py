"""Where others call us, and every version of how such a call is handled."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import IdText, Model, id_maker, now


class Trigger(Model):
    """A generated address that outside systems call.

    The token in the address is random, is not the id, and can be replaced; it is found by its
    hash, and shown from its sealed form.
    """

    __tablename__ = "triggers"

    id: Mapped[str] = mapped_column(IdText, primary_key=True, default=id_maker("trg"))
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    name_folded: Mapped[str] = mapped_column(String(400))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    token_sealed: Mapped[str] = mapped_column(String(300))
    enabled: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)
    created_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    deleted_at: Mapped[datetime | None]


class TriggerVersion(Model):
    """The whole configuration of a trigger as it once was; never changed after it is made."""

    __tablename__ = "trigger_versions"
    __table_args__ = (UniqueConstraint("trigger_id", "number"),)

    id: Mapped[str] = mapped_column(IdText, primary_key=True, default=id_maker("trv"))
    trigger_id: Mapped[str] = mapped_column(ForeignKey("triggers.id"))
    number: Mapped[int]
    # Kept to the letter: the order of its members is that of what is answered and published.
    configuration: Mapped[dict[str, Any]] = mapped_column(JSON)
    # Passwords and signing secrets of the configuration, sealed together.
    secrets_sealed: Mapped[str | None]
    created_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    # An e-mail address, or an API key's name.
    author: Mapped[str] = mapped_column(String(300), default="", server_default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
