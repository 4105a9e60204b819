"""Fields of payloads that some roles of an account do not get to see."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import IdText, JsonValue, Model, id_maker, now


class PayloadMask(Model):
    """One pattern and how what it finds is masked. ``key`` is the same however it was written."""

    __tablename__ = "payload_masks"
    __table_args__ = (UniqueConstraint("account_id", "key"),)

    id: Mapped[str] = mapped_column(IdText, primary_key=True, default=id_maker("msk"))
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    pattern: Mapped[str] = mapped_column(String(500))
    key: Mapped[str] = mapped_column(String(32))
    kind: Mapped[str] = mapped_column(String(16))
    roles: Mapped[list[str]] = mapped_column(JsonValue)
    created_by: Mapped[str] = mapped_column(String(300))
    created_at: Mapped[datetime] = mapped_column(default=now)
