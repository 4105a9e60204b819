"""Hooks that need somebody, those first for which it is nearly too late, or is already."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from sqlalchemy import ColumnElement, and_, case, or_, select
from sqlalchemy.orm import contains_eager, lazyload

from portal.domain.health import HOPELESS_AFTER, WARNINGS
from portal.domain.states import DeliveryState, HookState
from portal.extensions import db
from portal.models import Hook, Stream
from portal.queries.counts import COUNTED, Count, count_of, count_stuck
from portal.queries.hooks import WORTH_A_WARNING, ends_at, state_of
from portal.queries.url_changes import UrlBlame, blame_of

MOST_SHOWN = 10


class Need(IntEnum):
    """Why a hook needs somebody, the most urgent first."""

    DISABLED = 0
    ENDING = 1
    RESTING = 2
    FAILING = 3


@dataclass(frozen=True)
class InNeed:
    """A hook that needs somebody."""

    id: str
    name: str
    need: Need
    state: HookState
    disabled_reason: str | None
    consecutive_failures: int
    last_failed_at: datetime | None
    switch_off_at: datetime | None
    undelivered: Count
    url_blame: UrlBlame | None


def hooks_in_need(account_id: str, now: datetime) -> list[InNeed]:
    """The hooks of an account that need somebody, the most urgent first."""
    need = _need(now)
    rows = db.session.execute(
        select(Hook, need)
        .join(Stream, Stream.hook_id == Hook.id)
        .options(contains_eager(Hook.stream), lazyload(Hook.policy), lazyload(Hook.subscriptions))
        .where(
            Hook.account_id == account_id,
            Hook.deleted_at.is_(None),
            or_(
                Hook.disabled_reason.is_not(None),
                and_(Hook.enabled, Stream.last_ok.is_(False)),
            ),
        )
        .order_by(need, Stream.consecutive_failures.desc(), Hook.id)
        .limit(MOST_SHOWN)
    ).all()
    undelivered = count_stuck([hook.id for hook, _ in rows], DeliveryState.UNDELIVERED)
    return [
        InNeed(
            id=hook.id,
            name=hook.name,
            need=Need(rank),
            state=state_of(hook),
            disabled_reason=hook.disabled_reason,
            consecutive_failures=hook.stream.consecutive_failures,
            last_failed_at=hook.stream.last_failed_at,
            switch_off_at=ends_at(hook),
            undelivered=count_of(undelivered[hook.id], COUNTED),
            url_blame=blame_of(hook),
        )
        for hook, rank in rows
    ]


def _need(now: datetime) -> ColumnElement[int]:
    # From the first warning on.
    left = HOPELESS_AFTER * (1 - WARNINGS[0])
    is_ending = and_(
        Stream.consecutive_failures >= WORTH_A_WARNING,
        Stream.failing_since <= now - HOPELESS_AFTER + left,
        or_(Stream.postponed_until.is_(None), Stream.postponed_until <= now + left),
    )
    return case(
        (Hook.disabled_reason.is_not(None), Need.DISABLED.value),
        (is_ending, Need.ENDING.value),
        (Stream.resting, Need.RESTING.value),
        else_=Need.FAILING.value,
    )
