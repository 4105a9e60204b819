"""One event and every hook of its account: which got it, and why the others did not."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from portal.domain.conditions import as_json
from portal.domain.event_filter import filter_of, judged
from portal.domain.masking import Veil
from portal.domain.states import DeliveryState, HookState
from portal.domain.verdicts import ORDER, Verdict, of_delivery, without_delivery
from portal.extensions import db
from portal.models import Delivery, Event, Hook
from portal.queries.events import Route, routing_of
from portal.queries.hooks import state_of


@dataclass(frozen=True)
class HookVerdict:
    """A hook and what became of the event there. ``delivery`` is None where none is owed;
    ``conditions`` are those of the hook's filter as they stand, judged on the event, where these
    kept it back."""

    hook: Hook
    hook_state: HookState
    verdict: Verdict
    delivery: Delivery | None
    conditions: Mapping[str, Any] | None


def verdicts_of(event: Event, veil: Veil) -> Sequence[HookVerdict]:
    """Every living hook of the event's account, and the deleted ones that were owed it; those that
    need somebody first, then by name. ``event`` is read with its data, of which conditions show
    what ``veil``, which has learned of it, leaves."""
    owed = {
        one.hook_id: one
        for one in db.session.scalars(select(Delivery).where(Delivery.event_id == event.id))
    }
    hooks = db.session.scalars(
        select(Hook)
        .where(
            Hook.account_id == event.account_id,
            or_(Hook.deleted_at.is_(None), Hook.id.in_(owed)),
        )
        .options(joinedload(Hook.stream))
        .order_by(Hook.name_folded)
    ).all()
    routes = {route.hook_id: route for route in routing_of(event)}
    found = [_verdict(event, hook, owed.get(hook.id), routes.get(hook.id), veil) for hook in hooks]
    return sorted(found, key=lambda one: ORDER.index(one.verdict))


def _verdict(
    event: Event, hook: Hook, delivery: Delivery | None, route: Route | None, veil: Veil
) -> HookVerdict:
    state = state_of(hook)
    if delivery is not None:
        verdict = of_delivery(DeliveryState(delivery.state), delivery.attempt_count, state)
        return HookVerdict(hook, state, verdict, delivery, None)
    verdict, seen = without_delivery(route and route.reason, made_later=route is None), None
    if verdict is Verdict.FILTERED and hook.filter is not None:
        outcome = judged(filter_of(hook.filter), json.loads(event.data), event.created_at)
        # The filter may have been changed since: then it no longer says why.
        seen = None if outcome.met else veil.explained(as_json(outcome.explanation))
    return HookVerdict(hook, state, verdict, None, seen)
