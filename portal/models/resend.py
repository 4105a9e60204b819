"""A person or a program has many deliveries sent again: which, how far it is, how it goes."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import IdText, Model, id_maker, now

# A text, not parameters: a partial index serves only a query that says the very same.
IS_UNDER_WAY = text("state IN ('probing', 'running') OR in_air > 0")


class Resend(Model):
    """Everything that must survive a kill stands here, and is written with each step.

    Deliveries are taken in the order of their ids, from ``passed`` (not included) up to ``upto``,
    the newest when it began. ``off_count`` were left out because their hook was off.
    ``wave`` and what follows are the :class:`portal.domain.resends.Course`.
    """

    __tablename__ = "resends"
    __table_args__ = (
        Index("ix_resends_account_id_id", "account_id", "id"),
        Index(
            "ix_resends_under_way",
            "id",
            sqlite_where=IS_UNDER_WAY,
            postgresql_where=IS_UNDER_WAY,
        ),
    )

    id: Mapped[str] = mapped_column(IdText, primary_key=True, default=id_maker("rsd"))
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    choice: Mapped[dict[str, Any]]
    passed: Mapped[str] = mapped_column(IdText, default="")
    upto: Mapped[str] = mapped_column(IdText)
    count: Mapped[int]
    off_count: Mapped[int] = mapped_column(default=0)
    sent: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    # How many were let go and have no outcome yet; they bear this row's id.
    in_air: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(String(16))
    wave: Mapped[int]
    wave_sent: Mapped[int] = mapped_column(default=0)
    wave_failed: Mapped[int] = mapped_column(default=0)
    # Why it stopped by itself: the code of the failure that came back.
    reason: Mapped[str | None] = mapped_column(String(40))
    asked_by: Mapped[str] = mapped_column(String(300))
    created_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]

    @property
    def left(self) -> int:
        """How many have no outcome yet, those in the air included."""
        return max(0, self.count - self.sent - self.failed)
