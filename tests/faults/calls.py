"""Calls: outside systems that go on calling a trigger, and what must have become of each call."""

from collections import Counter
from dataclasses import dataclass
from itertools import count
from json import loads
from threading import Event, Lock, Thread
from time import monotonic
from types import TracebackType

import requests

from tests.faults.oracle import Oracle
from tests.faults.stage import Door, Stage
from tests.waiting import until

# Longer than any answer takes: what comes later is as good as none.
PATIENCE_SECONDS = 30

_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Called:
    """One call, by the id that it bore, and its answer; a status of 0 when nobody answered.

    ``at`` and ``ended`` are monotonic seconds.
    """

    id: str
    at: float
    ended: float
    status: int = 0
    text: str = ""
    retry_after: str | None = None


def call(door: Door, id: str, number: int = 0, session: requests.Session | None = None) -> Called:
    """Call ``door`` once, with ``id`` and a number that nothing depends on."""
    begun = monotonic()
    try:
        answer = (session or requests).post(
            door.url, json={"id": id, "number": number}, timeout=PATIENCE_SECONDS
        )
    except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
        return Called(id, begun, monotonic())
    again = answer.headers.get("retry-after")
    return Called(id, begun, monotonic(), answer.status_code, answer.text, again)


class Callers:
    """While its context lasts, some threads call a trigger, every call once and with its own id."""

    def __init__(self, door: Door, oracle: Oracle, threads: int = 4, pause: float = 0.02) -> None:
        """``pause`` is the number of seconds between an answer and the thread's next call."""
        self._door, self._oracle, self._pause = door, oracle, pause
        self._stop, self._lock = Event(), Lock()
        self._threads = [Thread(target=self._run) for _ in range(threads)]
        self.made: list[Called] = []

    def __enter__(self) -> "Callers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    @property
    def statuses(self) -> set[int]:
        """Everything that was answered."""
        return {one.status for one in list(self.made)}

    def since(self, moment: float) -> list[Called]:
        """The calls that were begun after ``moment``."""
        return [one for one in list(self.made) if one.at > moment]

    def is_answered(self, since: float) -> bool:
        """Whether somebody who called after ``since`` was told that the call is accepted."""
        return any(one.status == 200 for one in self.since(since))

    def _run(self) -> None:
        with requests.Session() as session:
            while not self._stop.wait(self._pause):
                self._call(session)

    def _call(self, session: requests.Session) -> None:
        made = call(self._door, f"{self._door.line.event_type}-call-{next(_numbers)}", 0, session)
        with self._lock:
            self.made.append(made)
        if made.status == 200:
            self._oracle.accept([made.id])


def assert_each_was_run_once(stage: Stage, door: Door, oracle: Oracle, timeout: float) -> None:
    """Wait until nothing is owed; then what was accepted is on record, and everything that is on
    record was run, and has published its event once and no other."""
    until(lambda: not stage.books.owes_runs(door.trigger_id), timeout)
    kept = stage.books.calls(door.trigger_id).values()
    ids = Counter(loads(row["body"])["id"] for row in kept)
    lost = oracle.accepted.keys() - ids.keys()
    assert not lost, f"accepted and not on record: {len(lost)}"
    # Whoever got no answer does not know of them; they have to arrive all the same.
    oracle.accept(ids.keys() - oracle.accepted.keys())
    stage.finish(oracle, [door.line], timeout)
    events = stage.books.events(door.line.event_type)
    assert set(ids.values()) == {1}
    assert events == ids, f"run twice {len(events - ids)}, never run {len(ids - events)}"
    assert {(row["run_state"], row["lease_token"]) for row in kept} == {("done", None)}
    assert not oracle.renamed
