"""Deliver: claim what is due, send it, record what came of it, until nothing is due.

The data's path: rows are claimed (``claim``), made into letters (``letters``), sent with no
transaction open (``sender``) and recorded in bulk (``record``).
"""

import os
import time
from collections import Counter, deque
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache

from portal.domain.addresses import Guard
from portal.pipeline.claim import claim, renew
from portal.pipeline.hooks import guard
from portal.pipeline.letters import Letter, stamped, write_letters
from portal.pipeline.record import Sent, hold, record
from portal.pipeline.transactions import writing
from portal.sender import Reply, Request, Sender

SLOTS = 256
# How long a drain with sends under way waits before it looks for new work.
LOOK_EVERY = 0.02
RENEW_EVERY = 4.0


def drain(should_stop: Callable[[], bool], beat: Callable[[], None]) -> int:
    """Send everything that is due; return the number of attempts made.

    ``should_stop`` is asked all the time: once true, nothing new is begun, and what is under way
    is finished. ``beat`` is called a few times a second at least, to say that the caller lives.
    """
    return _Drain(_sender(guard(), os.getpid()), should_stop, beat).run()


@lru_cache(maxsize=1)
def _sender(allowed: Guard, _process: int) -> Sender:
    # One for the life of the process, so that connections stay warm between drains.
    return Sender(allowed, slots=SLOTS)


class _Drain:
    """One run: what is claimed and not begun, and what is under way."""

    def __init__(
        self, sender: Sender, should_stop: Callable[[], bool], beat: Callable[[], None]
    ) -> None:
        self._sender = sender
        self._should_stop = should_stop
        self._beat = beat
        self._ready: deque[Letter] = deque()
        self._under_way: dict[str, tuple[Letter, Request, datetime]] = {}
        self._by_hook: Counter[str] = Counter()
        self._renewed_at = time.monotonic()
        self._count = 0

    def run(self) -> int:
        while True:
            stopping = self._should_stop()
            if stopping:
                self._ready.clear()
            elif len(self._ready) < SLOTS:
                self._refill()
            self._begin()
            if not self._under_way and (stopping or not self._ready):
                return self._count
            self._finish(self._sender.finished(LOOK_EVERY))
            self._renew()
            self._beat()

    def _refill(self) -> None:
        most = self._sender.free - len(self._ready)
        if most <= 0:
            return
        with writing() as session:
            claimed = claim(session, most)
            letters = write_letters(session, claimed) if claimed else []
            hold(session, [letter for letter in letters if not letter.endpoint.sends])
        self._ready.extend(letter for letter in letters if letter.endpoint.sends)

    def _begin(self) -> None:
        for _ in range(len(self._ready)):
            letter = self._ready.popleft()
            hook_id = letter.endpoint.hook_id
            if not self._sender.free or self._by_hook[hook_id] >= letter.endpoint.in_flight:
                self._ready.append(letter)
                continue
            self._by_hook[hook_id] += 1
            request = _request(letter)
            self._under_way[letter.claimed.id] = (letter, request, datetime.now(UTC))
            self._sender.start(request)

    def _finish(self, finished: list[tuple[Request, Reply]]) -> None:
        if not finished:
            return
        sent = []
        for request, reply in finished:
            letter, _, started_at = self._under_way.pop(request.key)
            self._by_hook[letter.endpoint.hook_id] -= 1
            sent.append(Sent(letter, request, reply, started_at))
        self._count += len(sent)
        with writing() as session:
            record(session, sent)

    def _renew(self) -> None:
        if time.monotonic() - self._renewed_at < RENEW_EVERY:
            return
        self._renewed_at = time.monotonic()
        held = [letter.claimed for letter, _, _ in self._under_way.values()]
        held += [letter.claimed for letter in self._ready]
        with writing() as session:
            renew(session, held)


def _request(letter: Letter) -> Request:
    return Request(
        key=letter.claimed.id,
        url=letter.endpoint.url,
        headers=stamped(letter),
        body=letter.body,
        timeout_seconds=letter.endpoint.timeout_seconds,
        suspect=letter.endpoint.suspect,
    )
