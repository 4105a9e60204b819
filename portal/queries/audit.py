"""The audit log, the newest first."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Select, func, or_, select

from portal.domain.audit_filter import AuditFilter
from portal.extensions import db
from portal.models import AuditEntry, Call, Delivery, Hook, Resend, Trigger
from portal.queries.page import Page, page_of

PAGE = 50
BITE = 1000
_SEARCHED = (
    AuditEntry.target,
    AuditEntry.actor,
    AuditEntry.reason,
    AuditEntry.target_id,
    AuditEntry.id,
)
# What an entry may lead to, by how its ids begin; a row that is gone leads nowhere.
_ROWS = {"hok": Hook, "trg": Trigger, "dlv": Delivery, "cal": Call, "rsd": Resend}


class Doer(NamedTuple):
    """Somebody on record: ``id`` is the person's, the key's (``key_id``), or else the name."""

    id: str
    name: str
    key_id: str | None


def audit_page(
    account_id: str, wanted: AuditFilter, cursor: str | None, limit: int = PAGE
) -> Page[AuditEntry]:
    """A page of what ``wanted`` means in the account."""
    return page_of(_chosen(account_id, wanted), AuditEntry.id, cursor, limit)


def audit_bites(account_id: str, wanted: AuditFilter) -> Iterator[Sequence[AuditEntry]]:
    """All that ``wanted`` means, some at a time, each with a transaction of its own."""
    cursor: str | None = None
    while True:
        page = audit_page(account_id, wanted, cursor, BITE)
        entries, cursor = list(page.items), page.next
        for entry in entries:
            db.session.expunge(entry)
        db.session.rollback()
        yield entries
        if cursor is None:
            return


def actors_of(account_id: str) -> list[Doer]:
    """Whoever stands on record in the account, by name; a key is never taken for a person."""
    doers = select(AuditEntry.person_id, AuditEntry.key_id, AuditEntry.actor)
    rows = db.session.execute(doers.where(AuditEntry.account_id == account_id).distinct())
    known = {
        key or person or name: Doer(key or person or name, name, key) for person, key, name in rows
    }
    return sorted(known.values(), key=lambda doer: (doer.name, doer.id))


def find_entry(entry_id: str) -> AuditEntry | None:
    """The entry of that id, of whatever account."""
    return db.session.get(AuditEntry, entry_id)


def still_there(ids: Iterable[str | None]) -> set[str]:
    """Those of ``ids`` that still have a page of their own."""
    found: set[str] = set()
    known = {one for one in ids if one}
    for prefix, table in _ROWS.items():
        ours = [one for one in known if one.startswith(f"{prefix}_")]
        if ours:
            rows = select(table.id).where(table.id.in_(ours))
            if hasattr(table, "deleted_at"):
                rows = rows.where(table.deleted_at.is_(None))
            found.update(db.session.scalars(rows))
    return found


def _chosen(account_id: str, wanted: AuditFilter) -> Select[tuple[AuditEntry]]:
    rows = select(AuditEntry).where(AuditEntry.account_id == account_id)
    if wanted.q:
        text = wanted.q.lower()
        rows = rows.where(
            or_(*(func.lower(column).contains(text, autoescape=True) for column in _SEARCHED))
        )
    if wanted.actor:
        doers = (AuditEntry.person_id, AuditEntry.key_id, AuditEntry.actor)
        rows = rows.where(or_(*(column == wanted.actor for column in doers)))
    if wanted.subject:
        rows = rows.where(AuditEntry.action.startswith(f"{wanted.subject}.", autoescape=True))
    if wanted.target:
        rows = rows.where(AuditEntry.target_id == wanted.target)
    if wanted.since:
        rows = rows.where(AuditEntry.at >= wanted.since)
    if wanted.until:
        rows = rows.where(AuditEntry.at < wanted.until)
    return rows
