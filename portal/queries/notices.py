"""What an account was told, newest first."""

from dataclasses import dataclass

from sqlalchemy import Row, func, select

from portal.domain.notices import NoticeKind
from portal.extensions import db
from portal.models import Hook, Notice
from portal.models.notice import IS_UNSEEN
from portal.queries.page import Page, page_of

# A badge says no more than "99+".
MOST_COUNTED = 100


@dataclass(frozen=True)
class NoticeView:
    """A notice and those living hooks (``id``, ``name``) that it concerns."""

    notice: Notice
    hooks: list[Row[tuple[str, str]]]


def list_notices(
    account_id: str, unseen: bool, cursor: str | None = None, limit: int = 30
) -> Page[NoticeView]:
    """The notices of an account; with ``unseen`` those alone that nobody has seen."""
    rows = select(Notice).where(Notice.account_id == account_id)
    found = page_of(rows.where(IS_UNSEEN) if unseen else rows, Notice.id, cursor, limit)
    return Page(views_of(found.items), found.next)


def views_of(notices: list[Notice]) -> list[NoticeView]:
    """A view of each of ``notices``, in their order."""
    ids = {hook_id for notice in notices for hook_id in _hook_ids(notice)}
    rows = db.session.execute(
        select(Hook.id, Hook.name).where(Hook.id.in_(ids), Hook.deleted_at.is_(None))
    )
    living = {row.id: row for row in rows}
    return [
        NoticeView(notice, [living[one] for one in _hook_ids(notice) if one in living])
        for notice in notices
    ]


def count_unseen(account_id: str) -> int:
    """How many notices nobody of the account has seen, counted up to :data:`MOST_COUNTED`."""
    some = select(Notice.account_id).where(Notice.account_id == account_id, IS_UNSEEN)
    return db.session.scalar(select(func.count()).select_from(some.limit(MOST_COUNTED).subquery()))


def _hook_ids(notice: Notice) -> list[str]:
    if notice.kind == NoticeKind.ENDPOINT_WARNING:
        return [hook["id"] for hook in notice.data["hooks"]]
    return [notice.hook_id] if notice.hook_id else []
