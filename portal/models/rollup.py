"""What attempts add up to, by the hour; pages read these rows, and never count attempts."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.causes import LONGEST_HOST
from portal.domain.durations import BOUNDS
from portal.models.base import IdText, Model

# How many rows an hour of an account is spread over: workers that add to it at the same moment
# mostly meet in none.
PARTS = 8
# The columns that count answers by how long they took, one for each slot.
TOOK = (*(f"under_{bound}" for bound in BOUNDS), "longer")


class Counted:
    """What rows of an hour count: deliveries that arrived and that failed, each at every attempt,
    and in :data:`TOOK` the answers by the time they took."""

    delivered: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)


for _name in TOOK:
    _column = mapped_column(Integer, nullable=False, default=0, server_default=text("0"))
    setattr(Counted, _name, _column)


class HookRollup(Counted, Model):
    """What happened to a hook's attempts in one hour."""

    __tablename__ = "hook_rollups"

    hook_id: Mapped[str] = mapped_column(ForeignKey("hooks.id"), primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    # Of all attempts, also of those without an answer.
    duration_ms: Mapped[int] = mapped_column(default=0)


class AccountRollup(Counted, Model):
    """The same of all hooks of an account together, so that its overview costs the same however
    many they are. An hour is the sum of its parts."""

    __tablename__ = "account_rollups"

    account_id: Mapped[str] = mapped_column(IdText, primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    part: Mapped[int] = mapped_column(primary_key=True)


class FailureRollup(Model):
    """What failed in one hour at one hook for one cause: an error, or a status, at a host.

    ``failed`` counts as in the others; ``deliveries`` those whose last attempt did not fail of it
    already.
    """

    __tablename__ = "failure_rollups"
    __table_args__ = (Index("ix_failure_rollups_account_id_hour", "account_id", "hour"),)

    hook_id: Mapped[str] = mapped_column(IdText, primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    host: Mapped[str] = mapped_column(String(LONGEST_HOST), primary_key=True)
    account_id: Mapped[str] = mapped_column(IdText)
    failed: Mapped[int] = mapped_column(default=0)
    deliveries: Mapped[int] = mapped_column(default=0)
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
