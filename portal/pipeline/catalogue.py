"""The shipped policies and event types, brought up to date after every migration; an account's
own ones, added."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection, Select, exists, or_, select, update
from sqlalchemy import insert as insert_into
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.domain.actor import Actor
from portal.domain.audit import Action
from portal.domain.catalogue import EVENT_TYPES, POLICIES
from portal.domain.event_types import EventTypeDraft
from portal.domain.policies import PolicyDraft, slug_for
from portal.domain.problems import Conflict, Problem, Refused
from portal.models import EventType, Hook, Policy, Subscription, utcnow
from portal.pipeline import streams
from portal.pipeline.audit import note
from portal.pipeline.owed import wake_full_batches
from portal.pipeline.transactions import writing

Own = TypeVar("Own", Policy, EventType)


def ship(connection: Connection) -> None:
    """Write what the portal ships into the tables; a person's own rows are not touched."""
    known = {row.slug: row.id for row in connection.execute(_shipped(Policy.slug, Policy))}
    for position, card in enumerate(POLICIES):
        values = {**card.__dict__, "retry_delays": list(card.retry_delays), "position": position}
        _put(connection, Policy, known.get(card.slug), values)
    known = {row.key: row.id for row in connection.execute(_shipped(EventType.key, EventType))}
    for position, card in enumerate(EVENT_TYPES):
        values = {**card.__dict__, "example": card.example_text, "position": position}
        _put(connection, EventType, known.get(card.key), values)


def _shipped(
    name: InstrumentedAttribute[str], table: type[Policy] | type[EventType]
) -> Select[tuple[str, str]]:
    return select(name, table.id).where(table.account_id.is_(None))


def _put(
    connection: Connection,
    table: type[Policy] | type[EventType],
    row_id: str | None,
    values: dict[str, Any],
) -> None:
    if row_id is None:
        connection.execute(insert_into(table).values(**values))
    else:
        connection.execute(update(table).where(table.id == row_id).values(**values))


def create_policy(draft: PolicyDraft, actor: Actor) -> Policy:
    """Add a policy to the actor's account; raises :class:`Refused` when its slug is taken."""
    slug = draft.slug or slug_for(draft.name, os.urandom(3))
    taken = Refused(Problem("/slug", "slug_taken"))
    with _raising(taken), writing() as session:
        if _find_policy(session, slug, actor.account_id) is not None:
            raise taken
        policy = Policy(account_id=actor.account_id, **{**_columns(draft), "slug": slug})
        session.add(policy)
        session.flush()
        note(session, actor, Action.POLICY_CREATED, slug, policy.name, after=_shown_policy(policy))
        return policy


def edit_policy(slug: str, draft: PolicyDraft, actor: Actor) -> Policy:
    """Change one of the account's own policies; its slug stays. Raises :class:`Conflict`."""
    with writing() as session:
        policy = _own(_find_policy(session, slug, actor.account_id))
        before = _shown_policy(policy)
        for name, value in _columns(draft).items():
            if name != "slug":
                setattr(policy, name, value)
        # What stood at the head of a line may not do so any more.
        theirs = session.scalars(select(Hook.id).where(Hook.policy_id == policy.id)).all()
        streams.let_flow(session, theirs)
        if policy.batch_size > 1:
            # What waits may fill a smaller batch.
            sizes = dict.fromkeys(theirs, policy.batch_size)
            wake_full_batches(session, sizes, session.scalar(select(utcnow())))
        after = _shown_policy(policy)
        note(session, actor, Action.POLICY_EDITED, slug, policy.name, before=before, after=after)
        return policy


def policy_draft(policy: Policy) -> PolicyDraft:
    """A draft that would leave the policy as it is."""
    values = {name: getattr(policy, name) for name in PolicyDraft.__dataclass_fields__}
    return PolicyDraft(**{**values, "retry_delays": tuple(policy.retry_delays)})


def delete_policy(slug: str, actor: Actor, reason: str = "") -> None:
    """Delete one of the account's own policies.

    Raises :class:`Conflict`: ``in_use`` while a hook has it, ``builtin``, ``not_found``.
    """
    with _raising(Conflict("in_use")), writing() as session:
        policy = _own(_find_policy(session, slug, actor.account_id))
        theirs = Hook.policy_id == policy.id
        if session.scalar(select(exists().where(theirs, Hook.deleted_at.is_(None)))):
            raise Conflict("in_use")
        # Deleted hooks stay for their log's sake, and their attempts name the policy by themselves.
        first = _shipped(Policy.id, Policy).where(Policy.slug == POLICIES[0].slug)
        gone = update(Hook).where(theirs, Hook.deleted_at.is_not(None))
        session.execute(gone.values(policy_id=session.scalar(first)))
        target, before = (slug, policy.name), _shown_policy(policy)
        session.delete(policy)
        note(session, actor, Action.POLICY_DELETED, *target, before=before, reason=reason)


def create_event_type(draft: EventTypeDraft, actor: Actor) -> EventType:
    """Add an event type to the actor's account; raises :class:`Refused` when its key is taken."""
    taken = Refused(Problem("/key", "key_taken"))
    with _raising(taken), writing() as session:
        if _find_event_type(session, draft.key, actor.account_id) is not None:
            raise taken
        kind = EventType(account_id=actor.account_id, **_typed_columns(draft))
        session.add(kind)
        session.flush()
        note(
            session, actor, Action.EVENT_TYPE_CREATED, kind.key, kind.label, after=_shown_kind(kind)
        )
        return kind


def edit_event_type(key: str, draft: EventTypeDraft, actor: Actor) -> EventType:
    """Change one of the account's own event types; its key stays. Raises :class:`Conflict`."""
    with writing() as session:
        kind = _own(_find_event_type(session, key, actor.account_id))
        before = _shown_kind(kind)
        for name, value in _typed_columns(draft).items():
            if name != "key":
                setattr(kind, name, value)
        after = _shown_kind(kind)
        note(session, actor, Action.EVENT_TYPE_EDITED, key, kind.label, before=before, after=after)
        return kind


def event_type_draft(kind: EventType) -> EventTypeDraft:
    """A draft that would leave the event type as it is."""
    texts = (kind.key, kind.label, kind.group, kind.description)
    return EventTypeDraft(*texts, json.loads(kind.example), kind.schema)


def delete_event_type(key: str, actor: Actor, reason: str = "") -> None:
    """Delete one of the account's own event types; raises :class:`Conflict` (in_use while a hook
    subscribes to it)."""
    with writing() as session:
        kind = _own(_find_event_type(session, key, actor.account_id))
        wanted = (
            exists()
            .where(Subscription.event_type == key, Subscription.hook_id == Hook.id)
            .where(Hook.account_id == actor.account_id, Hook.deleted_at.is_(None))
        )
        if session.scalar(select(wanted)):
            raise Conflict("in_use")
        target, before = (key, kind.label), _shown_kind(kind)
        session.delete(kind)
        note(session, actor, Action.EVENT_TYPE_DELETED, *target, before=before, reason=reason)


def _shown_policy(policy: Policy) -> dict[str, Any]:
    names = PolicyDraft.__dataclass_fields__
    return {name: getattr(policy, name) for name in names if name != "slug"}


def _shown_kind(kind: EventType) -> dict[str, Any]:
    example = json.loads(kind.example)
    shown = {"label": kind.label, "group": kind.group, "description": kind.description}
    return {**shown, "example": example, "schema": kind.schema}


@contextmanager
def _raising(instead: Refused | Conflict) -> Iterator[None]:
    """Raise ``instead`` when another writer was quicker, as the table's constraints tell."""
    try:
        yield
    except IntegrityError as error:
        raise instead from error


def _own(row: Own | None) -> Own:
    if row is None:
        raise Conflict("not_found")
    if row.account_id is None:
        raise Conflict("builtin")
    return row


def _find_policy(session: Session, slug: str, account_id: str) -> Policy | None:
    mine = or_(Policy.account_id.is_(None), Policy.account_id == account_id)
    return session.scalar(select(Policy).where(Policy.slug == slug, mine))


def _find_event_type(session: Session, key: str, account_id: str) -> EventType | None:
    mine = or_(EventType.account_id.is_(None), EventType.account_id == account_id)
    return session.scalar(select(EventType).where(EventType.key == key, mine))


def _columns(draft: PolicyDraft) -> dict[str, Any]:
    return {**draft.__dict__, "retry_delays": list(draft.retry_delays)}


def _typed_columns(draft: EventTypeDraft) -> dict[str, Any]:
    return {**draft.__dict__, "example": json.dumps(draft.example, ensure_ascii=False, indent=2)}
