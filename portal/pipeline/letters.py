"""Letters: what goes out in one POST, a delivery or a batch of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from portal.domain.batches import gather, halves
from portal.domain.envelope import batch_body, body_of, headers_of, message_id_of
from portal.domain.signing import BadSecret
from portal.models import Delivery, new_id
from portal.pipeline.due import Due
from portal.pipeline.endpoints import Endpoint
from portal.sender import Reply, Request

_deliveries = Delivery.__table__


class Letter(NamedTuple):
    """The deliveries that one POST carries, under one message id; ``size`` is roughly how many
    bytes its body has."""

    endpoint: Endpoint
    message_id: str
    carried: tuple[Due, ...]
    size: int

    @property
    def is_batch(self) -> bool:
        """Whether it goes out in the form of a batch, however few it carries."""
        return self.endpoint.batch_size > 1

    @property
    def first(self) -> Due:
        """The delivery that speaks for all: a batch is tried as a whole."""
        return self.carried[0]


def letter_of(endpoint: Endpoint, due: Due) -> Letter:
    """The letter for one delivery, under the message id that follows from its own id: one that
    it once shared with a batch would make receivers drop it."""
    return Letter(endpoint, message_id_of(due.id), (due,), due.size)


def _batch(endpoint: Endpoint, message_id: str, carried: Sequence[Due]) -> Letter:
    return Letter(endpoint, message_id, tuple(carried), sum(due.size for due in carried))


def batches_of(session: Session, endpoint: Endpoint, waiting: Sequence[Due]) -> list[Letter]:
    """The letters for ``waiting``, in the order of acceptance.

    What a new batch is made of is written down, to be committed before it is sent: after a crash
    the same deliveries travel under the same message id.
    """
    gathered = gather(waiting, endpoint.batch_size, lambda due: due.due_in <= 0)
    letters = [
        _batch(endpoint, batch[0].message_id or "", batch)
        for batch in gathered.formed
        if batch[0].due_in <= 0
    ]
    fresh = [_batch(endpoint, new_id("msg"), batch) for batch in gathered.new]
    put_together(session, fresh)
    return letters + fresh


def halved(letter: Letter) -> tuple[Letter, Letter]:
    """The two letters that a batch goes on as when it was too large, with new message ids."""
    first, second = halves(letter.carried)
    return (
        _batch(letter.endpoint, new_id("msg"), first),
        _batch(letter.endpoint, new_id("msg"), second),
    )


def put_together(session: Session, letters: Sequence[Letter]) -> None:
    """Write down which deliveries each of ``letters`` carries."""
    rows = [
        {"its_id": due.id, "message": letter.message_id}
        for letter in letters
        for due in letter.carried
    ]
    if rows:
        session.execute(
            update(_deliveries)
            .where(_deliveries.c.id == bindparam("its_id"))
            .values(message_id=bindparam("message")),
            rows,
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
