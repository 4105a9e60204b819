"""A secret is rotated under traffic: whoever knows the old one or the new one can verify."""

from collections.abc import Callable
from threading import Event
from time import monotonic
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from tests.faults.oracle import Oracle
from tests.faults.stage import Stage
from tests.faults.traffic import Traffic
from tests.receiver import Arrival, Receiver

Size = Callable[[Any, Any], Any]

# A worker learns within about a second that a hook has changed.
NOTICE_SECONDS = 3.0


class Verifier:
    """Somebody who knows one secret; notes when it did not verify, in monotonic seconds."""

    def __init__(self, secret: str) -> None:
        self._webhook = Webhook(secret)
        self.failed_at: list[float] = []

    def check(self, arrival: Arrival) -> None:
        """Verify ``arrival``."""
        try:
            self._webhook.verify(arrival.body, dict(arrival.headers.items()))
        except WebhookVerificationError:
            self.failed_at.append(arrival.at)


def rotate(stage: Stage, hook_id: str) -> str:
    """The new secret of a hook; the one before stays alive for an hour."""
    return stage.call("POST", f"/hooks/{hook_id}/secret/rotate", {"overlap_hours": 1})["secret"]


@pytest.mark.short("sqlite")
def test_a_rotation_under_traffic_fails_no_verification(
    stage: Stage, receiver: Receiver, size: Size
) -> None:
    oracle = Oracle(receiver)
    (line,) = stage.lines(oracle)
    knows_old = Verifier(rotate(stage, line.hook_id))
    verifiers = [knows_old]

    def check(arrival: Arrival) -> int:
        for verifier in verifiers:
            verifier.check(arrival)
        return 200

    oracle.decide = check
    with Traffic(stage, line, oracle):
        oracle.wait_for_some(10)
        knows_new = Verifier(rotate(stage, line.hook_id))
        rotated = monotonic()
        verifiers.append(knows_new)
        Event().wait(NOTICE_SECONDS + size(1, 30))
    stage.finish(oracle, [line], 10)
    assert knows_old.failed_at == []
    assert [at for at in knows_new.failed_at if at > rotated + NOTICE_SECONDS] == []
    assert len([one for one in oracle.sights if one.at > rotated + NOTICE_SECONDS]) > 10
