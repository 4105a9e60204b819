"""What an account is told: on a page, and by mail where there is a mail server."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import IdText, JsonValue, Model, id_maker, now

# Texts, not parameters: a partial index serves only a query that says the very same.
IS_UNSEEN = text("seen_at IS NULL")
IS_TO_MAIL = text("mail_due_at IS NOT NULL")


class Notice(Model):
    """Something that happened to a hook or an endpoint; ``data`` is what the event says too.

    ``mail_due_at`` is when the next attempt to mail it may be made, null when none will be.
    ``mailed_to`` are the admins whose mail server took it.
    """

    __tablename__ = "notices"
    __table_args__ = (
        Index("ix_notices_account_id_id", "account_id", "id"),
        Index(
            "ix_notices_unseen", "account_id", sqlite_where=IS_UNSEEN, postgresql_where=IS_UNSEEN
        ),
        Index(
            "ix_notices_to_mail",
            "mail_due_at",
            sqlite_where=IS_TO_MAIL,
            postgresql_where=IS_TO_MAIL,
        ),
    )

    id: Mapped[str] = mapped_column(IdText, primary_key=True, default=id_maker("ntc"))
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    kind: Mapped[str] = mapped_column(String(32))
    hook_id: Mapped[str | None] = mapped_column(ForeignKey("hooks.id"))
    data: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(default=now)
    seen_at: Mapped[datetime | None]
    seen_by: Mapped[str | None] = mapped_column(String(300))
    mail_due_at: Mapped[datetime | None]
    mail_token: Mapped[str | None] = mapped_column(String(32))
    mail_attempts: Mapped[int] = mapped_column(default=0)
    mailed_to: Mapped[list[str]] = mapped_column(JsonValue, default=list)
    mailed_at: Mapped[datetime | None]
    # Why the last attempt failed, a code.
    mail_error: Mapped[str | None] = mapped_column(String(40))
