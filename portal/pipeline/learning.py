"""Learning: what an outcome tells of the stream that it belongs to."""

from dataclasses import replace
from datetime import datetime, timedelta
from time import monotonic

from portal.domain.health import after_failure, after_success
from portal.domain.states import DeliveryState
from portal.pipeline.flow import Flow
from portal.pipeline.record import Sent


def learn(flow: Flow, sent: Sent, clock: datetime) -> None:
    """Let ``flow`` go on as the outcome ``sent`` asks for; ``clock`` is the database's."""
    flow.under_way -= 1
    flow.active_at = monotonic()
    flow.tally.add(sent, clock)
    if sent.outcome.delivered:
        flow.health = after_success(flow.health, clock)
        return
    if sent.halves:
        # It answers well, only not to so much at once.
        flow.fits = len(sent.halves[0].carried)
        flow.clear()
    elif not sent.outcome.ours:
        flow.health = after_failure(flow.health, clock)
    if flow.health.resting:
        flow.clear()
    if sent.outcome.gone:
        flow.endpoint = replace(flow.endpoint, sends=False)
        flow.clear()
    if flow.endpoint.ordered and sent.verdict.state == DeliveryState.WAITING:
        flow.is_stuck = True
        flow.rest_until(clock + (sent.verdict.wait or timedelta(0)))
