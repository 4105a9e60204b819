"""The API keys of an account, as their page shows them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import or_, select

from portal.domain.scopes import ENDING, Scope
from portal.domain.states import Role
from portal.extensions import db
from portal.models import ApiKey, Person, now
from portal.queries.rows import reach

# How long a key that has ended stays on the page.
SHOWN_FOR = timedelta(days=90)


class KeyState(StrEnum):
    """Where a key stands."""

    ON = "on"
    ENDING = "ending"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True)
class KeyView:
    """An API key; ``created_by`` is an e-mail address, ``scopes`` none for all of them."""

    id: str
    name: str
    hint: str
    state: KeyState
    role: Role
    scopes: list[Scope] | None
    created_at: datetime
    created_by: str | None
    expires_at: datetime | None
    revoked_at: datetime | None
    per_minute: int | None
    last_used_at: datetime | None
    last_used_from: str | None

    @property
    def is_living(self) -> bool:
        """Whether requests with it are answered."""
        return self.state in (KeyState.ON, KeyState.ENDING)


def list_api_keys(account_id: str) -> list[KeyView]:
    """Every API key of the account that lives or ended lately, the newest first."""
    moment = now()
    since = moment - SHOWN_FOR
    rows = db.session.execute(
        select(ApiKey, Person.email)
        .outerjoin(Person, Person.id == ApiKey.created_by)
        .where(
            ApiKey.account_id == account_id,
            or_(ApiKey.revoked_at.is_(None), ApiKey.revoked_at > since),
            or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > since),
        )
        .order_by(ApiKey.id.desc())
    )
    return [_view(key, email, moment) for key, email in rows]


def find_api_key(key_id: str, account_id: str) -> ApiKey:
    """A key of the account; raises :class:`portal.queries.rows.NotFound`."""
    return reach(ApiKey, key_id, account_id)


def _view(key: ApiKey, email: str | None, moment: datetime) -> KeyView:
    return KeyView(
        id=key.id,
        name=key.name,
        hint=key.hint,
        state=_state(key, moment),
        role=Role(key.role),
        scopes=None if key.scopes is None else [Scope(scope) for scope in key.scopes],
        created_at=key.created_at,
        created_by=email,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
        per_minute=key.per_minute,
        last_used_at=key.last_used_at,
        last_used_from=key.last_used_from,
    )


def _state(key: ApiKey, moment: datetime) -> KeyState:
    if key.revoked_at is not None:
        return KeyState.REVOKED
    if key.expires_at is None or key.expires_at > moment + ENDING:
        return KeyState.ON
    return KeyState.ENDING if key.expires_at > moment else KeyState.EXPIRED
