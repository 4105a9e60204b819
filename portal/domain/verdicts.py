"""Why an event did or did not reach a hook: one verdict for each pair of them."""

from enum import StrEnum

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


def of_delivery(state: DeliveryState, attempts: int, hook: HookState) -> Verdict:
    """The verdict where the hook is owed the event; ``attempts`` have been made so far."""
    if state in _ENDED:
        return _ENDED[state]
    if hook is HookState.RESTING:
        return Verdict.RESTING
    return Verdict.RETRYING if attempts else Verdict.WAITING


def without_delivery(reason: str | None, made_later: bool) -> Verdict:
    """The verdict where nothing is owed: ``reason`` is the one that the event's routing keeps."""
    if made_later:
        return Verdict.MADE_LATER
    return Verdict.FILTERED if reason == "filter" else Verdict.NOT_SUBSCRIBED


ORDER = tuple(Verdict)
