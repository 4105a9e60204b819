"""One customer organisation; everything else belongs to exactly one."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import IdText, Model, id_maker, now


class Account(Model):
    """An organisation whose staff use the portal."""

    __tablename__ = "accounts"

    id: Mapped[str] = mapped_column(IdText, primary_key=True, default=id_maker("acc"))
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    time_zone: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(default=now)
