"""What people, programs and the portal itself have done, for good."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import IdText, Model, id_maker, now


class AuditEntry(Model):
    """One act on record. The database itself refuses to change or remove it: see its migration."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_account_id_id", "account_id", "id"),
        Index("ix_audit_entries_account_id_target_id_id", "account_id", "target_id", "id"),
    )

    id: Mapped[str] = mapped_column(IdText, primary_key=True, default=id_maker("aud"))
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    at: Mapped[datetime] = mapped_column(default=now)
    action: Mapped[str] = mapped_column(String(64))
    # Who, as they were called then: an e-mail address, a key's name, a command.
    actor: Mapped[str] = mapped_column(String(300))
    person_id: Mapped[str | None] = mapped_column(IdText)
    key_id: Mapped[str | None] = mapped_column(IdText)
    # The address that the request came from; none for what the portal does by itself.
    peer: Mapped[str | None] = mapped_column(String(64))
    # What it was done to, and what that was called then.
    target_id: Mapped[str | None] = mapped_column(String(200))
    target: Mapped[str] = mapped_column(Text)
    # Only what changed; secrets never stand here.
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    reason: Mapped[str] = mapped_column(Text)
