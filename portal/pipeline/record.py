"""Record: write down what attempts came to, many in one transaction.

A delivery changes only while the worker that sent it still holds its stream; the attempt is
written down in any case, because the POST did happen.
"""

import random
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from portal.domain.envelope import masked
from portal.domain.outcomes import Outcome, judge
from portal.domain.retries import Verdict, decide
from portal.domain.states import DeliveryState
from portal.domain.storable import storable
from portal.models import Attempt, AttemptDelivery, Delivery, Stream, new_id
from portal.pipeline.bulk import insert_rows, update_rows
from portal.pipeline.due import Due
from portal.pipeline.holding import disable
from portal.pipeline.letters import Letter, halved
from portal.pipeline.news import News, disabled
from portal.sender import Reply

# More than any honest endpoint answers with.
LARGEST_HEADERS = 16 * 1024

_deliveries, _streams = Delivery.__table__, Stream.__table__


class Sent(NamedTuple):
    """A letter that was sent, what came back, and what follows.

    ``headers`` are those that went out; ``verdict`` is shared by all deliveries it carried.
    ``halves`` are the letters that a batch the endpoint found too large goes on as.
    """

    letter: Letter
    headers: Sequence[tuple[str, str]]
    reply: Reply
    started_at: datetime
    outcome: Outcome
    verdict: Verdict
    halves: tuple[Letter, ...] = ()


def weigh(
    letter: Letter,
    headers: Sequence[tuple[str, str]],
    reply: Reply,
    started_at: datetime,
    now: datetime,
) -> Sent:
    """What ``reply`` means for the deliveries that ``letter`` carried."""
    outcome = judge(reply.status_code, reply.error, reply.headers, now)
    first = letter.first
    if outcome.error == "http_413" and len(letter.carried) > 1:
        verdict = Verdict(DeliveryState.WAITING, timedelta(0), first.retry_step, first.unpaid_waits)
        return Sent(letter, headers, reply, started_at, outcome, verdict, halved(letter))
    verdict = decide(
        outcome, letter.endpoint.schedule, first.retry_step, first.unpaid_waits, random.random()
    )
    return Sent(letter, headers, reply, started_at, outcome, verdict)


def record(session: Session, sent: Sequence[Sent], token: str, now: datetime) -> list[News]:
    """Write ``sent`` down, at ``now`` by the database's clock, for the worker with ``token``.

    Returns what is to be announced after the commit: the hooks that were disabled by it.
    """
    gone = {one.letter.endpoint.hook_id: one.letter.endpoint for one in sent if one.outcome.gone}
    # The hook before its deliveries, as everywhere, so that nobody waits in a circle.
    news = [
        disabled(hook_id, "gone")
        for hook_id in sorted(gone)
        if disable(session, hook_id, "gone", now, gone[hook_id].url)
    ]
    rows = sorted((row for one in sent for row in _settled(one, now)), key=itemgetter("id"))
    update_rows(session, _deliveries, rows, _SETTLED, _IS_MINE, _streams, token=token)
    attempts = [_attempt(one) for one in sent]
    insert_rows(session, Attempt.__table__, attempts)
    carried = [
        {"attempt_id": attempt["id"], "delivery_id": due.id}
        for attempt, one in zip(attempts, sent, strict=True)
        if one.letter.is_batch
        for due in one.letter.carried
    ]
    insert_rows(session, AttemptDelivery.__table__, carried)
    return news


def put_together(session: Session, batches: Sequence[Letter], token: str, now: datetime) -> None:
    """Write down which deliveries each of ``batches`` carries, to be committed before it is sent:
    after a crash the same deliveries travel under the same message id, at once."""
    rows = [
        {"id": due.id, "hook_id": due.hook_id, "message_id": letter.message_id, "due_at": now}
        for letter in batches
        for due in letter.carried
    ]
    changes = "message_id = r.message_id, due_at = r.due_at"
    update_rows(session, _deliveries, rows, changes, _IS_MINE, _streams, token=token)


def expire(session: Session, overdue: Iterable[Due], token: str, now: datetime) -> None:
    """End deliveries that waited longer than their policy lets them, without an attempt."""
    rows = [{"id": due.id, "hook_id": due.hook_id, "last_at": now} for due in overdue]
    changes = (
        "state = 'undelivered', last_error = 'expired',"
        " last_at = r.last_at, finished_at = r.last_at"
    )
    update_rows(session, _deliveries, rows, changes, _IS_MINE, _streams, token=token)


# The fence: a worker whose stream was taken over changes nothing.
_IS_MINE = (
    "streams.hook_id = r.hook_id AND streams.lease_token = :token"
    " AND deliveries.state IN ('waiting', 'held')"
)
# Switched off in the meantime: what is not through stays held.
_STATE = (
    "state = CASE WHEN deliveries.state = 'held' AND r.state = 'waiting'"
    " THEN 'held' ELSE r.state END"
)
_SETTLED = ", ".join(
    [
        _STATE,
        "attempt_count = deliveries.attempt_count + 1",
        "asked_by = NULL",
        *(
            f"{name} = r.{name}"
            for name in (
                "due_at",
                "retry_step",
                "unpaid_waits",
                "message_id",
                "last_error",
                "last_status_code",
                "last_at",
                "finished_at",
            )
        ),
    ]
)


def _settled(one: Sent, now: datetime) -> Iterable[dict[str, Any]]:
    verdict = one.verdict
    # Two clocks that differ by a hair must not make an end come before its beginning.
    ended = max(now, one.started_at)
    shared = {
        "state": verdict.state,
        "due_at": now + verdict.wait if verdict.wait is not None else now,
        "retry_step": verdict.retry_step,
        "unpaid_waits": verdict.unpaid_waits,
        "last_error": one.outcome.error,
        "last_status_code": one.outcome.status_code,
        "last_at": one.started_at,
        "finished_at": None if verdict.state == DeliveryState.WAITING else ended,
    }
    return [
        {"id": due.id, "hook_id": due.hook_id, "message_id": letter.message_id, **shared}
        for letter in one.halves or (one.letter,)
        for due in letter.carried
    ]


def _lines(headers: Iterable[tuple[str, str]]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in headers)


def _attempt(one: Sent) -> dict[str, Any]:
    endpoint, reply = one.letter.endpoint, one.reply
    return {
        "id": new_id("att"),
        "account_id": endpoint.account_id,
        "hook_id": endpoint.hook_id,
        "delivery_id": None if one.letter.is_batch else one.letter.first.id,
        "message_id": one.letter.message_id,
        "started_at": one.started_at,
        "duration_ms": reply.duration_ms,
        "status_code": one.outcome.status_code,
        "error": one.outcome.error,
        "asked_by": one.letter.first.asked_by,
        "deliveries": len(one.letter.carried),
        "policy": endpoint.policy,
        "url": endpoint.url,
        "detail": reply.detail,
        "request_headers": _lines(masked(one.headers, endpoint.own_headers)),
        "response_headers": storable(_lines(reply.headers))[:LARGEST_HEADERS],
        "response_body": storable(reply.body),
        "truncated": reply.truncated,
    }
