"""One inbound request, its verdict and its answer, refused ones included."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import IdText, JsonValue, Model, id_maker, now

_TO_RUN = text("run_state = 'waiting'")


class Call(Model):
    """A request to a known trigger. An asynchronous run is owed as a delivery is: see its lease."""

    __tablename__ = "calls"
    __table_args__ = (
        Index("ix_calls_trigger_id_id", "trigger_id", "id"),
        Index("ix_calls_account_id_id", "account_id", "id"),
        Index("uq_calls_trigger_id_dedupe_key", "trigger_id", "dedupe_key", unique=True),
        Index("ix_calls_due", "due_at", sqlite_where=_TO_RUN, postgresql_where=_TO_RUN),
    )

    id: Mapped[str] = mapped_column(IdText, primary_key=True, default=id_maker("cal"))
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    trigger_id: Mapped[str] = mapped_column(ForeignKey("triggers.id"))
    version_id: Mapped[str | None] = mapped_column(ForeignKey("trigger_versions.id"))
    at: Mapped[datetime] = mapped_column(default=now)
    peer: Mapped[str | None] = mapped_column(String(64))
    verdict: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(40))
    status: Mapped[int | None]
    rule: Mapped[str | None] = mapped_column(String(200))
    duration_ms: Mapped[int | None]
    dedupe_key: Mapped[str | None] = mapped_column(String(300))
    run_state: Mapped[str | None] = mapped_column(String(16))
    due_at: Mapped[datetime | None]
    attempt_count: Mapped[int] = mapped_column(default=0)
    lease_token: Mapped[str | None] = mapped_column(String(32))
    headers: Mapped[list[list[str]] | None] = mapped_column(JsonValue, deferred=True)
    query: Mapped[str | None] = mapped_column(Text, deferred=True)
    body: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    variables: Mapped[dict[str, Any] | None] = mapped_column(JsonValue, deferred=True)
    answer: Mapped[dict[str, Any] | None] = mapped_column(JsonValue, deferred=True)
