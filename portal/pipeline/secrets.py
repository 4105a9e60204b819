"""Secrets of hooks: replaced with an overlap, so that no receiver refuses a delivery meanwhile."""

import os
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, update

from portal.domain import signing
from portal.domain.actor import Actor
from portal.domain.audit import Action
from portal.domain.hooks import secret_problems
from portal.domain.problems import Problem, Refused
from portal.domain.vault import VaultError
from portal.extensions import vault
from portal.models import Hook, HookSecret, now
from portal.models.hook import ERASED
from portal.pipeline.audit import note
from portal.pipeline.transactions import writing

MAX_OVERLAP_HOURS, OVERLAP_HOURS = 168, 24
# Each that is alive adds a signature to every request, and receivers limit the size of a header.
MOST_ALIVE = 10
# So long people are told of a secret that has ended.
ENDED_LIFE = timedelta(days=30)


def fresh_secret(signature: str) -> str:
    """A new secret for a hook that signs with "hmac" or "ed25519"."""
    random = os.urandom(32)
    if signature == "ed25519":
        return signing.make_private_key(random)
    return signing.make_secret(random)


def rotate_secret(
    hook_id: str, overlap_hours: int = OVERLAP_HOURS, given: str | None = None, *, actor: Actor
) -> str:
    """The new secret of a hook, ``given`` or else made; the old ones go on signing beside it for
    ``overlap_hours``. Raises :class:`Refused`."""
    moment = now()
    with writing() as session:
        hook = session.get_one(Hook, hook_id, with_for_update={"key_share": True, "of": Hook})
        problems = _problems(hook, given, overlap_hours, moment)
        if problems:
            raise Refused(*problems)
        secret = given or fresh_secret(hook.signature)
        replace_secrets(hook, secret, moment, timedelta(hours=overlap_hours))
        # Workers read a hook anew when it says that it was changed.
        hook.updated_at = moment
        after = {"overlap_hours": overlap_hours}
        note(session, actor, Action.SECRET_ROTATED, hook.id, hook.name, after=after)
    return secret


def replace_secrets(
    hook: Hook, secret: str, moment: datetime, overlap: timedelta = timedelta(0)
) -> None:
    """Let ``hook`` sign with ``secret`` from ``moment`` on, and with those that are alive for the
    time of ``overlap``; inside a transaction of whoever changes the hook."""
    for old in _alive(hook, moment):
        _end(old, moment + overlap, moment)
    hook.secrets.insert(0, HookSecret(sealed=vault().seal(secret), created_at=moment))


def end_secret(hook_id: str, secret_id: str, actor: Actor) -> None:
    """End the overlap of an old secret now; nothing for the current one, and for one that has
    ended."""
    moment = now()
    with writing() as session:
        hook = session.get_one(Hook, hook_id, with_for_update={"key_share": True, "of": Hook})
        for secret in _alive(hook, moment):
            if secret.id == secret_id and not secret.is_current:
                _end(secret, moment, moment)
                hook.updated_at = moment
                note(session, actor, Action.SECRET_ENDED, hook.id, hook.name)


def erase_ended(moment: datetime) -> int:
    """Erase the secrets whose time is over at ``moment``, and forget those that ended long ago;
    returns how many are forgotten."""
    over = update(HookSecret).where(HookSecret.expires_at <= moment, HookSecret.sealed != ERASED)
    old = delete(HookSecret).where(HookSecret.expires_at < moment - ENDED_LIFE)
    quiet = {"synchronize_session": False}
    with writing() as session:
        session.execute(over.values(sealed=ERASED), execution_options=quiet)
        return session.execute(old, execution_options=quiet).rowcount


def _alive(hook: Hook, moment: datetime) -> list[HookSecret]:
    return [secret for secret in hook.secrets if secret.is_alive(moment)]


def _end(secret: HookSecret, at: datetime, moment: datetime) -> None:
    secret.expires_at = min(secret.expires_at or at, at)
    if not secret.is_alive(moment):
        secret.sealed = ERASED


def _problems(hook: Hook, given: str | None, hours: int, moment: datetime) -> list[Problem]:
    alive = _alive(hook, moment)
    problems = secret_problems(given, hook.signature)
    if given and not problems and _is_among(given, alive):
        problems = [Problem("/secret", "same_secret")]
    if hours and len(alive) >= MOST_ALIVE:
        problems.append(Problem("/overlap_hours", "too_many_secrets", {"max": MOST_ALIVE}))
    return problems


def _is_among(given: str, secrets: Sequence[HookSecret]) -> bool:
    keys = [signing.key_bytes(opened) for opened in map(_opened, secrets) if opened]
    return signing.key_bytes(given) in keys


def _opened(secret: HookSecret) -> str | None:
    try:
        return vault().open(secret.sealed)
    except VaultError:
        return None
