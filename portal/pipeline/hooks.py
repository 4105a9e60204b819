"""Making, changing, switching and deleting hooks."""

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, exists, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal import queue
from portal.domain import signing
from portal.domain.actor import Actor
from portal.domain.event_filter import filter_problems
from portal.domain.hooks import HookDraft, check, folded_name
from portal.domain.problems import Conflict, Problem, Refused
from portal.domain.states import DeliveryState
from portal.extensions import db, vault
from portal.models import (
    Delivery,
    Hook,
    HookSecret,
    Policy,
    Stream,
    Subscription,
    now,
    utcnow,
)
from portal.pipeline.holding import hold, release
from portal.pipeline.secrets import fresh_secret, replace_secrets
from portal.pipeline.surroundings import surroundings
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
            policy = _judge(session, draft, actor, None)
            hook = Hook(
                account_id=actor.account_id,
                created_by=actor.person_id,
                off_since=None if draft.enabled else now(),
                stream=Stream(),
                secrets=[HookSecret(sealed=vault().seal(secret))],
            )
            _apply(hook, draft, policy, actor)
            session.add(hook)
    except IntegrityError as error:
        raise _name_taken(error) from error
    return MadeHook(hook, secret)


def edit_hook(
    hook_id: str,
    draft: HookDraft,
    actor: Actor,
    held: str = "send",
    seen: datetime | None = None,
) -> Hook:
    """Change a hook to what ``draft`` says; raises :class:`Refused`.

    A secret in the draft replaces those that are alive; None keeps them. ``held`` says what
    becomes of held deliveries when the draft switches the hook on: see :func:`switch_hook`.
    With ``seen``, raises :class:`Conflict` when it was changed since then.
    """
    try:
        with writing() as session:
            hook = _locked(session, hook_id)
            if seen is not None and hook.updated_at != seen:
                raise Conflict("hook_changed")
            policy = _judge(session, draft, actor, hook)
            if draft.signature != hook.signature and draft.secret is None:
                draft = replace(draft, secret=fresh_secret(draft.signature))
            if draft.secret is not None:
                replace_secrets(hook, draft.secret, now())
            _switch(session, hook, draft.enabled, held)
            _apply(hook, draft, policy, actor)
    except IntegrityError as error:
        raise _name_taken(error) from error
    queue.ring()
    return hook


def filter_hook(hook_id: str, wanted: dict[str, Any] | None) -> Hook:
    """Let a hook choose its events by the conditions ``wanted``, all with None; raises
    :class:`Refused`. Events that came before stay as they are."""
    problems = filter_problems(wanted)
    if problems:
        raise Refused(*problems)
    with writing() as session:
        hook = _locked(session, hook_id)
        hook.filter = wanted
    return hook


def switch_hook(hook_id: str, enabled: bool, held: str = "send") -> Hook:
    """Switch a hook on or off.

    Off, what becomes due is held. On, what was held is sent (``held`` is "send") or skipped
    ("skip"); a hook that the portal had disabled starts afresh.
    """
    with writing() as session:
        hook = _locked(session, hook_id)
        _switch(session, hook, enabled, held)
    queue.ring()
    return hook


def delete_hook(hook_id: str) -> None:
    """Delete a hook: its secrets are erased, what is unfinished is cancelled, its log stays."""
    with writing() as session:
        hook = _locked(session, hook_id)
        hook.deleted_at, hook.enabled, hook.headers_sealed = now(), False, None
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


def _judge(session: Session, draft: HookDraft, actor: Actor, hook: Hook | None) -> Policy:
    twin = select(
        exists().where(
            and_(
                Hook.account_id == actor.account_id,
                Hook.name_folded == folded_name(draft.name),
                Hook.deleted_at.is_(None),
                Hook.id != (hook.id if hook else ""),
            )
        )
    )
    around = surroundings(session, actor.account_id, bool(session.scalar(twin)))
    problems = check(draft, around)
    if hook is not None and hook.url == draft.url:
        # What may be reached can change; a hook must still be switched off and described.
        problems = [problem for problem in problems if problem.field != "url"]
    if problems:
        raise Refused(*problems)
    return around.policies[draft.policy]


def _apply(hook: Hook, draft: HookDraft, policy: Policy, actor: Actor) -> None:
    hook.name, hook.name_folded = draft.name.strip(), folded_name(draft.name)
    if hook.url and hook.url != draft.url:
        # The way back, should the new one fail.
        hook.previous_url, hook.url_changed_at = hook.url, now()
        hook.url_changed_by = actor.name
    hook.description, hook.url = draft.description, draft.url
    if hook.policy is not policy and not hook.stream.resting:
        # What stood at the head of its line may not do so any more.
        hook.stream.ready_at = None
    hook.policy = policy
    hook.signature, hook.enabled, hook.filter = draft.signature, draft.enabled, draft.filter
    headers = json.dumps(dict(draft.headers), ensure_ascii=False)
    hook.headers_sealed = vault().seal(headers) if draft.headers else None
    wanted = dict.fromkeys(draft.event_types)
    kept = [row for row in hook.subscriptions if row.event_type in wanted]
    known = {row.event_type for row in kept}
    hook.subscriptions = kept + [Subscription(event_type=key) for key in wanted if key not in known]


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


def _name_taken(error: IntegrityError) -> Refused:
    if "uq_hooks_living_name" not in str(error.orig) and "name_folded" not in str(error.orig):
        raise error
    return Refused(Problem("/name", "name_taken"))
