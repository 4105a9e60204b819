"""The ends of API keys: an account is told of one while there is time to put another in place."""

from sqlalchemy import ColumnElement, select

from portal.domain.envelope import moment_text
from portal.domain.notices import NoticeKind
from portal.domain.scopes import ENDING, is_told_of
from portal.models import ApiKey, now
from portal.pipeline.notices import notify
from portal.pipeline.transactions import reading, writing


def tell() -> int:
    """Tell accounts of their keys that end within :data:`portal.domain.scopes.ENDING`, of each
    end once; returns how many were told of."""
    with reading() as session:
        keys = session.scalars(select(ApiKey).where(*_ends_soon())).all()
        ids = [key.id for key in keys if is_told_of(key.created_at, key.expires_at)]
    return sum(map(_tell, ids))


def _tell(key_id: str) -> bool:
    with writing() as session:
        # Of two tickers one tells, and nobody of a key that was revoked meanwhile.
        mine = select(ApiKey).where(ApiKey.id == key_id, *_ends_soon())
        key = session.scalar(mine.with_for_update(skip_locked=True))
        if key is None:
            return False
        key.told_of = key.expires_at
        ends = {"expires_at": moment_text(key.expires_at)}
        data = {"id": key.id, "name": key.name, "hint": key.hint, **ends}
        notify(session, key.account_id, NoticeKind.KEY_ENDING, data)
    return True


def _ends_soon() -> tuple[ColumnElement[bool], ...]:
    moment = now()
    return (
        ApiKey.revoked_at.is_(None),
        ApiKey.expires_at > moment,
        ApiKey.expires_at <= moment + ENDING,
        ApiKey.told_of.is_distinct_from(ApiKey.expires_at),
    )
