"""Why an event did or did not reach a hook."""

import pytest

from portal.domain.states import DeliveryState, HookState
from portal.domain.verdicts import Verdict, of_delivery, without_delivery

WAITING = DeliveryState.WAITING


@pytest.mark.parametrize(
    ("state", "attempts", "hook", "verdict"),
    [
        (WAITING, 0, HookState.ON, Verdict.WAITING),
        (WAITING, 3, HookState.ON, Verdict.RETRYING),
        (WAITING, 0, HookState.RESTING, Verdict.RESTING),
        (DeliveryState.DELIVERED, 1, HookState.RESTING, Verdict.DELIVERED),
        (DeliveryState.HELD, 0, HookState.OFF, Verdict.HELD),
        (DeliveryState.UNDELIVERED, 10, HookState.DISABLED, Verdict.UNDELIVERED),
        (DeliveryState.SKIPPED, 0, HookState.ON, Verdict.SKIPPED),
        (DeliveryState.CANCELLED, 2, HookState.OFF, Verdict.CANCELLED),
    ],
)
def test_what_is_owed_has_the_verdict_of_its_state(
    state: DeliveryState, attempts: int, hook: HookState, verdict: Verdict
) -> None:
    assert of_delivery(state, attempts, hook) is verdict


@pytest.mark.parametrize(
    ("reason", "made_later", "verdict"),
    [
        ("filter", False, Verdict.FILTERED),
        ("not_subscribed", False, Verdict.NOT_SUBSCRIBED),
        # It was owed, and is not on record any more.
        (None, False, Verdict.NOT_KEPT),
        ("off", False, Verdict.NOT_KEPT),
        (None, True, Verdict.MADE_LATER),
        ("filter", True, Verdict.MADE_LATER),
    ],
)
def test_what_is_not_owed_has_the_verdict_of_its_reason(
    reason: str | None, made_later: bool, verdict: Verdict
) -> None:
    assert without_delivery(reason, made_later) is verdict
