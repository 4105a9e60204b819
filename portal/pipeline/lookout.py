"""Lookout: reads what is due in leased streams, while what was read before is being sent."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from portal.pipeline.aside import Aside
from portal.pipeline.due import Due, Rows, Wanted, read_batches, read_due, read_in_line
from portal.pipeline.flow import Flow
from portal.pipeline.streams import anything_due
from portal.pipeline.transactions import reading

# About how many rows wait to be sent, over all streams.
MOST_READY = 1024
# In seconds: how often it is asked whether other streams have something due.
ASK_EVERY = 0.1

Reading = Callable[[Session, Sequence[Wanted]], Rows]


class Found(NamedTuple):
    """The rows that were found for each hook, and whether other streams have something due."""

    rows: Rows
    others: bool


class Lookout:
    """One reading at a time. What it brings may be older than what was recorded meanwhile, so
    until :attr:`is_busy` ends, a delivery that was known when it began must stay known.

    ``others`` tells whether streams that nobody has leased had something due.
    """

    def __init__(self) -> None:
        self._reader: Aside[Found] = Aside("lookout")
        self._flows: Sequence[Flow] = ()
        self._asked_at = float("-inf")
        self.others = False

    @property
    def is_busy(self) -> bool:
        """Whether something is being read, or was read and not handed over."""
        return self._reader.is_busy

    def look(self, flows: Collection[Flow], now: float, clock: datetime) -> None:
        """Begin to read for those of ``flows`` that want to, at ``now`` in monotonic seconds and
        ``clock`` by the database; only when not busy."""
        wanting = [flow for flow in flows if flow.wants_to_read(now, clock)]
        asks = now - self._asked_at >= ASK_EVERY
        if asks:
            self._asked_at = now
        elif not wanting:
            return
        share = MOST_READY // max(len(flows), 1)
        wanted: dict[Reading, list[Wanted]] = {}
        for flow in wanting:
            wanted.setdefault(_reading_of(flow), []).append(flow.wanted(share))
        self._flows = wanting
        for flow in wanting:
            flow.looked_at, flow.is_looked_at = now, True
        self._reader.begin(lambda: _read(wanted, asks))

    def found(self, wait: bool = False) -> Iterator[tuple[Flow, Sequence[Due]]]:
        """What the reading has brought, once, for each stream that still wants it.

        Without ``wait``, nothing as long as it goes on. Raises what reading raised.
        """
        found = self._reader.answer(wait)
        if found is None:
            return
        self.others = self.others or found.others
        flows, self._flows = self._flows, ()
        for flow in flows:
            flow.is_looked_at = False
            yield flow, flow.unknown(found.rows.get(flow.endpoint.hook_id, ()))

    def wait(self, seconds: float) -> bool:
        """Wait at most so long for the reading to end; false at once when there is none."""
        return self._reader.wait(seconds)

    def close(self) -> None:
        """End the thread, whatever it has read."""
        self._reader.close()


def _reading_of(flow: Flow) -> Reading:
    if flow.endpoint.ordered:
        return read_in_line
    return read_due if flow.reads_plainly else read_batches


def _read(wanted: Mapping[Reading, Sequence[Wanted]], asks: bool) -> Found:
    rows: Rows = {}
    with reading() as session:
        for read, of_streams in wanted.items():
            rows |= read(session, of_streams)
    return Found(rows, asks and anything_due())
