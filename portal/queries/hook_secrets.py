"""The secrets of a hook as its page lists them: how long each signs, and when it last did."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from portal.domain import signing
from portal.domain.hooks import tail_of
from portal.domain.vault import VaultError
from portal.extensions import db, vault
from portal.models import Attempt, Hook, HookSecret, Stream, first_id

# An attempt gets its id when it is over, and none takes longer.
LONGEST_ATTEMPT = timedelta(minutes=2)
MOST_ENDED = 10


@dataclass(frozen=True)
class SecretView:
    """A secret without the secret. ``tail`` is what may be shown of it, ``public_key`` what
    verifies its signatures; both None where they do not apply, or it cannot be opened."""

    id: str
    is_current: bool
    is_alive: bool
    tail: str | None
    public_key: str | None
    created_at: datetime
    ends_at: datetime | None
    last_used_at: datetime | None


def secret_views(hook: Hook, now: datetime) -> list[SecretView]:
    """The secrets of ``hook``, the current one first, some that ended lately last."""
    alive = [secret for secret in hook.secrets if secret.is_alive(now)]
    ended = [secret for secret in hook.secrets if not secret.is_alive(now)]
    return [_view(hook, secret, now) for secret in (*alive, *ended[:MOST_ENDED])]


def find_secret(hook: Hook, secret_id: str, now: datetime) -> SecretView | None:
    """The secret ``secret_id`` of ``hook``, if it has such a one."""
    return next((view for view in secret_views(hook, now) if view.id == secret_id), None)


def _view(hook: Hook, secret: HookSecret, now: datetime) -> SecretView:
    opened = _opened(secret)
    is_pair = opened is not None and opened.startswith(signing.PRIVATE)
    return SecretView(
        id=secret.id,
        is_current=secret.is_current,
        is_alive=secret.is_alive(now),
        tail=None if opened is None or is_pair else tail_of(opened),
        public_key=signing.public_key(opened) if opened and is_pair else None,
        created_at=secret.created_at,
        ends_at=secret.expires_at,
        last_used_at=_last_signed(secret) or _last_known(secret, hook.stream, now),
    )


def _opened(secret: HookSecret) -> str | None:
    try:
        return vault().open(secret.sealed)
    except VaultError:
        return None


def _last_signed(secret: HookSecret) -> datetime | None:
    """When the last attempt began that ``secret`` signed.

    Every secret that is alive signs every attempt, so that the attempts tell, and sending writes
    nothing for it. What was not even put together has no headers, and was not signed.
    """
    mine = [
        Attempt.hook_id == secret.hook_id,
        Attempt.id >= first_id("att", secret.created_at),
        Attempt.started_at >= secret.created_at,
        Attempt.request_headers != "",
    ]
    if secret.expires_at is not None:
        mine.append(Attempt.id < first_id("att", secret.expires_at + LONGEST_ATTEMPT))
        mine.append(Attempt.started_at <= secret.expires_at)
    newest = select(Attempt.started_at).where(*mine).order_by(Attempt.id.desc()).limit(1)
    return db.session.scalar(newest)


def _last_known(secret: HookSecret, stream: Stream, now: datetime) -> datetime | None:
    """The last success as the stream has it, where the log is pruned of it by now."""
    last = stream.last_ok_at
    return last if secret.is_alive(now) and last and last >= secret.created_at else None
