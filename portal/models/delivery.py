"""What is owed, and every POST that tried to pay it.

These tables grow with traffic and bear no foreign keys: checking them took half of the time in
which an outcome is written down. Accounts and hooks are never removed, events after all else.
"""

from datetime import datetime

from sqlalchemy import Index, String, Text, TextClause, false, text
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from portal.domain.states import DeliveryState
from portal.models.base import IdText, Model, id_maker, now
from portal.models.event import Event
from portal.models.hook import Hook

# Texts, not parameters: a partial index serves only a query that says the very same.
IS_FRESH = text("state = 'waiting' AND attempt_count = 0")
IS_RETRY = text("state = 'waiting' AND attempt_count > 0")
IS_OPEN = text("state <> 'delivered'")
IS_STUCK = text("state IN ('held', 'undelivered')")
IS_RESENT = text("resend_id IS NOT NULL")
IS_SINGLE = text("delivery_id IS NOT NULL")


def _partial(name: str, where: TextClause, *columns: str) -> Index:
    return Index(name, *columns, sqlite_where=where, postgresql_where=where)


class Delivery(Model):
    """One event owed to one hook: the unit of the log.

    ``message_id`` is the ``webhook-id``, the same on every attempt: made with the delivery, or
    committed with the batch before its first send. ``retry_step`` counts the attempts that
    were charged against the policy's delays; ``unpaid_waits`` those that were not.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        Index("uq_deliveries_event_id_hook_id", "event_id", "hook_id", unique=True),
        Index("ix_deliveries_account_id_id", "account_id", "id"),
        Index("ix_deliveries_hook_id_id", "hook_id", "id"),
        # What is due, the fresh apart from the retries, which come after it; in the order of
        # acceptance, by which ordered streams flow and batches are filled.
        _partial("ix_deliveries_fresh", IS_FRESH, "hook_id", "due_at", "id"),
        _partial("ix_deliveries_retry", IS_RETRY, "hook_id", "due_at", "id"),
        _partial("ix_deliveries_open", IS_OPEN, "account_id", "state", "id"),
        _partial("ix_deliveries_stuck", IS_STUCK, "hook_id", "state", "id"),
        _partial("ix_deliveries_resend_id", IS_RESENT, "resend_id"),
    )

    id: Mapped[str] = mapped_column(IdText, primary_key=True, default=id_maker("dlv"))
    account_id: Mapped[str] = mapped_column(IdText)
    hook_id: Mapped[str] = mapped_column(IdText)
    event_id: Mapped[str] = mapped_column(IdText)
    event_type: Mapped[str] = mapped_column(String(128))
    state: Mapped[str] = mapped_column(String(16), default=DeliveryState.WAITING)
    due_at: Mapped[datetime]
    message_id: Mapped[str | None] = mapped_column(String(32))
    attempt_count: Mapped[int] = mapped_column(default=0)
    retry_step: Mapped[int] = mapped_column(default=0)
    unpaid_waits: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(String(40))
    last_status_code: Mapped[int | None]
    last_at: Mapped[datetime | None]
    # Who asked for the next attempt; the attempt's row takes it over.
    asked_by: Mapped[str | None] = mapped_column(String(300))
    # When somebody last asked for it to be sent again: its time to expire counts from then.
    resent_at: Mapped[datetime | None]
    # The resend that has let it go and waits for its outcome. No foreign key: SQLite adds none to
    # a table that stands.
    resend_id: Mapped[str | None] = mapped_column(IdText)
    # Somebody's example, sent to this hook alone to see what it answers.
    example: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]

    hook: Mapped[Hook] = relationship(
        primaryjoin=lambda: Hook.id == foreign(Delivery.hook_id), lazy="raise_on_sql"
    )
    event: Mapped[Event] = relationship(
        primaryjoin=lambda: Event.id == foreign(Delivery.event_id), lazy="raise_on_sql"
    )


class Attempt(Model):
    """One HTTP POST, with what went out and what came back.

    ``url`` and ``policy`` are kept as they were. The body that went out is rebuilt from the
    events it carried, which are kept to the letter.
    """

    __tablename__ = "attempts"
    __table_args__ = (
        Index("ix_attempts_hook_id_id", "hook_id", "id"),
        _partial("ix_attempts_delivery_id", IS_SINGLE, "delivery_id"),
    )

    id: Mapped[str] = mapped_column(IdText, primary_key=True, default=id_maker("att"))
    account_id: Mapped[str] = mapped_column(IdText)
    hook_id: Mapped[str] = mapped_column(IdText)
    # The delivery that went alone; null for a batch, however few it carried.
    delivery_id: Mapped[str | None] = mapped_column(IdText)
    message_id: Mapped[str] = mapped_column(String(32))
    started_at: Mapped[datetime]
    duration_ms: Mapped[int]
    status_code: Mapped[int | None]
    error: Mapped[str | None] = mapped_column(String(40))
    asked_by: Mapped[str | None] = mapped_column(String(300))
    deliveries: Mapped[int] = mapped_column(default=1)
    policy: Mapped[str] = mapped_column(String(64))
    url: Mapped[str] = mapped_column(Text)
    # What libcurl or the guard said, for the technical details.
    detail: Mapped[str | None] = mapped_column(Text)
    # "name: value" a line; the values of the hook's own headers are masked.
    request_headers: Mapped[str] = mapped_column(Text, default="", deferred=True)
    response_headers: Mapped[str] = mapped_column(Text, default="", deferred=True)
    response_body: Mapped[str | None] = mapped_column(Text, deferred=True)
    truncated: Mapped[bool] = mapped_column(default=False)


class AttemptDelivery(Model):
    """Which deliveries a batch carried."""

    __tablename__ = "attempt_deliveries"

    delivery_id: Mapped[str] = mapped_column(IdText, primary_key=True)
    attempt_id: Mapped[str] = mapped_column(IdText, primary_key=True, index=True)
