"""Keys: those that programs call the API with, and those that seal secrets at rest."""

import os
from contextlib import suppress
from typing import Any

from sqlalchemy import select, update

from portal.domain.actor import Actor
from portal.domain.audit import Action
from portal.domain.problems import Conflict, Refused
from portal.domain.scopes import KeyDraft, Scope, key_problems
from portal.domain.states import Role
from portal.domain.tokens import hash_of, token_of
from portal.models import ApiKey, Hook, HookSecret, SecondStep, Trigger, TriggerVersion, now
from portal.pipeline.audit import note
from portal.pipeline.transactions import Busy, writing, writing_unless_busy

API_KEY_PREFIX = "khk_"

# Every column that holds a sealed text, beside the id of its row; see pipeline/resealing.py.
SEALED = (
    (HookSecret.id, HookSecret.sealed),
    (Hook.id, Hook.headers_sealed),
    (Trigger.id, Trigger.token_sealed),
    (TriggerVersion.id, TriggerVersion.secrets_sealed),
    (SecondStep.person_id, SecondStep.secret_sealed),
)


def make_api_key(draft: KeyDraft, actor: Actor) -> tuple[ApiKey, str]:
    """A new API key of the actor's account, and its text, which is not kept.

    Raises :class:`Refused` with everything that is wrong with ``draft``.
    """
    _judge(draft)
    text = token_of(os.urandom(32), API_KEY_PREFIX)
    with writing() as session:
        key = ApiKey(
            account_id=actor.account_id,
            token_hash=hash_of(text),
            hint=text[-4:],
            created_by=actor.person_id,
        )
        _apply(key, draft)
        session.add(key)
        session.flush()
        note(session, actor, Action.KEY_CREATED, key.id, key.name, after=_shown(key))
    return key, text


def edit_api_key(key_id: str, draft: KeyDraft, actor: Actor) -> None:
    """Change what a living API key is called and may do; from its next request on.

    Raises :class:`Refused`, and :class:`Conflict` (key_revoked).
    """
    _judge(draft)
    with writing() as session:
        key = session.get_one(ApiKey, key_id, with_for_update=True)
        if key.revoked_at is not None:
            raise Conflict("key_revoked")
        before = _shown(key)
        _apply(key, draft)
        after = _shown(key)
        if before != after:
            note(session, actor, Action.KEY_EDITED, key.id, key.name, before=before, after=after)


def revoke_api_key(key_id: str, actor: Actor, reason: str = "") -> None:
    """Make an API key useless at once; a second time changes nothing."""
    with writing() as session:
        key = session.get_one(ApiKey, key_id, with_for_update=True)
        if key.revoked_at is None:
            key.revoked_at = now()
            note(session, actor, Action.KEY_REVOKED, key.id, key.name, reason=reason)


def draft_of(key: ApiKey) -> KeyDraft:
    """A draft that would leave the key as it is."""
    scopes = None if key.scopes is None else tuple(Scope(one) for one in key.scopes)
    return KeyDraft(key.name, Role(key.role), scopes, key.expires_at, key.per_minute)


def _judge(draft: KeyDraft) -> None:
    problems = key_problems(draft)
    if problems:
        raise Refused(*problems)


def _apply(key: ApiKey, draft: KeyDraft) -> None:
    key.name, key.role = draft.name.strip(), draft.role.value
    key.scopes = None if draft.scopes is None else [scope.value for scope in draft.scopes]
    key.expires_at, key.per_minute = draft.expires_at, draft.per_minute


def _shown(key: ApiKey) -> dict[str, Any]:
    return {
        "name": key.name,
        "role": key.role,
        "scopes": key.scopes,
        "expires_at": key.expires_at.isoformat() if key.expires_at else None,
        "per_minute": key.per_minute,
    }


def note_use(key_id: str, peer: str) -> None:
    """Remember that an API key was used just now from ``peer``, unless somebody else is writing:
    another use will be noted, and no request waits for it."""
    mine = select(ApiKey.id).where(ApiKey.id == key_id).with_for_update(skip_locked=True)
    with suppress(Busy), writing_unless_busy() as session:
        session.execute(
            update(ApiKey)
            .where(ApiKey.id.in_(mine))
            .values(last_used_at=now(), last_used_from=peer),
            execution_options={"synchronize_session": False},
        )
