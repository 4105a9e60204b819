"""Keys: those that programs call the API with, and those that seal secrets at rest."""

import os
from contextlib import suppress

from sqlalchemy import select, update

from portal.domain.problems import Problem, Refused
from portal.domain.tokens import hash_of, token_of
from portal.extensions import vault
from portal.models import ApiKey, Hook, HookSecret, SecondStep, Trigger, TriggerVersion, now
from portal.models.hook import ERASED
from portal.pipeline.transactions import Busy, writing, writing_unless_busy

API_KEY_PREFIX = "khk_"
MAX_NAME = 200

# Every column that holds a sealed text.
SEALED = (
    (HookSecret.id, HookSecret.sealed),
    (Hook.id, Hook.headers_sealed),
    (Trigger.id, Trigger.token_sealed),
    (TriggerVersion.id, TriggerVersion.secrets_sealed),
    (SecondStep.person_id, SecondStep.secret_sealed),
)


def make_api_key(account_id: str, name: str, created_by: str | None = None) -> tuple[ApiKey, str]:
    """A new API key of an account, and its text, which is not kept.

    Raises :class:`Refused` when it has no name, or one of more than 200 characters.
    """
    if not name.strip():
        raise Refused(Problem("/name", "required"))
    if len(name) > MAX_NAME or "\0" in name:
        raise Refused(Problem("/name", "bad_length", {"min": 1, "max": MAX_NAME}))
    text = token_of(os.urandom(32), API_KEY_PREFIX)
    with writing() as session:
        key = ApiKey(
            account_id=account_id,
            name=name.strip(),
            token_hash=hash_of(text),
            hint=text[-4:],
            created_by=created_by,
        )
        session.add(key)
    return key, text


def revoke_api_key(key_id: str) -> None:
    """Make an API key useless at once; a second time changes nothing."""
    with writing() as session:
        session.execute(
            update(ApiKey)
            .where(ApiKey.id == key_id, ApiKey.revoked_at.is_(None))
            .values(revoked_at=now())
        )


def note_use(key_id: str) -> None:
    """Remember that an API key was used just now, unless somebody else is writing: another use
    will be noted, and no request waits for it."""
    mine = select(ApiKey.id).where(ApiKey.id == key_id).with_for_update(skip_locked=True)
    with suppress(Busy), writing_unless_busy() as session:
        session.execute(
            update(ApiKey).where(ApiKey.id.in_(mine)).values(last_used_at=now()),
            execution_options={"synchronize_session": False},
        )


def reseal_all() -> int:
    """Seal every secret again under the newest key; returns how many there were.

    Raises :class:`portal.domain.vault.VaultError` when a secret's key is not known, and then
    changes nothing.
    """
    count = 0
    with writing() as session:
        for id_column, sealed in SEALED:
            # Locked, so that nothing that somebody changes meanwhile is put back.
            rows = session.execute(
                select(id_column, sealed).where(sealed != ERASED).with_for_update()
            ).all()
            for row_id, text in rows:
                session.execute(
                    update(id_column.class_)
                    .where(id_column == row_id)
                    .values({sealed: vault().reseal(text)})
                )
            count += len(rows)
    return count
