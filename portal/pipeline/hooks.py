"""Making, changing, switching and deleting hooks."""

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal import queue
from portal.domain import signing
from portal.domain.actor import Actor
from portal.domain.audit import Action
from portal.domain.event_filter import filter_problems
from portal.domain.hooks import HookDraft
from portal.domain.problems import Conflict, Refused
from portal.domain.reasons import reason_problems
from portal.domain.states import DeliveryState
from portal.domain.vault import VaultError
from portal.extensions import db, vault
from portal.models import (
    Delivery,
    Hook,
    HookSecret,
    Stream,
    now,
    utcnow,
)
from portal.pipeline.audit import note
from portal.pipeline.holding import hold, release
from portal.pipeline.hook_drafts import apply, judge, name_taken
from portal.pipeline.hook_records import note_changes, note_creation, note_switch, record_of
from portal.pipeline.secrets import fresh_secret, replace_secrets
from portal.pipeline.transactions import writing

UNFINISHED = (DeliveryState.WAITING, DeliveryState.HELD)


@dataclass(frozen=True)
class MadeHook:
    """A hook that was just made, with the one chance to see its secret."""

    hook: Hook
    secret: str


def create_hook(draft: HookDraft, actor: Actor) -> MadeHook:
    """Make a hook; raises :class:`Refused` with everything that is wrong with ``draft``."""
    secret = draft.secret or fresh_secret(draft.signature)
    try:
        with writing() as session:
            policy = judge(session, draft, actor, None)
            hook = Hook(
                account_id=actor.account_id,
                created_by=actor.person_id,
                off_since=None if draft.enabled else now(),
                stream=Stream(),
                secrets=[HookSecret(sealed=vault().seal(secret))],
            )
            apply(hook, draft, policy, actor)
            session.add(hook)
            session.flush()
            note_creation(session, actor, hook, record_of(hook, draft.headers))
    except IntegrityError as error:
        raise name_taken(error) from error
    return MadeHook(hook, secret)


def edit_hook(
    hook_id: str,
    draft: HookDraft,
    actor: Actor,
    held: str = "send",
    seen: datetime | None = None,
    reason: str = "",
    must_say_why: bool = False,
) -> Hook:
    """Change a hook to what ``draft`` says; raises :class:`Refused`.

    A secret in the draft replaces those that are alive; None keeps them. ``held`` says what
    becomes of held deliveries when the draft switches the hook on: see :func:`switch_hook`.
    With ``seen``, raises :class:`Conflict` when it was changed since then. ``reason`` is why its
    URL is another, to be refused without where somebody ``must_say_why``.
    """
    try:
        with writing() as session:
            hook = _locked(session, hook_id)
            if seen is not None and hook.updated_at != seen:
                raise Conflict("hook_changed")
            is_elsewhere = must_say_why and draft.url != hook.url
            unsaid = reason_problems(reason) if is_elsewhere else []
            policy = judge(session, draft, actor, hook, unsaid)
            before = record_of(hook, headers_of(hook))
            if draft.signature != hook.signature and draft.secret is None:
                draft = replace(draft, secret=fresh_secret(draft.signature))
            if draft.secret is not None:
                replace_secrets(hook, draft.secret, now())
                note(session, actor, Action.SECRET_ROTATED, hook.id, hook.name)
            _switch(session, hook, draft.enabled, held)
            apply(hook, draft, policy, actor)
            after = record_of(hook, draft.headers)
            note_changes(session, actor, hook, before, after, reason, held)
    except IntegrityError as error:
        raise name_taken(error) from error
    queue.ring()
    return hook


def filter_hook(hook_id: str, wanted: dict[str, Any] | None, actor: Actor) -> Hook:
    """Let a hook choose its events by the conditions ``wanted``, all with None; raises
    :class:`Refused`. Events that came before stay as they are."""
    problems = filter_problems(wanted)
    if problems:
        raise Refused(*problems)
    with writing() as session:
        hook = _locked(session, hook_id)
        before, hook.filter = {"filter": hook.filter}, wanted
        if before["filter"] != wanted:
            after = {"filter": wanted}
            note(session, actor, Action.HOOK_EDITED, hook.id, hook.name, before=before, after=after)
    return hook


def switch_hook(hook_id: str, enabled: bool, held: str = "send", *, actor: Actor) -> Hook:
    """Switch a hook on or off.

    Off, what becomes due is held. On, what was held is sent (``held`` is "send") or skipped
    ("skip"); a hook that the portal had disabled starts afresh.
    """
    with writing() as session:
        hook = _locked(session, hook_id)
        if hook.enabled != enabled:
            _switch(session, hook, enabled, held)
            note_switch(session, actor, hook, held)
    queue.ring()
    return hook


def delete_hook(hook_id: str, actor: Actor, reason: str = "") -> None:
    """Delete a hook: its secrets are erased, what is unfinished is cancelled, its log stays."""
    with writing() as session:
        hook = _locked(session, hook_id)
        before = record_of(hook, _names_of_headers(hook)).shown
        hook.deleted_at, hook.enabled, hook.headers_sealed = now(), False, None
        note(
            session,
            actor,
            Action.HOOK_DELETED,
            hook.id,
            hook.name,
            before=before,
            reason=reason,
        )
        session.execute(delete(HookSecret).where(HookSecret.hook_id == hook_id))
        session.execute(
            update(Delivery)
            .where(Delivery.hook_id == hook_id, Delivery.state.in_(UNFINISHED))
            .values(
                state=DeliveryState.CANCELLED,
                # Why it had not arrived stays on record.
                last_error=func.coalesce(Delivery.last_error, "cancelled"),
                finished_at=utcnow(),
            )
        )


def headers_of(hook: Hook) -> dict[str, str]:
    """The hook's own headers, opened."""
    return json.loads(vault().open(hook.headers_sealed)) if hook.headers_sealed else {}


def _names_of_headers(hook: Hook) -> dict[str, str]:
    try:
        return headers_of(hook)
    except VaultError:
        # The key that sealed them is lost; the hook can be deleted all the same.
        return {}


def public_key_of(hook: Hook) -> str | None:
    """What receivers of an ed25519 hook check signatures with; None for the others."""
    if hook.signature != "ed25519" or not hook.secrets:
        return None
    return signing.public_key(vault().open(hook.secrets[0].sealed))


def secret_of(hook: Hook) -> str:
    """The hook's newest secret, opened; for those who may see it."""
    return vault().open(hook.secrets[0].sealed) if hook.secrets else ""


def draft_of(hook: Hook) -> HookDraft:
    """A draft that would leave the hook as it is."""
    return HookDraft(
        name=hook.name,
        url=hook.url,
        event_types=tuple(hook.event_types),
        description=hook.description,
        policy=hook.policy.slug,
        headers=headers_of(hook),
        signature=hook.signature,
        enabled=hook.enabled,
        filter=hook.filter,
    )


def unfinished_count(hook_id: str) -> int:
    """How many deliveries deleting the hook would cancel."""
    return _count(hook_id, *UNFINISHED)


def _locked(session: Session, hook_id: str) -> Hook:
    # Two who change a hook at once come one after the other.
    return session.get_one(Hook, hook_id, with_for_update={"key_share": True, "of": Hook})


def _count(hook_id: str, *states: DeliveryState) -> int:
    return db.session.scalar(
        select(func.count()).where(Delivery.hook_id == hook_id, Delivery.state.in_(states))
    )


def _switch(session: Session, hook: Hook, enabled: bool, held: str) -> None:
    if enabled == hook.enabled:
        return
    hook.enabled = enabled
    if not enabled:
        hook.off_since = now()
        hold(session, hook.id)
        return
    hook.disabled_reason = hook.disabled_at = hook.off_since = None
    # What failed before counts no more: the hook gets the time of a new one.
    hook.stream.failing_since = hook.stream.ready_at = None
    hook.stream.resting = False
    release(session, hook, held)
