"""Deliveries and attempts as the pages show them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from portal.domain.masking import Veil
from portal.domain.states import FINISHED, DeliveryState
from portal.models import Attempt, Delivery, Event
from portal.queries.bodies import sent_body
from portal.queries.hook_blame import ChangeBlame, change_behind_failure
from portal.queries.hooks import event_labels
from portal.queries.url_changes import UrlBlame, blame_behind


@dataclass(frozen=True)
class HookFacts:
    """What a delivery's page says of its hook."""

    id: str
    name: str
    url: str
    enabled: bool
    deleted_at: datetime | None
    policy_name: str
    max_attempts: int


@dataclass(frozen=True)
class DeliveryView:
    """A delivery with the words that belong to it. ``sending``: a worker has it now."""

    id: str
    state: str
    attempt_count: int
    due_at: datetime
    created_at: datetime
    finished_at: datetime | None
    message_id: str | None
    event_id: str
    event_type: str
    event_label: str
    dedupe_key: str | None
    last_error: str | None
    last_status_code: int | None
    sending: bool
    example: bool
    hook: HookFacts
    url_blame: UrlBlame | None = None
    change_blame: ChangeBlame | None = None

    @property
    def hook_id(self) -> str:
        return self.hook.id

    @property
    def hook_name(self) -> str:
        return self.hook.name

    @property
    def may_resend(self) -> bool:
        """Whether it can be sent again now: its hook is there and on, no worker has it."""
        return not self.sending and self.hook.deleted_at is None and self.hook.enabled

    @property
    def may_be_chosen(self) -> bool:
        """Whether it may be sent again with others: nothing is owed already."""
        return self.may_resend and self.state in FINISHED


@dataclass(frozen=True)
class AttemptView:
    """One POST. ``number`` counts the delivery's attempts from 1."""

    id: str
    number: int
    started_at: datetime
    duration_ms: int
    status_code: int | None
    error: str | None
    asked_by: str | None
    deliveries: int
    url: str
    detail: str | None
    request_headers: list[tuple[str, str]]
    request_body: str
    response_headers: list[tuple[str, str]]
    response_body: str | None
    truncated: bool


def delivery_views(
    deliveries: Sequence[Delivery],
    account_id: str,
    veil: Veil,
    labels: dict[str, str] | None = None,
) -> list[DeliveryView]:
    """A view of each of ``deliveries``, whose hooks are loaded, in their order.

    What ``veil`` would hide of a dedupe key only the event's data tells, which no list reads: it
    is hidden whole. ``labels`` are those of the account's event types, where they have been
    read already.
    """
    labels = event_labels(account_id) if labels is None else labels
    return [
        _view(delivery, labels, veil.unread(delivery.event.dedupe_key), sending=False)
        for delivery in deliveries
    ]


def delivery_view(delivery: Delivery, now: datetime, veil: Veil) -> DeliveryView:
    """The view of one delivery at ``now``, which tells whether it is being sent; ``veil`` has
    learned of its event's data."""
    is_due = delivery.state == DeliveryState.WAITING and delivery.due_at <= now
    sending = is_due and delivery.hook.stream.is_served(now)
    key = veil.text(delivery.event.dedupe_key)
    view = _view(delivery, event_labels(delivery.account_id), key, sending)
    change = change_behind_failure(delivery)
    return replace(view, url_blame=blame_behind(delivery), change_blame=change)


def attempt_views(attempts: Sequence[Attempt], event: Event, veil: Veil) -> list[AttemptView]:
    """A view of each of a delivery's ``attempts`` (oldest first), newest first, as ``veil`` has
    it."""
    # All that went out comes first: an answer may echo any of it.
    sent = [sent_body(attempt, event, veil) for attempt in attempts]
    numbered = [
        _attempt(attempt, place, body, veil)
        for place, (attempt, body) in enumerate(zip(attempts, sent, strict=True), start=1)
    ]
    return numbered[::-1]


def header_pairs(lines: str) -> list[tuple[str, str]]:
    """Headers as they are kept, "name: value" a line, in pairs."""
    parts = [line.partition(": ") for line in lines.split("\n") if line]
    return [(name, value) for name, _, value in parts]


def _view(
    delivery: Delivery, labels: dict[str, str], dedupe_key: str | None, sending: bool
) -> DeliveryView:
    hook = delivery.hook
    return DeliveryView(
        id=delivery.id,
        state=delivery.state,
        attempt_count=delivery.attempt_count,
        due_at=delivery.due_at,
        created_at=delivery.created_at,
        finished_at=delivery.finished_at,
        message_id=delivery.message_id,
        event_id=delivery.event_id,
        event_type=delivery.event_type,
        event_label=labels.get(delivery.event_type, delivery.event_type),
        dedupe_key=dedupe_key,
        last_error=delivery.last_error,
        last_status_code=delivery.last_status_code,
        sending=sending,
        example=delivery.example,
        hook=HookFacts(
            id=hook.id,
            name=hook.name,
            url=hook.url,
            enabled=hook.enabled,
            deleted_at=hook.deleted_at,
            policy_name=hook.policy.name,
            max_attempts=len(hook.policy.retry_delays),
        ),
    )


def _attempt(attempt: Attempt, number: int, body: str, veil: Veil) -> AttemptView:
    return AttemptView(
        id=attempt.id,
        number=number,
        started_at=attempt.started_at,
        duration_ms=attempt.duration_ms,
        status_code=attempt.status_code,
        error=attempt.error,
        asked_by=attempt.asked_by,
        deliveries=attempt.deliveries,
        url=attempt.url,
        detail=veil.text(attempt.detail),
        request_headers=veil.headers(header_pairs(attempt.request_headers)),
        request_body=body,
        response_headers=veil.answer_headers(header_pairs(attempt.response_headers)),
        response_body=veil.answer(attempt.response_body),
        truncated=attempt.truncated,
    )
