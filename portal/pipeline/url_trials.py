"""Trials: recent events sent to an address that a hook does not point to yet."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from time import monotonic
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from portal.domain.envelope import (
    TRIAL_HEADER,
    batch_body,
    body_of,
    headers_of,
    moment_text,
)
from portal.domain.hooks import url_problems
from portal.domain.outcomes import judge
from portal.domain.problems import Problem, Refused
from portal.domain.signing import BadSecret
from portal.domain.url_changes import MOST_TRIED, Answered, Comparison, Tried
from portal.models import Attempt, Delivery, Event, Hook, new_id, now
from portal.models.matching import carried
from portal.pipeline.endpoints import Endpoint, read_endpoints
from portal.pipeline.example import example_of
from portal.pipeline.surroundings import guard
from portal.pipeline.transactions import reading
from portal.sender import Reply, Request, Sender

# Beyond the endpoint's own timeout, for what was begun to be taken in.
GRACE_SECONDS = 1.0


class Sample(NamedTuple):
    """An event to try an address with, and what the hook's own address answered to it last; the
    example of a type, which has no id, where the hook was sent nothing yet."""

    event_id: str | None
    event_type: str
    event_at: datetime | None
    occurred_at: datetime
    data: str
    old: Answered | None


def try_url(hook_id: str, url: str, count: int) -> Comparison:
    """Send up to ``count`` recent events of a hook to ``url``, all at once, and compare.

    They are signed with the hook's secrets and bear its headers, and go under message ids of their
    own with the header ``webhook-trial``: a receiver that remembers ids must not take them for the
    real ones. Nothing of it is recorded. Raises :class:`Refused`.
    """
    with reading() as session:
        hook = session.get_one(Hook, hook_id)
        _refuse(hook, url, count)
        endpoint = read_endpoints(session, [hook_id])[hook_id]
        samples = _samples(session, hook, count)
    letters = {new_id("msg"): sample for sample in samples}
    replies = _sent(endpoint, url, letters)
    return Comparison(
        [
            Tried(*sample[:3], message_id, sample.old, _answered(replies.get(message_id)))
            for message_id, sample in letters.items()
        ]
    )


def _refuse(hook: Hook, url: str, count: int) -> None:
    problems = url_problems(url, guard())
    if not problems and url == hook.url:
        problems = [Problem("/url", "same_url")]
    if not isinstance(count, int) or not 1 <= count <= MOST_TRIED:
        problems.append(Problem("/count", "bad_number", {"min": 1, "max": MOST_TRIED}))
    if problems:
        raise Refused(*problems)


def _samples(session: Session, hook: Hook, count: int) -> Sequence[Sample]:
    rows = session.execute(
        select(Delivery.id, Event)
        .join(Event, Event.id == Delivery.event_id)
        .where(Delivery.hook_id == hook.id, Delivery.event_type.in_(hook.event_types))
        .where(~Delivery.example)
        .order_by(Delivery.id.desc())
        .limit(count)
        .options(undefer(Event.data))
    ).all()
    if rows:
        return [_sample(session, delivery_id, event) for delivery_id, event in rows]
    kinds = hook.event_types[:count]
    return [
        Sample(None, kind, None, now(), example_of(hook.account_id, kind), None) for kind in kinds
    ]


def _sample(session: Session, delivery_id: str, event: Event) -> Sample:
    last = session.execute(
        select(Attempt.status_code, Attempt.error, Attempt.duration_ms)
        .where(carried(delivery_id))
        .order_by(Attempt.started_at.desc(), Attempt.id.desc())
        .limit(1)
    ).first()
    old = Answered(*last) if last else None
    return Sample(event.id, event.type, event.created_at, event.occurred_at, event.data, old)


def _sent(endpoint: Endpoint, url: str, letters: Mapping[str, Sample]) -> dict[str, Reply]:
    """What came back for each of ``letters``, by message id; nothing for one that cannot go."""
    sender = Sender(guard(), slots=len(letters))
    ends = monotonic() + endpoint.timeout_seconds + GRACE_SECONDS
    replies: dict[str, Reply] = {}
    try:
        for message_id, sample in letters.items():
            request = _request(endpoint, url, message_id, sample)
            if request is not None:
                sender.start(request)
        while sender.in_flight and (left := ends - monotonic()) > 0:
            replies |= {request.key: reply for request, reply in sender.finished(left)}
    finally:
        sender.close()
    return replies


def _request(endpoint: Endpoint, url: str, message_id: str, sample: Sample) -> Request | None:
    moment = moment_text(sample.occurred_at)
    if endpoint.batch_size > 1:
        event_id = sample.event_id or new_id("evt")
        body = batch_body([(event_id, sample.event_type, moment, sample.data)])
    else:
        body = body_of(sample.event_type, moment, sample.data)
    if not endpoint.secrets:
        return None
    try:
        signed = headers_of(message_id, body, endpoint.secrets, endpoint.own_headers, now())
    except BadSecret:
        return None
    headers = (*signed, (TRIAL_HEADER, endpoint.hook_id))
    return Request(message_id, url, headers, body, endpoint.timeout_seconds)


def _answered(reply: Reply | None) -> Answered:
    if reply is None:
        return Answered(None, "internal_error", 0)
    outcome = judge(reply.status_code, reply.error, reply.headers, now())
    return Answered(outcome.status_code, outcome.error, reply.duration_ms)
