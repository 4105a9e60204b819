"""Reading a request's body: whole, within its limit, or not at all.

Servers are known to cut a chunked body at a framework's limit and call it whole, so the limit is
kept here: one byte more than allowed is asked for, and tells.
"""

from threading import BoundedSemaphore

from flask import request

from portal.pipeline.transactions import release


class BodyRefused(Exception):
    """A body that is not taken: the HTTP status and a stable code."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


# Bodies that come in at once: fewer than the web server has threads (1024), so that whoever sends
# no body is answered however many senders dawdle.
MOST_READ_AT_ONCE = 900
_reading = BoundedSemaphore(MOST_READ_AT_ONCE)


def read_body(limit: int) -> bytes:
    """The body of the request, of at most ``limit`` bytes.

    Raises :class:`BodyRefused`: 413 (too_large), 400 (cut_short) when fewer bytes came than the
    request announced, or 503 (too_busy) when too many others are being read. No database
    connection is held while a slow body comes in.
    """
    release()
    announced = request.content_length
    if announced is not None and announced > limit:
        raise BodyRefused(413, "too_large")
    if not _reading.acquire(blocking=False):
        raise BodyRefused(503, "too_busy")
    try:
        body = _read(limit + 1)
    finally:
        _reading.release()
    if len(body) > limit:
        raise BodyRefused(413, "too_large")
    if announced is not None and len(body) < announced:
        raise BodyRefused(400, "cut_short")
    return body


def _read(most: int) -> bytes:
    # The server's own stream: the framework's would end quietly at a limit of its own.
    stream = request.environ["wsgi.input"]
    announced = request.content_length
    left = most if announced is None else min(most, announced)
    pieces = []
    while left > 0 and (piece := stream.read(left)):
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)


def need_json(*types: str) -> str:
    """The media type of the request, which has to be one of ``types``; 415 otherwise."""
    kind = request.mimetype
    if kind in types or ("application/json" in types and kind.endswith("+json")):
        return kind
    raise BodyRefused(415, "unsupported_media_type")
