"""The states of things, by the words that stand in tables, in the API and on pages."""

from enum import StrEnum


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    WAITING = "waiting"
    HELD = "held"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


FINISHED = frozenset(
    {
        DeliveryState.DELIVERED,
        DeliveryState.UNDELIVERED,
        DeliveryState.SKIPPED,
        DeliveryState.CANCELLED,
    }
)


class HookState(StrEnum):
    """What a hook is doing: sending, switched off by a person, resting, switched off by us."""

    ON = "on"
    OFF = "off"
    RESTING = "resting"
    DISABLED = "disabled"


class Role(StrEnum):
    """What a person is in an account."""

    ADMIN = "admin"
    STAFF = "staff"
    SUPPORT = "support"
