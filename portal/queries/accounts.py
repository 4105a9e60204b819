"""Which accounts somebody may enter."""

from dataclasses import dataclass

from sqlalchemy import select

from portal.domain.folding import fold
from portal.domain.states import Role
from portal.extensions import db
from portal.models import Account, Membership
from portal.queries.page import Page, page_of
from portal.queries.rows import NotFound

PAGE = 50


@dataclass(frozen=True)
class OwnAccount:
    """An account that somebody belongs to, and what they are there."""

    account: Account
    role: Role
    is_off: bool


def own_accounts(person_id: str) -> list[OwnAccount]:
    """Every account that the person belongs to, by name."""
    rows = db.session.execute(
        select(Account, Membership)
        .join(Membership, Membership.account_id == Account.id)
        .where(Membership.person_id == person_id)
        .order_by(Account.folded)
    )
    return [
        OwnAccount(account, Role(member.role), member.disabled_at is not None)
        for account, member in rows
    ]


def all_accounts(text: str, cursor: str | None) -> Page[Account]:
    """Accounts whose name or slug holds ``text``, the newest first, a page at a time."""
    held = Account.folded.contains(fold(text), autoescape=True)
    return page_of(select(Account).where(held), Account.id, cursor, PAGE)


def find_account(account_id: str) -> Account:
    """The account ``account_id``; raises :class:`NotFound`. Who may know of it is the asker's to
    see to."""
    account = db.session.get(Account, account_id)
    if account is None:
        raise NotFound(account_id)
    return account
