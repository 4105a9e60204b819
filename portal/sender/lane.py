"""One libcurl multi stack whose sockets stand in an epoll set shared with others."""

import select
from collections.abc import Iterator
from contextlib import suppress
from time import monotonic
from typing import Any

import pycurl

_INTEREST = {
    pycurl.POLL_IN: select.EPOLLIN,
    pycurl.POLL_OUT: select.EPOLLOUT,
    pycurl.POLL_INOUT: select.EPOLLIN | select.EPOLLOUT,
}


class Lane:
    """Transfers that share look-up threads and warm connections.

    ``by_socket`` is shared as the epoll set is: every descriptor in the set, with the lane that
    waits for it, or None while its connection rests between two exchanges (leaving it in the set
    spares a system call a request). ``CurlMulti.select`` is avoided: it stops at descriptor 1024.
    """

    def __init__(
        self, epoll: select.epoll, by_socket: dict[int, "Lane | None"], kept_connections: int
    ) -> None:
        self.due: float | None = None
        self._epoll = epoll
        self._by_socket = by_socket
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_MAXCONNECTS, kept_connections)
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._watch)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._set_timer)
        self.add = self._multi.add_handle
        self.remove = self._multi.remove_handle

    def on_socket(self, descriptor: int, events: int) -> None:
        """Let libcurl act on what epoll said about ``descriptor``."""
        readable = pycurl.CSELECT_IN if events & ~select.EPOLLOUT else 0
        writable = pycurl.CSELECT_OUT if events & select.EPOLLOUT else 0
        self._multi.socket_action(descriptor, readable | writable)

    def on_time(self, now: float) -> None:
        """Let libcurl act on its timer when it is due at ``now`` (monotonic seconds)."""
        if self.due is not None and self.due <= now:
            self.due = None
            self._multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)

    def ended(self) -> Iterator[tuple[pycurl.Curl, int, str]]:
        """The handles that are through, each with libcurl's error number (0 for none) and text."""
        more = 1
        while more:
            more, well, badly = self._multi.info_read()
            yield from ((handle, 0, "") for handle in well)
            yield from badly

    def close(self) -> None:
        """Close the stack and every connection it kept."""
        self._multi.close()

    def _set_timer(self, milliseconds: int) -> None:
        self.due = None if milliseconds < 0 else monotonic() + milliseconds / 1000

    def _watch(self, what: int, descriptor: int, _multi: pycurl.CurlMulti, _data: Any) -> None:
        if what == pycurl.POLL_REMOVE:
            self._by_socket[descriptor] = None
            return
        known = descriptor in self._by_socket
        self._by_socket[descriptor] = self
        if known:
            # The number may stand for another socket by now; then it has left the set by itself.
            with suppress(FileNotFoundError):
                self._epoll.modify(descriptor, _INTEREST[what])
                return
        self._epoll.register(descriptor, _INTEREST[what])
