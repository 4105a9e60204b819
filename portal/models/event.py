"""Something that happened in the platform, stored once."""

from datetime import datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import IdText, Model, id_maker, now


class Event(Model):
    """An accepted event.

    ``data`` holds the member of the request to the letter, key order and all, because that is
    what is signed and sent. ``routing`` maps the id of every hook that subscribed to the type to
    null (matched) or to the reason why not; "not subscribed" is derived.
    """

    __tablename__ = "events"
    __table_args__ = (
        Index("uq_events_account_id_dedupe_key", "account_id", "dedupe_key", unique=True),
        Index("ix_events_account_id_id", "account_id", "id"),
        Index("ix_events_created_at", "created_at"),
    )

    id: Mapped[str] = mapped_column(IdText, primary_key=True, default=id_maker("evt"))
    account_id: Mapped[str] = mapped_column(IdText)
    type: Mapped[str] = mapped_column(String(128))
    dedupe_key: Mapped[str | None] = mapped_column(String(128))
    occurred_at: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(default=now)
    routing: Mapped[str] = mapped_column(Text, default="{}")
    data: Mapped[str] = mapped_column(Text, deferred=True)
    search: Mapped[str] = mapped_column(Text, deferred=True)
