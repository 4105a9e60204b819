"""One inbound request, its verdict and its answer, refused ones included."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, undefer

from portal.models.base import IdText, Model, id_maker, now

_TO_RUN = text("run_state = 'waiting'")


class Call(Model):
    """A request to a known trigger. A run that is owed is leased as a delivery is: ``due_at`` is
    when anybody may take it, and moves on with every lease.

    No foreign keys, as in the other growing tables: checking them would cost every call. What
    lists never show is deferred. ``headers``, ``variables``, ``answer`` and ``explanation`` are
    JSON texts; the shapes stand in :mod:`portal.domain.calls`.
    """

    __tablename__ = "calls"
    __table_args__ = (
        Index("ix_calls_trigger_id_id", "trigger_id", "id"),
        Index("ix_calls_account_id_id", "account_id", "id"),
        Index("uq_calls_trigger_id_dedupe_key", "trigger_id", "dedupe_key", unique=True),
        Index("ix_calls_due", "due_at", sqlite_where=_TO_RUN, postgresql_where=_TO_RUN),
    )

    id: Mapped[str] = mapped_column(IdText, primary_key=True, default=id_maker("cal"))
    account_id: Mapped[str] = mapped_column(IdText)
    trigger_id: Mapped[str] = mapped_column(IdText)
    version_id: Mapped[str] = mapped_column(IdText)
    at: Mapped[datetime] = mapped_column(default=now)
    peer: Mapped[str] = mapped_column(String(64))
    method: Mapped[str] = mapped_column(String(16))
    verdict: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(40))
    status: Mapped[int | None]
    rule: Mapped[str | None] = mapped_column(String(200))
    duration_ms: Mapped[int | None]
    # Only the first of several calls that bear the same key has it; the others name that call.
    dedupe_key: Mapped[str | None] = mapped_column(String(300))
    first_id: Mapped[str | None] = mapped_column(IdText)
    # A call that somebody has repeated names the one it repeats, and them.
    replay_of: Mapped[str | None] = mapped_column(IdText)
    asked_by: Mapped[str | None] = mapped_column(String(300))
    run_state: Mapped[str | None] = mapped_column(String(16))
    due_at: Mapped[datetime | None]
    attempt_count: Mapped[int] = mapped_column(default=0)
    lease_token: Mapped[str | None] = mapped_column(String(32))
    # Whether the caller was answered at the deadline, before the run had ended.
    is_late: Mapped[bool] = mapped_column(default=False)
    # How many refused calls before this one were only counted, to keep the disk from filling.
    uncounted: Mapped[int] = mapped_column(default=0)
    body_size: Mapped[int] = mapped_column(default=0)
    headers: Mapped[str] = mapped_column(Text, deferred=True)
    query: Mapped[str] = mapped_column(Text, default="", deferred=True)
    body: Mapped[bytes] = mapped_column(LargeBinary, default=b"", deferred=True)
    variables: Mapped[str | None] = mapped_column(Text, deferred=True)
    answer: Mapped[str | None] = mapped_column(Text, deferred=True)
    explanation: Mapped[str | None] = mapped_column(Text, deferred=True)
    search: Mapped[str] = mapped_column(Text, default="", deferred=True)


# What a single call is read with, and a list never.
IN_FULL = tuple(
    undefer(column)
    for column in (
        Call.headers,
        Call.query,
        Call.body,
        Call.variables,
        Call.answer,
        Call.explanation,
        Call.search,
    )
)
