"""What the watch last saw of an endpoint, and what it remembers of the looks before."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import IdText, JsonValue, Model, id_maker


class EndpointCheck(Model):
    """One row for each scheme, host and port that living hooks of an account send to.

    It is taken to be looked at by moving ``due_at`` on under a ``lease_token``, as others are by
    the database's clock.
    """

    __tablename__ = "endpoint_checks"
    __table_args__ = (UniqueConstraint("account_id", "origin"),)

    id: Mapped[str] = mapped_column(IdText, primary_key=True, default=id_maker("chk"))
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    # "https://host:port", the port spelled out.
    origin: Mapped[str] = mapped_column(String(300))
    due_at: Mapped[datetime] = mapped_column(index=True)
    lease_token: Mapped[str | None] = mapped_column(String(32))
    checked_at: Mapped[datetime | None]
    # Who sent there when it was taken last: all of them counted, and the ids of a few.
    hook_count: Mapped[int] = mapped_column(default=0)
    hook_ids: Mapped[list[str]] = mapped_column(JsonValue, default=list)
    # A code of the delivery log; null when all was well.
    error: Mapped[str | None] = mapped_column(String(40))
    failing_since: Mapped[datetime | None]
    addresses: Mapped[list[str]] = mapped_column(JsonValue, default=list)
    # What its name resolved to before that changed, and when the change was seen.
    earlier_addresses: Mapped[list[str]] = mapped_column(JsonValue, default=list)
    moved_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    issuer: Mapped[str | None] = mapped_column(String(200))
    names: Mapped[list[str]] = mapped_column(JsonValue, default=list)
    connect_ms: Mapped[int | None]
    # See portal.domain.watch.Memory.
    marks: Mapped[dict[str, Any]] = mapped_column(default=dict)
    troubles: Mapped[list[str]] = mapped_column(JsonValue, default=list)
    times: Mapped[list[int]] = mapped_column(JsonValue, default=list)
