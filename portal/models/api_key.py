"""Keys with which the platform's own programs use the API."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import IdText, JsonValue, Model, id_maker, now


class ApiKey(Model):
    """A bearer key of one account; only its hash is kept."""

    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(IdText, primary_key=True, default=id_maker("key"))
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    # The last characters, by which people tell keys apart.
    hint: Mapped[str] = mapped_column(String(8))
    created_by: Mapped[str | None] = mapped_column(ForeignKey("people.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    # What the key sees, and at most may do: a portal.domain.states.Role.
    role: Mapped[str] = mapped_column(String(16), default="admin", server_default="admin")
    # portal.domain.scopes.Scope; none for all of them.
    scopes: Mapped[list[str] | None] = mapped_column(JsonValue)
    expires_at: Mapped[datetime | None]
    # The end that the account was told of beforehand; another one is told of anew.
    told_of: Mapped[datetime | None]
    per_minute: Mapped[int | None]
    last_used_at: Mapped[datetime | None]
    last_used_from: Mapped[str | None] = mapped_column(String(64))
    revoked_at: Mapped[datetime | None]
