"""The bytes and headers that an endpoint receives (contract §4)."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from portal.domain.signing import sign

USER_AGENT = "Khuttaf/1.0.0"


def body_of(event_type: str, occurred_at: datetime, data: str) -> bytes:
    """The body for one event: ``data`` goes out to the letter as it was accepted."""
    head = f'{{"type":"{event_type}","timestamp":"{moment_text(occurred_at)}","data":'
    return f"{head}{data}}}".encode()


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


def masked(headers: Iterable[tuple[str, str]], own: Mapping[str, str]) -> dict[str, str]:
    """``headers`` as they may be kept: the values of the hook's ``own`` ones are secrets."""
    return {name: MASK if name in own else value for name, value in headers}


MASK = "••••••"
