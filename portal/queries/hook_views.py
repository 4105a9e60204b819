"""Hooks as the pages show them: with labels, state, how they are doing and what is held."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.domain.periods import Sums
from portal.domain.pulse import Pulse, pulse_of
from portal.domain.states import DeliveryState, HookState
from portal.models import Hook, now
from portal.queries.counts import count_stuck
from portal.queries.hook_figures import DAY, sums_of
from portal.queries.hooks import ends_at, event_labels, state_of
from portal.queries.url_changes import UrlBlame, blame_of


@dataclass(frozen=True)
class HookView:
    """A hook with everything a row or a page says of it. ``held`` is 0 while it is on; it and
    ``undelivered`` (None: not counted) are counted as far as
    :data:`portal.queries.counts.COUNTED`."""

    id: str
    name: str
    description: str
    url: str
    state: HookState
    enabled: bool
    disabled_reason: str | None
    disabled_at: datetime | None
    off_since: datetime | None
    event_labels: list[str]
    policy_name: str
    created_at: datetime
    held: int
    undelivered: int | None
    pulse: Pulse
    day: Sums
    consecutive_failures: int
    last_ok_at: datetime | None
    last_failed_at: datetime | None
    failing_since: datetime | None
    ready_at: datetime | None
    switch_off_at: datetime | None
    url_blame: UrlBlame | None


def views_of(
    hooks: Sequence[Hook], account_id: str, counts_undelivered: bool = True
) -> list[HookView]:
    """A view of each of ``hooks``, in their order."""
    labels = event_labels(account_id)
    ids = [hook.id for hook in hooks]
    held = count_stuck([hook.id for hook in hooks if not hook.enabled], DeliveryState.HELD)
    days = sums_of(ids, now(), DAY)
    undelivered = count_stuck(ids, DeliveryState.UNDELIVERED) if counts_undelivered else {}
    return [
        _view(
            hook, labels, days.get(hook.id, Sums()), held.get(hook.id, 0), undelivered.get(hook.id)
        )
        for hook in hooks
    ]


def view_of(hook: Hook) -> HookView:
    """The view of one hook, without what :mod:`portal.queries.hook_figures` counts."""
    (view,) = views_of([hook], hook.account_id, counts_undelivered=False)
    return view


def _view(
    hook: Hook, labels: dict[str, str], day: Sums, held: int, undelivered: int | None
) -> HookView:
    state, stream = state_of(hook), hook.stream
    return HookView(
        id=hook.id,
        name=hook.name,
        description=hook.description,
        url=hook.url,
        state=state,
        enabled=hook.enabled,
        disabled_reason=hook.disabled_reason,
        disabled_at=hook.disabled_at,
        off_since=hook.off_since,
        event_labels=[labels.get(key, key) for key in hook.event_types],
        policy_name=hook.policy.name,
        created_at=hook.created_at,
        held=held,
        undelivered=undelivered,
        pulse=pulse_of(state, stream.last_ok, stream.failing_since, day),
        day=day,
        consecutive_failures=stream.consecutive_failures,
        last_ok_at=stream.last_ok_at,
        last_failed_at=stream.last_failed_at,
        failing_since=stream.failing_since,
        ready_at=stream.ready_at,
        switch_off_at=ends_at(hook),
        url_blame=blame_of(hook),
    )
