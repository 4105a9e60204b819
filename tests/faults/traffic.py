"""Traffic: somebody who goes on publishing through everything that happens."""

from dataclasses import dataclass
from itertools import count
from math import inf
from threading import Event, Thread
from time import monotonic
from types import TracebackType

import requests

from tests.faults.oracle import Oracle
from tests.faults.stage import Line, Stage

_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Posted:
    """One request to publish: how long it took, and the status; 0 when nobody answered."""

    at: float
    seconds: float
    status: int
    retry_after: str | None

    @property
    def ended(self) -> float:
        """When the answer came."""
        return self.at + self.seconds


class Traffic:
    """While its context lasts, publishes events one by one, each again until it is accepted."""

    def __init__(self, stage: Stage, line: Line, oracle: Oracle, pause: float = 0.02) -> None:
        """``pause`` is the number of seconds between an answer and the next request."""
        self._stage, self._line, self._oracle, self._pause = stage, line, oracle, pause
        self._stop, self._thread = Event(), Thread(target=self._run)
        self.posted: list[Posted] = []

    def __enter__(self) -> "Traffic":
        self._thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()

    @property
    def statuses(self) -> set[int]:
        """Everything that was answered."""
        return {one.status for one in list(self.posted)}

    def slowest(self, until: float = inf) -> float:
        """The longest that anybody waited for an answer who asked before ``until``, in seconds."""
        return max(one.seconds for one in list(self.posted) if one.at < until)

    def _run(self) -> None:
        event = self._name()
        while not self._stop.wait(self._pause):
            if self._post(event) in (200, 202):
                self._oracle.accept([event])
                event = self._name()

    def _name(self) -> str:
        return f"{self._line.event_type}-traffic-{next(_numbers)}"

    def _post(self, event: str) -> int:
        draft = {"type": self._line.event_type, "id": event, "data": {"id": event}}
        begun, status, retry_after = monotonic(), 0, None
        try:
            answer = self._stage.session.post(
                f"{self._stage.portal.url}/api/v1/events", json=draft, timeout=30
            )
            status, retry_after = answer.status_code, answer.headers.get("retry-after")
        except requests.ConnectionError:
            pass  # The web server is away; whoever publishes tries again, under the same id.
        self.posted.append(Posted(begun, monotonic() - begun, status, retry_after))
        return status
