"""The stream of one hook's deliveries: who is sending it, when it may flow, how it has done."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Model


class Stream(Model):
    """One row a hook, written by workers only.

    A worker leases the stream, not each delivery: while the lease stands, nobody else sends to
    that hook, so caps, order and pace hold over all workers, and a delivery's row is written
    once, when its outcome is known. A dead worker's lease ends by the database's clock.
    """

    __tablename__ = "streams"

    hook_id: Mapped[str] = mapped_column(ForeignKey("hooks.id"), primary_key=True)
    lease_token: Mapped[str | None] = mapped_column(String(32))
    lease_until: Mapped[datetime | None]
    served_at: Mapped[datetime | None]
    # Nothing is sent before this: the breaker's rest, the pace, or the head of an ordered stream.
    ready_at: Mapped[datetime | None]
    # The breaker is open, or half-open: one probe at a time.
    resting: Mapped[bool] = mapped_column(default=False)
    # Whether the last attempt succeeded; null before the first.
    last_ok: Mapped[bool | None]
    last_ok_at: Mapped[datetime | None]
    last_failed_at: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    consecutive_failures: Mapped[int] = mapped_column(default=0)
    # What the breaker counts: the attempts since window_from, and those of them that failed.
    window_from: Mapped[datetime | None]
    window_attempts: Mapped[int] = mapped_column(default=0)
    window_failures: Mapped[int] = mapped_column(default=0)
    # Staff have put the automatic switch-off after days of failure back until then.
    postponed_until: Mapped[datetime | None]

    def is_served(self, now: datetime) -> bool:
        """Whether a worker holds it at ``now``."""
        return self.lease_until is not None and self.lease_until > now
