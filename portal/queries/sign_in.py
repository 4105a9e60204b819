"""Who a cookie or a key stands for."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import joinedload

from portal.domain.tokens import hash_of
from portal.extensions import db, glance
from portal.models import Account, ApiKey, Person, SignInSession, utcnow
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
    role: str
    scopes: list[str] | None
    per_minute: int | None


def find_api_key(token: str) -> KnownKey | None:
    """The API key that ``token`` is, unless it was revoked or has expired."""
    with glance() as connection:
        row = connection.execute(_living_key, {"token_hash": hash_of(token)}).first()
    return KnownKey(*row) if row else None


_keys = ApiKey.__table__
_living_key = select(*(_keys.c[name] for name in KnownKey._fields)).where(
    _keys.c.token_hash == bindparam("token_hash"),
    _keys.c.revoked_at.is_(None),
    or_(_keys.c.expires_at.is_(None), _keys.c.expires_at > utcnow()),
)


def find_account_id(slug: str) -> str | None:
    """The id of the account ``slug``, if there is one."""
    return db.session.scalar(select(Account.id).where(Account.slug == slug))
