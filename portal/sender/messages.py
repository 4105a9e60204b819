"""What goes into the door and what comes out of it."""

from typing import Any, NamedTuple

Headers = tuple[tuple[str, str], ...]

# What the log keeps of an answer (contract §4), and the most that is read of one.
KEPT_BODY, READ_BODY = 16 * 1024, 1024 * 1024


class Request(NamedTuple):
    """One POST to make, or a GET, whose ``body`` is then not sent.

    ``key`` is the caller's own and is not looked at; ``headers`` are sent exactly as given;
    ``timeout_seconds`` is the deadline for the whole exchange, name look-up included. A
    ``suspect`` request goes to an address whose last attempt failed. Of the answer's body
    ``kept_bytes`` are handed back.
    """

    key: Any
    url: str
    headers: Headers
    body: bytes
    timeout_seconds: float
    suspect: bool = False
    kept_bytes: int = KEPT_BODY
    is_get: bool = False


class Reply(NamedTuple):
    """What became of a request.

    Either ``status_code`` is set and ``error`` is None, whatever the status says, or the other
    way round: ``error`` is then a code of the delivery log and ``detail`` a short English text
    for technicians, free of header values. ``headers`` have lower-case names; ``body`` is the
    first ``kept_bytes``; ``truncated`` says that there was more.
    """

    status_code: int | None
    headers: Headers
    body: bytes
    truncated: bool
    error: str | None
    detail: str | None
    duration_ms: int


def failure(error: str, detail: str, duration_ms: int = 0) -> Reply:
    """The reply of a request that got no answer."""
    return Reply(None, (), b"", False, error, detail, duration_ms)
