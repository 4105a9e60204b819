"""One customer organisation; everything else belongs to exactly one."""

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.folding import fold
from portal.models.base import IdText, Model, id_maker, now


class Account(Model):
    """An organisation whose staff use the portal."""

    __tablename__ = "accounts"

    id: Mapped[str] = mapped_column(IdText, primary_key=True, default=id_maker("acc"))
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    # Name and slug as they are searched; see portal.domain.folding.
    folded: Mapped[str] = mapped_column(Text, default="", server_default="")
    time_zone: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(default=now)

    def call(self, name: str) -> None:
        """Let the account be called ``name``, cut after 200 characters."""
        self.name = name[:200]
        self.folded = f"{fold(self.name)} {self.slug}"
