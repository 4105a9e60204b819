"""The door: start requests, take what is finished."""

import select
from contextlib import suppress
from time import monotonic

import pycurl

from portal.domain.addresses import Guard, Refusal, RefusedUrlError, parse_target
from portal.sender.exchange import Exchange
from portal.sender.lane import Lane
from portal.sender.messages import Reply, Request, failure

# Suspect addresses are tried seldom, so few of their connections are worth keeping.
_SUSPECT_CONNECTIONS = 16
_KNOWN_URLS = 4096


class Sender:
    """Makes up to ``slots`` requests at once and keeps connections warm between them.

    To be created in the process that uses it (libcurl does not survive a fork), by one thread,
    and closed at the end. ``ca_file`` names the trusted roots instead of the system's.
    """

    def __init__(self, guard: Guard, slots: int = 256, ca_file: str | None = None) -> None:
        self._guard = guard
        self._slots = slots
        self._ca_file = ca_file
        self._epoll = select.epoll()
        self._by_socket: dict[int, Lane | None] = {}
        # Names are looked up by a few threads a lane: dead ones must not hold up healthy ones.
        self._healthy = Lane(self._epoll, self._by_socket, slots)
        self._suspect = Lane(self._epoll, self._by_socket, _SUSPECT_CONNECTIONS)
        self._idle: list[Exchange] = []
        self._running: dict[pycurl.Curl, Exchange] = {}
        self._done: list[tuple[Request, Reply]] = []
        self._judged: dict[str, tuple[Refusal | None, str, bool]] = {}

    @property
    def in_flight(self) -> int:
        """How many requests were started and not yet handed back by :meth:`finished`."""
        return len(self._running) + len(self._done)

    @property
    def free(self) -> int:
        """How many more requests may be started now."""
        return self._slots - self.in_flight

    def start(self, request: Request) -> None:
        """Begin ``request``; what becomes of it comes out of :meth:`finished`.

        A URL that the guard refuses ends without touching the network. Raises RuntimeError when
        no slot is free.
        """
        if self.in_flight >= self._slots:
            raise RuntimeError("no free slot: ask `free` before starting")
        refusal, url, own = self._judged.get(request.url) or self._judge(request.url)
        if refusal:
            self._done.append((request, failure(refusal.value, "refused before sending")))
            return
        exchange = self._idle.pop() if self._idle else Exchange(self._guard, self._ca_file)
        try:
            exchange.prepare(request, url, own)
        except (ValueError, pycurl.error):
            exchange.close()
            self._done.append(
                (request, failure("internal_error", "a header or the URL cannot be sent"))
            )
            return
        self._running[exchange.handle] = exchange
        (self._suspect if request.suspect else self._healthy).add(exchange.handle)

    def finished(self, timeout_seconds: float) -> list[tuple[Request, Reply]]:
        """What is through by now; waits up to ``timeout_seconds`` for the first.

        Returns at once when nothing is in flight.
        """
        deadline = monotonic() + timeout_seconds
        while self._running:
            now = monotonic()
            self._turn(now, 0 if self._done else deadline - now)
            if self._done or monotonic() >= deadline:
                break
        done, self._done = self._done, []
        return done

    def close(self) -> None:
        """Drop what is in flight and close every connection."""
        for exchange in self._running.values():
            self._lane(exchange).remove(exchange.handle)
        for exchange in (*self._running.values(), *self._idle):
            exchange.close()
        self._running.clear()
        self._idle.clear()
        self._healthy.close()
        self._suspect.close()
        self._epoll.close()

    def _judge(self, url: str) -> tuple[Refusal | None, str, bool]:
        """The guard's verdict on ``url``, remembered: few hooks get many deliveries."""
        if len(self._judged) >= _KNOWN_URLS:
            self._judged.clear()
        refusal = self._guard.judge_url(url)
        try:
            sent = parse_target(url).url
        except RefusedUrlError as refused:
            refusal, sent = refused.refusal, ""
        self._judged[url] = refusal, sent, self._guard.is_own_sandbox(url)
        return self._judged[url]

    def _turn(self, now: float, wait: float) -> None:
        """Wait for sockets and timers at most ``wait`` seconds, then let libcurl act on them."""
        lanes = (self._healthy, self._suspect)
        for lane in lanes:
            if lane.due is not None:
                wait = min(wait, lane.due - now)
        for descriptor, events in self._epoll.poll(max(wait, 0)):
            lane = self._by_socket.get(descriptor)
            if lane is None:
                self._let_go(descriptor)
            else:
                lane.on_socket(descriptor, events)
        now = monotonic()
        for lane in lanes:
            lane.on_time(now)
            self._collect(lane)

    def _collect(self, lane: Lane) -> None:
        for handle, number, text in lane.ended():
            lane.remove(handle)
            exchange = self._running.pop(handle)
            self._done.append((exchange.request, exchange.reply(number, text)))
            self._idle.append(exchange)

    def _let_go(self, descriptor: int) -> None:
        """Stop watching a resting connection that its far end has closed."""
        self._by_socket.pop(descriptor, None)
        with suppress(OSError):
            self._epoll.unregister(descriptor)

    def _lane(self, exchange: Exchange) -> Lane:
        return self._suspect if exchange.request.suspect else self._healthy
