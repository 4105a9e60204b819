"""Why an event did or did not reach a hook: one verdict for each pair of them."""

from enum import StrEnum

from portal.domain.routing import FILTERED, NOT_SUBSCRIBED
from portal.domain.states import DeliveryState, HookState


class Verdict(StrEnum):
    """What became of an event at a hook, those that need somebody first."""

    UNDELIVERED = "undelivered"
    HELD = "held"
    RESTING = "resting"
    RETRYING = "retrying"
    WAITING = "waiting"
    FILTERED = "filter"
    NOT_SUBSCRIBED = "not_subscribed"
    MADE_LATER = "made_later"
    NOT_KEPT = "not_kept"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"
    DELIVERED = "delivered"


_ENDED = {
    DeliveryState.UNDELIVERED: Verdict.UNDELIVERED,
    DeliveryState.HELD: Verdict.HELD,
    DeliveryState.SKIPPED: Verdict.SKIPPED,
    DeliveryState.CANCELLED: Verdict.CANCELLED,
    DeliveryState.DELIVERED: Verdict.DELIVERED,
}


_NEVER_OWED = {FILTERED: Verdict.FILTERED, NOT_SUBSCRIBED: Verdict.NOT_SUBSCRIBED}


def of_delivery(state: DeliveryState, attempts: int, hook: HookState) -> Verdict:
    """The verdict where the hook is owed the event; ``attempts`` have been made so far."""
    if state in _ENDED:
        return _ENDED[state]
    if hook is HookState.RESTING:
        return Verdict.RESTING
    return Verdict.RETRYING if attempts else Verdict.WAITING


def without_delivery(reason: str | None, made_later: bool) -> Verdict:
    """The verdict where no delivery is on record: ``made_later`` whether the hook did not stand
    yet when the event came, ``reason`` the one of its routing (see portal.domain.routing)."""
    if made_later:
        return Verdict.MADE_LATER
    return _NEVER_OWED.get(reason, Verdict.NOT_KEPT)


ORDER = tuple(Verdict)
