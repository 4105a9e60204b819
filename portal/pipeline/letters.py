"""Letters: what goes out in one POST, a delivery or a batch of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from portal.domain.batches import Parcel, gather, halves, line_up
from portal.domain.envelope import batch_body, body_of, headers_of, message_id_of
from portal.domain.signing import BadSecret
from portal.models import new_id
from portal.pipeline.due import Due
from portal.pipeline.endpoints import Endpoint
from portal.sender import Reply, Request

# More than any endpoint takes; an event is far smaller, and a batch is filled by its weight.
LARGEST_BODY = 8 * 1024 * 1024


class Letter(NamedTuple):
    """The deliveries that one POST carries, under one message id; ``size`` is roughly how many
    bytes its body has. They were read at ``read_at``, in monotonic seconds."""

    endpoint: Endpoint
    message_id: str
    carried: tuple[Due, ...]
    size: int
    read_at: float

    @property
    def is_batch(self) -> bool:
        """Whether it goes out in the form of a batch, however few it carries."""
        return self.endpoint.batch_size > 1

    def is_overdue(self, now: float) -> bool:
        """Whether something in it has waited longer at ``now`` than its policy lets it."""
        limit = self.endpoint.expires_after_seconds
        if limit is None:
            return False
        return any(due.waited + now - self.read_at > limit for due in self.carried)

    @property
    def first(self) -> Due:
        """The delivery that speaks for all: a batch is tried as a whole."""
        return self.carried[0]


class Letters(NamedTuple):
    """What may go out now: ``all`` of it, in order; ``new`` are those of it whose deliveries do
    not bear its message id yet. ``held_up`` stands first among what may not go yet."""

    all: list[Letter]
    new: list[Letter]
    held_up: Due | None = None


def letters_of(endpoint: Endpoint, waiting: Sequence[Due], size: int, now: float) -> Letters:
    """The letters for what of ``waiting`` may go by the endpoint's policy, in batches of up to
    ``size``; for an ordered one, ``waiting`` is in the order of acceptance."""
    if endpoint.ordered:
        line = line_up(waiting, size, _is_due)
        held_up = line.held_up.items[0] if line.held_up else None
        return _letters(endpoint, line.parcels, now)._replace(held_up=held_up)
    if endpoint.batch_size > 1:
        return _letters(endpoint, gather(waiting, size, _is_due), now)
    return Letters([_single(endpoint, due, now) for due in waiting if due.due_in <= 0], [])


def _letters(endpoint: Endpoint, parcels: Sequence[Parcel[Due]], now: float) -> Letters:
    if endpoint.batch_size == 1:
        return Letters([_single(endpoint, parcel.items[0], now) for parcel in parcels], [])
    made = [
        (parcel.is_new, _batch(endpoint, _message_id(parcel), parcel.items, now))
        for parcel in parcels
    ]
    return Letters([letter for _, letter in made], [letter for is_new, letter in made if is_new])


def _message_id(parcel: Parcel[Due]) -> str:
    return new_id("msg") if parcel.is_new else parcel.items[0].message_id or ""


def _is_due(due: Due) -> bool:
    return due.due_in <= 0


def _single(endpoint: Endpoint, due: Due, now: float) -> Letter:
    # Under the message id that follows from its own id: one that it once shared with a batch
    # would make receivers drop it.
    return Letter(endpoint, message_id_of(due.id), (due,), due.size, now)


def _batch(endpoint: Endpoint, message_id: str, carried: Sequence[Due], now: float) -> Letter:
    return Letter(endpoint, message_id, tuple(carried), sum(due.size for due in carried), now)


def halved(letter: Letter) -> tuple[Letter, Letter]:
    """The two letters that a batch goes on as when it was too large, with new message ids."""
    first, second = halves(letter.carried)
    return (
        _batch(letter.endpoint, new_id("msg"), first, letter.read_at),
        _batch(letter.endpoint, new_id("msg"), second, letter.read_at),
    )


def request_of(
    letter: Letter, data: Mapping[str, str], now: datetime, suspect: bool
) -> Request | Reply:
    """The request that sends ``letter`` now, or why there is none.

    ``data`` holds, by event id, what the deliveries do not carry with them; ``suspect`` says
    that the endpoint's last attempt failed.
    """
    endpoint = letter.endpoint
    if not endpoint.secrets:
        return _unsent("internal_error", "no known key opens the secret of this hook")
    body = _body(letter, data)
    if len(body) > LARGEST_BODY:
        return _unsent("request_too_large", f"the body has {len(body)} bytes")
    try:
        headers = headers_of(letter.message_id, body, endpoint.secrets, endpoint.own_headers, now)
    except BadSecret as error:
        return _unsent("body_not_built", str(error))
    return Request(letter, endpoint.url, headers, body, endpoint.timeout_seconds, suspect)


def _unsent(error: str, detail: str) -> Reply:
    return Reply(None, (), b"", False, error, detail, 0)


def _body(letter: Letter, data: Mapping[str, str]) -> bytes:
    if not letter.is_batch:
        due = letter.first
        return body_of(due.event_type, due.occurred_at, _data(due, data))
    return batch_body(
        [
            (due.event_id, due.event_type, due.occurred_at, _data(due, data))
            for due in letter.carried
        ]
    )


def _data(due: Due, data: Mapping[str, str]) -> str:
    return data[due.event_id] if due.data is None else due.data
