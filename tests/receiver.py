"""A real HTTP server on loopback that records what arrives and answers as it is told."""

import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from json import loads
from threading import Event, Lock, Thread
from time import monotonic
from typing import Any

from tests.waiting import until


@dataclass(frozen=True)
class Arrival:
    """One request: ``headers`` are case-insensitive, ``at`` is a monotonic time in seconds."""

    method: str
    path: str
    headers: Message
    body: bytes
    at: float

    @property
    def json(self) -> Any:
        """The body, parsed."""
        return loads(self.body)


@dataclass(frozen=True)
class Answer:
    """What to answer: after ``hold`` is set, if there is one; nothing at all if ``close``."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b"ok"
    hold: Event | None = None
    close: bool = False


Answering = Answer | Callable[[Arrival], Answer]


class Receiver:
    """Listens from when it is made until :meth:`close`; answers 200 unless told otherwise."""

    def __init__(self) -> None:
        self.arrivals: list[Arrival] = []
        self._lock = Lock()
        self._answers: list[Answering] = [Answer()]
        self._holds: list[Event] = []
        self._server = _Server(self)
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.005})
        self._thread.start()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._server.server_address[1]

    @property
    def url(self) -> str:
        """An address of its own; any other path does as well."""
        return f"http://127.0.0.1:{self.port}/hook"

    def answer(self, *answers: Answering | int) -> None:
        """From now on give one of ``answers`` a request, in order; the last one for good.

        A number is an answer with that status; a callable gets the arrival.
        """
        with self._lock:
            self._answers = [Answer(status=a) if isinstance(a, int) else a for a in answers]
            self._holds += [a.hold for a in self._answers if isinstance(a, Answer) and a.hold]

    def wait_for(self, count: int, timeout: float = 10.0) -> list[Arrival]:
        """What has arrived, as soon as that is at least ``count`` requests."""
        until(lambda: len(self.arrivals) >= count, timeout)
        return list(self.arrivals)

    def record(self, arrival: Arrival) -> Answer:
        """Keep ``arrival`` and settle how it is answered."""
        with self._lock:
            self.arrivals.append(arrival)
            answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return answer if isinstance(answer, Answer) else answer(arrival)

    def close(self) -> None:
        """Stop listening, let every held answer go and cut what is still connected."""
        for hold in self._holds:
            hold.set()
        self._server.shutdown()
        self._server.cut()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    # Joined when it closes, so that no thread and no socket outlives its test.
    daemon_threads = False
    request_queue_size = 1024

    def __init__(self, receiver: Receiver) -> None:
        self.receiver = receiver
        self._connections: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), _Handler)

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        self._connections.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a sender that hangs up in the middle is part of the tests."""

    def cut(self) -> None:
        for connection in list(self._connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # It has just hung up by itself.


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_POST(self) -> None:  # noqa: N802 - the name that the standard library calls
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        arrival = Arrival(self.command, self.path, self.headers, body, monotonic())
        answer = self.server.receiver.record(arrival)
        if answer.hold:
            answer.hold.wait(60)
        if answer.close:
            self.close_connection = True
            return
        self._send(answer)

    do_GET = do_PUT = do_PATCH = do_DELETE = do_POST  # noqa: N815

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if "content-length" not in {name.lower() for name in answer.headers}:
            self.send_header("content-length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *_: Any) -> None:
        """Say nothing: the arrivals are the log."""
