"""When what was published arrived: numbered events, and the receiver that notes them."""

import json
from collections.abc import Sequence
from pathlib import Path
from time import monotonic

from portal.domain.events import EventDraft
from portal.pipeline.publish import publish
from tests.bench.figures import Figure, percentile
from tests.bench.stage import Stage
from tests.waiting import until


class Numbered:
    """Publishes events that say their number, and learns when each arrived."""

    def __init__(self, stage: Stage, name: str) -> None:
        self._stage = stage
        self._log: Path = stage.folder / f"{name}.log"
        self.port = stage.start_sink(log=self._log)
        self._committed: dict[int, float] = {}

    def data(self) -> str:
        """The data of the next event."""
        return json.dumps({"number": len(self._committed)})

    def committed(self) -> None:
        """Take note that the next event was accepted just now."""
        self._committed[len(self._committed)] = monotonic()

    def publish(self, key: str) -> None:
        """Publish one event of the type ``key``, in process."""
        with self._stage.app.app_context():
            publish(self._stage.account_id, [EventDraft(key, self.data())])
        self.committed()

    def figure(self, name: str, since: int = 0) -> Figure:
        """How long those from number ``since`` on took to arrive after they were committed."""
        until(lambda: len(self._arrived()) == len(self._committed), timeout=60)
        arrived = self._arrived()
        waits = [
            max(0.0, arrived[number] - at) * 1000
            for number, at in self._committed.items()
            if number >= since
        ]
        return _figure(name, waits)

    @property
    def count(self) -> int:
        """How many were published so far."""
        return len(self._committed)

    def _arrived(self) -> dict[int, float]:
        pairs = [line.split() for line in self._log.read_text().splitlines()]
        # Of one that came twice, the first time counts.
        return {int(number): float(at) for number, at in reversed(pairs)}


def _figure(name: str, waits: Sequence[float]) -> Figure:
    return Figure(name, len(waits), None, None, percentile(waits, 0.5), percentile(waits, 0.99))
