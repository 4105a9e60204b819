"""The bytes and headers that an endpoint receives (contract §4)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from portal.domain.signing import sign

USER_AGENT = "Khuttaf/1.0.0"
# What a trial of another address bears beside the usual headers: the id of its hook.
TRIAL_HEADER = "webhook-trial"


def body_of(event_type: str, occurred_at: str, data: str) -> bytes:
    """The body for one event: ``data`` goes out to the letter as it was accepted; ``occurred_at``
    is written as :func:`moment_text` does."""
    return f'{{"type":"{event_type}","timestamp":"{occurred_at}","data":{data}}}'.encode()


def batch_body(entries: Sequence[tuple[str, str, str, str]]) -> bytes:
    """The body for a batch: ``entries`` are (event id, type, occurred_at, data) in the order of
    the events. Its time stamp is that of the latest, so that a retry carries the same bytes."""
    latest = max(occurred_at for _, _, occurred_at, _ in entries)
    items = ",".join(
        f'{{"id":"{event_id}","type":"{event_type}","timestamp":"{occurred_at}","data":{data}}}'
        for event_id, event_type, occurred_at, data in entries
    )
    return f'{{"type":"batch","timestamp":"{latest}","data":[{items}]}}'.encode()


def message_id_of(delivery_id: str) -> str:
    """The ``webhook-id`` of a delivery that travels alone."""
    return f"msg_{delivery_id.removeprefix('dlv_')}"


def moment_text(moment: datetime) -> str:
    """``moment`` by RFC 3339 in UTC, to the millisecond."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def headers_of(
    message_id: str,
    body: bytes,
    secrets: Iterable[str],
    own: Mapping[str, str],
    now: datetime,
) -> tuple[tuple[str, str], ...]:
    """The headers of an attempt made at ``now``; ``own`` are the hook's, which come last.

    Raises :class:`portal.domain.signing.BadSecret`.
    """
    timestamp = int(now.timestamp())
    return (
        ("content-type", "application/json"),
        ("user-agent", USER_AGENT),
        ("webhook-id", message_id),
        ("webhook-timestamp", str(timestamp)),
        ("webhook-signature", sign(secrets, message_id, timestamp, body)),
        *own.items(),
    )


def masked(headers: Iterable[tuple[str, str]], own: Mapping[str, str]) -> list[tuple[str, str]]:
    """``headers`` as they may be kept: the values of the hook's ``own`` ones are secrets."""
    if not own:
        return headers
    return [(name, MASK if name in own else value) for name, value in headers]


MASK = "••••••"
