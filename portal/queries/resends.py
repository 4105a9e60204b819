"""Resends as the pages show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from portal.domain.log_filter import filter_members
from portal.domain.masking import Masks
from portal.domain.resends import MOVING, OVER, RESTING, read_kept
from portal.extensions import db
from portal.models import Resend
from portal.queries.sight import filter_seen

MOST_SHOWN = 5


@dataclass(frozen=True)
class ResendView:
    """A resend with what follows from its figures.

    ``members`` is the filter that it goes by, as a page's address names it; ``chosen`` is how
    many were chosen one by one, or None. The shares are percentages of ``count``.
    """

    id: str
    state: str
    count: int
    sent: int
    failed: int
    left: int
    in_air: int
    off_count: int
    reason: str | None
    asked_by: str
    created_at: datetime
    finished_at: datetime | None
    members: dict[str, str]
    chosen: int | None
    may_pause: bool
    may_resume: bool
    may_cancel: bool

    @property
    def sent_share(self) -> float:
        return self._share(self.sent)

    @property
    def failed_share(self) -> float:
        return self._share(self.failed)

    @property
    def share(self) -> int:
        """How much of it is judged; whole percents, and all of them only when nothing is left."""
        return 100 * (self.sent + self.failed) // self.count if self.count else 100

    @property
    def is_through(self) -> bool:
        """Whether nothing will change any more."""
        return not self.may_cancel and not self.in_air

    @property
    def seen(self) -> str:
        """What tells this sight of it from every other."""
        return f"{self.state}-{self.sent}-{self.failed}-{self.in_air}"

    def _share(self, part: int) -> float:
        return round(100 * part / self.count, 2) if self.count else 0


def resend_view(resend: Resend, masks: Masks) -> ResendView:
    """The view of one resend, for those with ``masks``."""
    choice = read_kept(resend.choice)
    return ResendView(
        **{name: getattr(resend, name) for name in _AS_THEY_ARE},
        members=filter_members(filter_seen(choice.wanted, masks)),
        chosen=None if choice.ids is None else len(choice.ids),
        may_pause=resend.state in MOVING,
        may_resume=resend.state in RESTING,
        may_cancel=resend.state not in OVER,
    )


_AS_THEY_ARE = (
    *("id", "state", "count", "sent", "failed", "left", "in_air", "off_count"),
    *("reason", "asked_by", "created_at", "finished_at"),
)


def unfinished_resends(account_id: str) -> Sequence[Resend]:
    """The resends of an account that are not over, the newest few, newest first."""
    return db.session.scalars(
        select(Resend)
        .where(Resend.account_id == account_id, Resend.state.not_in(OVER))
        .order_by(Resend.id.desc())
        .limit(MOST_SHOWN)
    ).all()
