"""Hooks as the pages show them: with labels, state and what is held."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from portal.domain.states import DeliveryState, HookState
from portal.extensions import db
from portal.models import Delivery, Hook
from portal.models.delivery import IS_STUCK
from portal.queries.hooks import ends_at, event_labels, state_of


@dataclass(frozen=True)
class HookView:
    """A hook with everything a row or a page says of it."""

    id: str
    name: str
    description: str
    url: str
    state: HookState
    enabled: bool
    disabled_reason: str | None
    event_labels: list[str]
    policy_name: str
    created_at: datetime
    held: int
    undelivered: int
    consecutive_failures: int
    last_failed_at: datetime | None
    failing_since: datetime | None
    switch_off_at: datetime | None


def views_of(hooks: Sequence[Hook], account_id: str) -> list[HookView]:
    """A view of each of ``hooks``, in their order."""
    labels = event_labels(account_id)
    ids = [hook.id for hook in hooks]
    held = _counts([h.id for h in hooks if not h.enabled], DeliveryState.HELD)
    undelivered = _counts(ids, DeliveryState.UNDELIVERED)
    return [
        HookView(
            id=hook.id,
            name=hook.name,
            description=hook.description,
            url=hook.url,
            state=state_of(hook),
            enabled=hook.enabled,
            disabled_reason=hook.disabled_reason,
            event_labels=[labels.get(key, key) for key in hook.event_types],
            policy_name=hook.policy.name,
            created_at=hook.created_at,
            held=held.get(hook.id, 0),
            undelivered=undelivered.get(hook.id, 0),
            consecutive_failures=hook.stream.consecutive_failures,
            last_failed_at=hook.stream.last_failed_at,
            failing_since=hook.stream.failing_since,
            switch_off_at=ends_at(hook),
        )
        for hook in hooks
    ]


def view_of(hook: Hook) -> HookView:
    """The view of one hook."""
    (view,) = views_of([hook], hook.account_id)
    return view


def _counts(hook_ids: Sequence[str], state: DeliveryState) -> dict[str, int]:
    if not hook_ids:
        return {}
    rows = db.session.execute(
        select(Delivery.hook_id, func.count())
        .where(
            Delivery.hook_id.in_(hook_ids),
            Delivery.state == state,
            IS_STUCK,
        )
        .group_by(Delivery.hook_id)
    )
    return dict(rows.all())
