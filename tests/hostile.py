"""Receivers that behave badly, for tests: a small threaded socket server, one behaviour each.

``with receiver(drip_body) as there:`` listens on a free loopback port; ``there.url`` is where to
send, ``there.requests`` the raw requests that came. A behaviour gets the connection after the
request was read whole and does with it what it likes; the connection is closed when it returns.
"""

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

OK = b"HTTP/1.1 200 OK\r\n"
EMPTY_OK = OK + b"Content-Length: 0\r\n\r\n"
DRIP_SECONDS = 0.05


@dataclass
class Receiver:
    """A running receiver; ``stop`` is set when it shall end."""

    port: int
    scheme: str = "http"
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    stop: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """Where to send."""
        return f"{self.scheme}://127.0.0.1:{self.port}/here"

    def drip(self, connection: socket.socket, piece: bytes) -> None:
        """Send ``piece`` again and again, slowly, until the other side leaves or the test ends."""
        while not self.stop.wait(DRIP_SECONDS):
            connection.sendall(piece)


Behaviour = Callable[[socket.socket, Receiver], None]


@contextmanager
def receiver(
    behaviour: Behaviour, tls: ssl.SSLContext | None = None, port: int = 0
) -> Iterator[Receiver]:
    """A receiver that answers every request with ``behaviour``, over TLS when ``tls`` is given."""
    with socket.create_server(("127.0.0.1", port), backlog=2048) as listener:
        there = Receiver(listener.getsockname()[1], "https" if tls else "http")
        accepting = threading.Thread(target=_accept, args=(listener, there, behaviour, tls))
        accepting.start()
        try:
            yield there
        finally:
            there.stop.set()
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            accepting.join(10)


def _accept(
    listener: socket.socket, there: Receiver, behaviour: Behaviour, tls: ssl.SSLContext | None
) -> None:
    """Serve each connection in a thread of its own; end all of them and wait at the end."""
    served: list[tuple[threading.Thread, socket.socket]] = []
    with suppress(OSError):
        while not there.stop.is_set():
            connection, _ = listener.accept()
            there.connections += 1
            if tls:
                connection = tls.wrap_socket(
                    connection, server_side=True, do_handshake_on_connect=False
                )
            thread = threading.Thread(target=_serve, args=(connection, there, behaviour))
            served.append((thread, connection))
            thread.start()
    for thread, connection in served:
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
        thread.join(10)


def _serve(connection: socket.socket, there: Receiver, behaviour: Behaviour) -> None:
    with connection, suppress(OSError):
        while (request := _read_request(connection)) and not there.stop.is_set():
            there.requests.append(request)
            behaviour(connection, there)
            if behaviour not in _KEEPING:
                break


def _read_request(connection: socket.socket) -> bytes:
    """One request with its body, or nothing when the other side left."""
    request = b""
    while b"\r\n\r\n" not in request:
        if not (part := connection.recv(65536)):
            return b""
        request += part
    head, _, body = request.partition(b"\r\n\r\n")
    lengths = [line[15:] for line in head.lower().split(b"\r\n") if line[:15] == b"content-length:"]
    while lengths and len(body) < int(lengths[0]):
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def answer(raw: bytes) -> Behaviour:
    """A behaviour that sends ``raw`` and closes."""
    return lambda connection, there: connection.sendall(raw)


def fine(connection: socket.socket, there: Receiver) -> None:
    """A good answer on a connection that stays open."""
    connection.sendall(OK + b"Content-Type: text/plain\r\nContent-Length: 2\r\n\r\nok")


def slow_but_fine(connection: socket.socket, there: Receiver) -> None:
    """A good answer after a while."""
    there.stop.wait(0.4)
    fine(connection, there)


def hang(connection: socket.socket, there: Receiver) -> None:
    """Nothing, for as long as it takes."""
    there.stop.wait()


def drip_headers(connection: socket.socket, there: Receiver) -> None:
    """A status line, then headers without end."""
    connection.sendall(OK)
    there.drip(connection, b"X-Drip: 1\r\n")


def drip_body(connection: socket.socket, there: Receiver) -> None:
    """A good answer whose body comes a byte at a time."""
    connection.sendall(OK + b"Content-Length: 100000\r\n\r\n")
    there.drip(connection, b"x")


def drip_trailers(connection: socket.socket, there: Receiver) -> None:
    """A chunked answer whose trailers have no end."""
    connection.sendall(OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n")
    there.drip(connection, b"X-Drip: 1\r\n")


def drip_continue(connection: socket.socket, there: Receiver) -> None:
    """ "100 Continue", again and again."""
    there.drip(connection, b"HTTP/1.1 100 Continue\r\n\r\n")


def flood_continue(connection: socket.socket, there: Receiver) -> None:
    """ "100 Continue" as fast as the wire takes it."""
    while not there.stop.is_set():
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)


def flood_headers(connection: socket.socket, there: Receiver) -> None:
    """Headers as fast as the wire takes them."""
    connection.sendall(OK)
    while not there.stop.is_set():
        connection.sendall(b"X-Flood: 0123456789\r\n" * 1000)


def flood_header_line(connection: socket.socket, there: Receiver) -> None:
    """One header that has no end."""
    connection.sendall(OK + b"X-Flood: ")
    while not there.stop.is_set():
        connection.sendall(b"0123456789" * 1000)


def huge_body(connection: socket.socket, there: Receiver) -> None:
    """A body of a gigabyte."""
    connection.sendall(OK + b"Content-Length: 1073741824\r\n\r\n")
    for _ in range(1024):
        connection.sendall(bytes(1024 * 1024))


def reset(connection: socket.socket, there: Receiver) -> None:
    """A reset in place of an answer."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


_KEEPING = (fine, slow_but_fine)
