"""``python -m tests.bench.sink SECONDS [FILE]``: the cheapest honest HTTP receiver, one process.

Answers every POST with 200 after the given delay; prints its port first. Into FILE it writes a
line a POST: the number in its data and when it came, in monotonic seconds.
"""

import re
import select
import socket
import sys
from collections import deque
from pathlib import Path
from time import monotonic

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
LENGTH = b"content-length:"
NUMBER = re.compile(rb'"number": ?(\d+)')


class Sink:
    """An epoll loop over keep-alive connections."""

    def __init__(self, delay: float, log: Path | None = None) -> None:
        """``delay``: seconds before each answer."""
        self._delay = delay
        self._log = log.open("a", buffering=1) if log else None
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
        self._listener.setblocking(False)
        self._epoll = select.epoll()
        self._epoll.register(self._listener, select.EPOLLIN)
        self._connections: dict[int, socket.socket] = {}
        self._unread: dict[int, bytes] = {}
        self._due: deque[tuple[float, socket.socket]] = deque()

    def serve(self) -> None:
        """Answer until the process is ended."""
        print(self._listener.getsockname()[1], flush=True)
        while True:
            wait = max(0.0, self._due[0][0] - monotonic()) if self._due else 1.0
            for descriptor, _ in self._epoll.poll(wait):
                if descriptor == self._listener.fileno():
                    self._accept()
                else:
                    self._receive(descriptor)
            while self._due and self._due[0][0] <= monotonic():
                self._answer(self._due.popleft()[1])

    def _accept(self) -> None:
        try:
            while True:
                connection, _ = self._listener.accept()
                connection.setblocking(False)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._connections[connection.fileno()] = connection
                self._unread[connection.fileno()] = b""
                self._epoll.register(connection, select.EPOLLIN)
        except BlockingIOError:
            return

    def _receive(self, descriptor: int) -> None:
        connection = self._connections[descriptor]
        try:
            data = connection.recv(65536)
        except ConnectionError:
            data = b""
        if not data:
            self._epoll.unregister(descriptor)
            del self._connections[descriptor], self._unread[descriptor]
            connection.close()
            return
        self._unread[descriptor] = rest = self._unread[descriptor] + data
        head = rest.find(b"\r\n\r\n")
        if head < 0:
            return
        at = rest.lower().index(LENGTH) + len(LENGTH)
        end = head + 4 + int(rest[at : rest.index(b"\r\n", at)])
        if len(rest) >= end:
            if self._log:
                self._note(rest[head:end])
            self._unread[descriptor] = rest[end:]
            if self._delay:
                self._due.append((monotonic() + self._delay, connection))
            else:
                self._answer(connection)

    def _note(self, body: bytes) -> None:
        number = NUMBER.search(body)
        if number and self._log:
            self._log.write(f"{number[1].decode()} {monotonic()}\n")

    def _answer(self, connection: socket.socket) -> None:
        try:
            connection.send(ANSWER)
        except OSError:
            return


if __name__ == "__main__":
    Sink(float(sys.argv[1]), *map(Path, sys.argv[2:])).serve()
