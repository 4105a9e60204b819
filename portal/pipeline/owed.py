"""Owed: the hooks that subscribe to an event's type, and the delivery each of them gets."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select, text
from sqlalchemy.orm import Session

from portal.domain.conditions import Group
from portal.domain.envelope import message_id_of
from portal.domain.event_filter import filter_of, judged
from portal.domain.routing import FILTERED
from portal.domain.states import DeliveryState
from portal.models import Delivery, Hook, Policy, Subscription, new_id
from portal.models.base import UtcDateTime
from portal.models.delivery import IS_FRESH
from portal.pipeline.bulk import Columns


@dataclass(frozen=True, slots=True)
class Subscriber:
    """What publishing needs to know of a hook; ``wait`` is in seconds, until the first attempt.

    ``charged`` is how many attempts of the schedule count as made already.
    """

    hook_id: str
    enabled: bool
    disabled_reason: str | None
    wait: int
    batch_size: int
    filter: Group | None = None
    charged: int = 0

    @property
    def reason(self) -> str | None:
        """Why the delivery is held, as routing names it; None when it is sent."""
        if self.disabled_reason:
            return "disabled"
        return None if self.enabled else "off"


Subscribers = Mapping[str, Sequence[Subscriber]]


@dataclass(frozen=True, slots=True)
class Routed:
    """Where an event goes: the hooks that get it, and ``routing``, a JSON text that maps every
    hook that subscribes to its type to null, or to why it is not sent, or not now."""

    hooks: Sequence[Subscriber]
    routing: str


def routed(
    events: Sequence[tuple[str, str]], wanted: Subscribers, moment: datetime
) -> list[Routed]:
    """Where each of ``events``, pairs of a type and the text of its data, goes at ``moment``."""
    plain = {
        kind: _routed(hooks, hooks)
        for kind, hooks in wanted.items()
        if not any(hook.filter for hook in hooks)
    }
    nowhere = _routed((), ())
    return [
        plain.get(kind) or (_filtered(wanted[kind], data, moment) if kind in wanted else nowhere)
        for kind, data in events
    ]


def _filtered(hooks: Sequence[Subscriber], data: str, moment: datetime) -> Routed:
    value = json.loads(data)
    passed = [hook for hook in hooks if not hook.filter or judged(hook.filter, value, moment).met]
    return _routed(hooks, passed)


def _routed(hooks: Sequence[Subscriber], passed: Sequence[Subscriber]) -> Routed:
    ids = {hook.hook_id for hook in passed}
    reasons = {hook.hook_id: hook.reason if hook.hook_id in ids else FILTERED for hook in hooks}
    return Routed(passed, json.dumps(reasons))


def subscribers_of(
    session: Session, account_id: str, types: Collection[str], only_hook: str | None
) -> Subscribers:
    """The living hooks of an account that want one of ``types``, by type.

    With ``only_hook`` that one alone, to be sent to at once, apart from any batch and whatever
    its filter says, and once: what is tried must not stand in the way of what is real.
    """
    if not types:
        return {}
    asked = {"account_id": account_id, "types": list(types), "only_hook": only_hook}
    statement = _of_one if only_hook else _of_all
    found: dict[str, list[Subscriber]] = {}
    for row in session.execute(statement, asked):
        event_type, hook_id, enabled, reason, delays, size, batch_wait, conditions = row
        first_delay = delays[0] if delays else 0
        if only_hook:
            wait, size, conditions, charged = 0, 1, None, len(delays)
        else:
            charged = 0
            wait = max(first_delay, batch_wait) if size > 1 else first_delay
        hook = Subscriber(
            hook_id,
            enabled,
            reason,
            wait,
            size,
            conditions and filter_of(conditions),
            charged,
        )
        found.setdefault(event_type, []).append(hook)
    return found


def delivery_columns(
    account_id: str, events: Sequence[tuple[str, str, Routed]], moment: datetime
) -> dict[str, list[Any]]:
    """The deliveries that ``events``, each an id, a type and where it goes, owe at ``moment``, as
    columns."""
    owed = [(event, hook) for event in events for hook in event[2].hooks]
    due_at = {hook.wait: moment + timedelta(seconds=hook.wait) for _, hook in owed}
    ids = [new_id("dlv") for _ in owed]
    zeros, moments = [0] * len(ids), [moment] * len(ids)
    charged = [hook.charged for _, hook in owed]
    # Hardly anything is an example: the column is left out for all that is not.
    examples = {"example": list(map(bool, charged))} if any(charged) else {}
    return examples | {
        "id": ids,
        "account_id": [account_id] * len(ids),
        "hook_id": [hook.hook_id for _, hook in owed],
        "event_id": [event[0] for event, _ in owed],
        "event_type": [event[1] for event, _ in owed],
        "state": [HELD if hook.reason else WAITING for _, hook in owed],
        "due_at": [due_at[hook.wait] for _, hook in owed],
        # A batch gets its message id when it is put together.
        "message_id": [
            None if hook.batch_size > 1 else message_id_of(delivery_id)
            for delivery_id, (_, hook) in zip(ids, owed, strict=True)
        ],
        "attempt_count": zeros,
        "retry_step": charged,
        "unpaid_waits": zeros,
        "created_at": moments,
    }


def sendable_count(columns: Columns) -> int:
    """How many of the deliveries are not held."""
    return columns["state"].count(WAITING)


def batch_sizes(wanted: Subscribers) -> dict[str, int]:
    """The size of a full batch, by the id of every hook that takes batches and is on."""
    return {
        hook.hook_id: hook.batch_size
        for hooks in wanted.values()
        for hook in hooks
        if hook.batch_size > 1 and hook.reason is None
    }


def wake_full_batches(session: Session, sizes: Mapping[str, int], moment: datetime) -> None:
    """Make those hooks' streams due at ``moment`` whose next batch is full before its time.

    ``sizes`` holds the size of a full batch, by the hook's id. To be called in a transaction that
    begins after the deliveries were committed: of two that fill a batch together, each would
    miss the other's half before.
    """
    for hook_id, size in sorted(sizes.items()):
        session.execute(_wake, {"hook_id": hook_id, "last": size - 1, "moment": moment})


WAITING, HELD = DeliveryState.WAITING.value, DeliveryState.HELD.value

_hooks, _policies, _subscriptions = Hook.__table__, Policy.__table__, Subscription.__table__
_of_all = (
    select(
        _subscriptions.c.event_type,
        _hooks.c.id,
        _hooks.c.enabled,
        _hooks.c.disabled_reason,
        _policies.c.retry_delays,
        _policies.c.batch_size,
        _policies.c.batch_wait_seconds,
        _hooks.c.filter,
    )
    .join(_hooks, _hooks.c.id == _subscriptions.c.hook_id)
    .join(_policies, _policies.c.id == _hooks.c.policy_id)
    .where(
        _hooks.c.account_id == bindparam("account_id"),
        _hooks.c.deleted_at.is_(None),
        _subscriptions.c.event_type.in_(bindparam("types", expanding=True)),
    )
    .order_by(_hooks.c.id)
    # Whoever switches or deletes a hook right now is waited for, and waits for this commit: else a
    # delivery could be held for a hook that is on, or owed to one that is gone.
    .with_for_update(read=True, of=_hooks)
)
_of_one = _of_all.where(_hooks.c.id == bindparam("only_hook"))

_NEXT = f"""SELECT id FROM {Delivery.__tablename__}
    WHERE hook_id = :hook_id AND {IS_FRESH.text} AND message_id IS NULL ORDER BY due_at, id"""
_wake = text(
    f"""UPDATE {Delivery.__tablename__} SET due_at = :moment
    WHERE id = ({_NEXT} LIMIT 1) AND EXISTS ({_NEXT} LIMIT 1 OFFSET :last)
    AND {IS_FRESH.text} AND message_id IS NULL AND due_at > :moment"""
).bindparams(bindparam("moment", type_=UtcDateTime()))
