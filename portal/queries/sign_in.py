"""Who a cookie or a key stands for."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, exists, func, select
from sqlalchemy.orm import joinedload

from portal.domain.tokens import hash_of
from portal.extensions import db, glance
from portal.models import Account, ApiKey, Person, SignInSession
from portal.queries.sessions import is_alive


def find_session(token: str) -> SignInSession | None:
    """The living session that ``token`` opens, with its person and account."""
    return db.session.scalar(
        select(SignInSession)
        .join(Person, Person.id == SignInSession.person_id)
        .where(
            SignInSession.token_hash == hash_of(token),
            *is_alive(),
            Person.disabled_at.is_(None),
        )
        .options(joinedload(SignInSession.person), joinedload(SignInSession.account))
    )


class KnownKey(NamedTuple):
    """What a request needs to know of the key it came with."""

    id: str
    account_id: str
    name: str
    last_used_at: datetime | None


def find_api_key(token: str) -> KnownKey | None:
    """The API key that ``token`` is, unless it was revoked."""
    with glance() as connection:
        row = connection.execute(_living_key, {"token_hash": hash_of(token)}).first()
    return KnownKey(*row) if row else None


_keys = ApiKey.__table__
_living_key = select(*(_keys.c[name] for name in KnownKey._fields)).where(
    _keys.c.token_hash == bindparam("token_hash"), _keys.c.revoked_at.is_(None)
)


def find_account_id(slug: str) -> str | None:
    """The id of the account ``slug``, if there is one."""
    return db.session.scalar(select(Account.id).where(Account.slug == slug))


def is_known(email: str) -> bool:
    """Whether somebody has the e-mail address already."""
    somebody = exists().where(func.lower(Person.email) == email.strip().lower())
    return bool(db.session.scalar(select(somebody)))


@dataclass(frozen=True)
class KeyView:
    """A living API key as its page shows it; ``created_by`` is an e-mail address."""

    id: str
    name: str
    hint: str
    created_at: datetime
    last_used_at: datetime | None
    created_by: str | None


def list_api_keys(account_id: str) -> list[KeyView]:
    """Every living API key of the account, the newest first."""
    rows = db.session.execute(
        select(ApiKey, Person.email)
        .outerjoin(Person, Person.id == ApiKey.created_by)
        .where(ApiKey.account_id == account_id, ApiKey.revoked_at.is_(None))
        .order_by(ApiKey.id.desc())
    )
    return [
        KeyView(key.id, key.name, key.hint, key.created_at, key.last_used_at, email)
        for key, email in rows
    ]
