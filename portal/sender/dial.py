"""Where sockets are opened: the one place at which an address is judged before it is dialled."""

import socket
from pathlib import Path
from typing import Any

import certifi
import pycurl

from portal.domain.addresses import Guard, Refusal

# libcurl finds these by itself; where a system has none of them, certifi's roots stand in.
_SYSTEM_ROOTS = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
# What holds for everything that leaves the portal.
_OPTIONS = {
    pycurl.PROTOCOLS: pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS,
    pycurl.FOLLOWLOCATION: 0,
    pycurl.PROXY: "",
    pycurl.NOPROXY: "*",
    pycurl.NETRC: pycurl.NETRC_IGNORED,
    pycurl.NOSIGNAL: 1,
    pycurl.SSL_VERIFYPEER: 1,
    pycurl.SSL_VERIFYHOST: 2,
    pycurl.SSLVERSION: pycurl.SSLVERSION_TLSv1_2,
}


class Dial:
    """Opens the sockets of one libcurl handle, where the guard allows it, for one URL at a time.

    ``verdict`` is why none was opened, as a code and a text; ``dialled`` whether one was. A name
    may have allowed and refused addresses; the refusal counts only when none was dialled.
    """

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self.begin("")

    def begin(self, url: str) -> None:
        """Judge by ``url`` from now on."""
        self._url = url
        self.verdict: tuple[str, str] | None = None
        self.dialled = False

    def open(self, purpose: int, peer: tuple[int, int, int, Any]) -> Any:
        """A socket for the resolved ``peer``, or none when the guard refuses the address."""
        family, kind, protocol, address = peer
        known = purpose == pycurl.SOCKTYPE_IPCXN and family in (socket.AF_INET, socket.AF_INET6)
        if not (known and self._guard.allows_address(address[0], self._url)):
            blocked = Refusal.BLOCKED_PRIVATE_ADDRESS.value
            self.verdict = (blocked, "the host's address is not allowed")
            return pycurl.SOCKET_BAD
        try:
            opened = _HandedOver(family, kind, protocol)
        except OSError as error:
            self.verdict = ("internal_error", f"no socket: {error.strerror}")
            return pycurl.SOCKET_BAD
        self.dialled = True
        return opened


def set_up(handle: pycurl.Curl, ca_file: str | None) -> None:
    """Give ``handle`` what holds for everything that leaves the portal; ``ca_file`` names the
    trusted roots instead of the system's."""
    for option, value in _OPTIONS.items():
        handle.setopt(option, value)
    roots = ca_file or _roots()
    if roots:
        handle.setopt(pycurl.CAINFO, roots)


class _HandedOver(socket.socket):
    """A socket that pycurl duplicates and drops: it closes without a complaint."""

    def __del__(self) -> None:
        self.close()


def _roots() -> str | None:
    """certifi's bundle where the system has none; None leaves the choice to libcurl."""
    return None if any(Path(path).exists() for path in _SYSTEM_ROOTS) else certifi.where()
