"""News: what the portal itself tells an account of its hooks, as events to whoever subscribes."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from portal.domain.envelope import moment_text
from portal.domain.events import EventDraft
from portal.domain.health import Health, is_hopeless, switch_off_at, warns
from portal.domain.notices import NoticeKind
from portal.models import Hook
from portal.pipeline.holding import disable
from portal.pipeline.notices import notify_of_hook
from portal.pipeline.publish import publish
from portal.pipeline.streams import postponed
from portal.pipeline.transactions import reading

DISABLED, WARNING = "hook.disabled", "hook.warning"


class News(NamedTuple):
    """That something happened to a hook; ``more`` stands in the event beside its id and name."""

    hook_id: str
    event_type: str
    more: Mapping[str, Any]


def disabled(hook_id: str, reason: str) -> News:
    """That a hook was switched off by the portal for ``reason``."""
    return News(hook_id, DISABLED, {"reason": reason})


def give_up(
    session: Session, healths: Mapping[str, tuple[Health, Health]], now: datetime
) -> list[News]:
    """Switch hooks off that have failed for days, and warn of it on the way there.

    ``healths`` are how each hook did when that was last written down, and does ``now``. Accounts
    are told in the same transaction; what is returned is to be announced after its commit.
    """
    failing = sorted(hook_id for hook_id, (_, health) in healths.items() if health.failing_since)
    until = postponed(session, failing)
    news = []
    for hook_id in failing:
        before, health = healths[hook_id]
        if is_hopeless(health, until[hook_id], now):
            if disable(session, hook_id, "failing", now):
                news.append(disabled(hook_id, "failing"))
        elif warns(before, health, until[hook_id]):
            warning = _warning(hook_id, health, until[hook_id])
            notify_of_hook(session, hook_id, NoticeKind.HOOK_WARNING, warning.more)
            news.append(warning)
    return news


def announce(news: Iterable[News]) -> None:
    """Publish an event for each of ``news``."""
    for one in news:
        with reading() as session:
            hook = session.get_one(Hook, one.hook_id)
            account_id, data = hook.account_id, {"id": hook.id, "name": hook.name, **one.more}
        publish(account_id, [EventDraft(one.event_type, json.dumps(data, ensure_ascii=False))])


def _warning(hook_id: str, health: Health, postponed_until: datetime | None) -> News:
    since, ends = health.failing_since, switch_off_at(health, postponed_until)
    moments = {"failing_since": since, "switch_off_at": ends}
    return News(hook_id, WARNING, {name: moment_text(at) for name, at in moments.items() if at})
