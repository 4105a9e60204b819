"""How a hook is doing, in one word for people: out of its state, its last attempt and its day."""

from datetime import datetime
from enum import StrEnum

from portal.domain.periods import Sums
from portal.domain.states import HookState

# From one failed attempt in ten on, a hook that works is said to stumble.
STUMBLES_AT = 0.1


class Pulse(StrEnum):
    """What is worth knowing of a hook first. ``restarted``: switched on again after failures, and
    not tried since."""

    UNUSED = "unused"
    RESTARTED = "restarted"
    WORKING = "working"
    STUMBLING = "stumbling"
    FAILING = "failing"
    RESTING = "resting"
    OFF = "off"
    DISABLED = "disabled"


_UNLIKE_ON = {
    HookState.OFF: Pulse.OFF,
    HookState.DISABLED: Pulse.DISABLED,
    HookState.RESTING: Pulse.RESTING,
}


def pulse_of(
    state: HookState, last_ok: bool | None, failing_since: datetime | None, day: Sums
) -> Pulse:
    """How a hook is doing whose last attempt came out as ``last_ok`` (None: there was none), and
    whose attempts of the last day add up to ``day``."""
    if state in _UNLIKE_ON:
        return _UNLIKE_ON[state]
    if last_ok is None:
        return Pulse.UNUSED
    if not last_ok:
        return Pulse.FAILING if failing_since else Pulse.RESTARTED
    return Pulse.STUMBLING if day.failed > day.total * STUMBLES_AT else Pulse.WORKING
