"""Which addresses the door out may reach, told from a URL's text and from a resolved address.

A URL is taken apart once, strictly, and put together again for the wire, so that what was judged
and what is dialled cannot differ. A name says nothing about where it leads: the address it
resolves to is judged again where the socket is opened.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address
from string import printable
from urllib.parse import quote

import idna

from portal.domain.special_addresses import (
    Address,
    Network,
    is_metadata,
    is_public,
    plain,
    within,
)

_DEFAULT_PORTS = {"http": 80, "https": 443}
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)([^?#]*)(\?[^#]*)?(?:#.*)?")
_AUTHORITY = re.compile(r"(\[[^\[\]@]*\]|[^:\[\]@]+)(?::([0-9]{1,5}))?")
_FORBIDDEN = re.compile(r"[\s\\\x00-\x20\x7f-\x9f\ud800-\udfff]")
_NAME = re.compile(r"(?=.{1,254}\Z)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?")
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")
_SANDBOX_TOKEN = re.compile(r"[A-Za-z0-9_-]+")


_LOOPBACK = (IPv4Address("127.0.0.1"), IPv6Address("::1"))
# Names of metadata servers that only a cloud's own name server knows.
_METADATA_NAMES = frozenset({"metadata.google.internal", "metadata.goog"})


class Refusal(StrEnum):
    """Why a URL is not sent to; the codes of the delivery log."""

    BLOCKED_PRIVATE_ADDRESS = "blocked_private_address"
    BLOCKED_SCHEME_OR_PORT = "blocked_scheme_or_port"
    INVALID_URL = "invalid_url"


class RefusedUrlError(ValueError):
    """A URL whose text alone rules it out; ``refusal`` says why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


@dataclass(frozen=True)
class Target:
    """A URL taken apart: the host in ASCII, an address in its usual notation, the port filled in.

    ``address`` is set when the host is a literal address; ``path`` holds the query as well.
    """

    scheme: str
    host: str
    address: Address | None
    port: int
    path: str

    @property
    def url(self) -> str:
        """The URL in ASCII, without its fragment: what goes to the wire."""
        port = "" if self.port == _DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}{self.path}"

    @property
    def is_localhost(self) -> bool:
        """Whether the host is one of the names that always mean this machine (RFC 6761)."""
        return f".{self.host}".removesuffix(".").endswith(".localhost")


def parse_target(url: str) -> Target:
    """Take ``url`` apart. Raises :class:`RefusedUrlError` on anything but a clean http(s) URL.

    Names in any script are taken and become their ASCII form (IDNA 2008 after UTS 46 mapping).
    """
    parts = _URL.fullmatch(url)
    if parts is None or _FORBIDDEN.search(url):
        raise RefusedUrlError(Refusal.INVALID_URL)
    scheme = parts[1].lower()
    if scheme not in _DEFAULT_PORTS:
        raise RefusedUrlError(Refusal.BLOCKED_SCHEME_OR_PORT)
    authority = _AUTHORITY.fullmatch(parts[2])
    port = int(authority[2] or _DEFAULT_PORTS[scheme]) if authority else 0
    if authority is None or not 0 < port < 65536:
        raise RefusedUrlError(Refusal.INVALID_URL)
    host, address = _read_host(authority[1])
    path = quote((parts[3] or "/") + (parts[4] or ""), safe=printable)
    return Target(scheme, host, address, port, path)


@dataclass(frozen=True)
class Guard:
    """The operator's choice of what may be reached.

    ``networks`` are exceptions: private addresses that may be reached all the same. ``ports`` are
    the allowed ones, None for any. The sandboxes below ``own_base_url`` need no exception.
    """

    networks: tuple[Network, ...]
    ports: frozenset[int] | None
    own_base_url: str

    def judge_url(self, url: str) -> Refusal | None:
        """What can be told from the text of ``url``: None when it may be tried."""
        try:
            target = parse_target(url)
        except RefusedUrlError as refused:
            return refused.refusal
        own = self.is_own_sandbox(url)
        if not self._allows_host(target, own):
            return Refusal.BLOCKED_PRIVATE_ADDRESS
        if not (own or self.ports is None or target.port in self.ports):
            return Refusal.BLOCKED_SCHEME_OR_PORT
        return None

    def allows_address(self, ip: str, url: str) -> bool:
        """Whether the address ``ip``, which the host of ``url`` resolved to, may be dialled."""
        try:
            address = ip_address(ip)
        except ValueError:
            return False
        return self._allows(address, self.is_own_sandbox(url))

    def is_own_sandbox(self, url: str) -> bool:
        """Whether ``url`` is, to the letter, the address of one of the portal's own sandboxes."""
        start = f"{self.own_base_url.rstrip('/')}/sandbox/"
        return url.startswith(start) and bool(_SANDBOX_TOKEN.fullmatch(url, len(start)))

    def _allows_host(self, target: Target, own: bool) -> bool:
        if target.address is not None:
            return self._allows(target.address, own)
        if target.host.removesuffix(".") in _METADATA_NAMES:
            return False
        return not target.is_localhost or any(self._allows(each, own) for each in _LOOPBACK)

    def _allows(self, address: Address, own: bool) -> bool:
        if is_metadata(address):
            return False
        return own or is_public(address) or within(plain(address), self.networks)


def _read_host(text: str) -> tuple[str, Address | None]:
    """The host as it is sent, and its address when it is a literal one."""
    if text.startswith("["):
        address = _bracketed(text)
        return f"[{address}]", address
    name = _ascii_name(text)
    if not _NAME.fullmatch(name):
        raise RefusedUrlError(Refusal.INVALID_URL)
    labels = name.removesuffix(".").split(".")
    if _NUMBER.fullmatch(labels[-1]):
        address = _numbered(labels)
        return str(address), address
    return name, None


def _bracketed(text: str) -> IPv6Address:
    # A zone names a network card of this machine, which is nobody's business outside.
    try:
        return IPv6Address(text[1:-1].replace("%", "no zones"))
    except ValueError as error:
        raise RefusedUrlError(Refusal.INVALID_URL) from error


def _ascii_name(text: str) -> str:
    if text.isascii():
        return text.lower()
    try:
        return idna.encode(text, uts46=True).decode("ascii")
    except UnicodeError as error:
        raise RefusedUrlError(Refusal.INVALID_URL) from error


def _numbered(labels: list[str]) -> IPv4Address:
    """The address in the old notations of ``inet_aton``: 127.1, 0x7f.1, 017700000001, 2130706433.

    A host that ends in a number is never a name (URL standard, "ends in a number").
    """
    try:
        *first, last = [_whole_number(label) for label in labels]
        if len(first) > 3 or any(part > 255 for part in first):
            raise ValueError
        room = 256 ** (4 - len(first))
        if last >= room:
            raise ValueError
        return IPv4Address(int.from_bytes(bytes(first) + bytes(4 - len(first))) + last)
    except ValueError as error:
        raise RefusedUrlError(Refusal.INVALID_URL) from error


def _whole_number(label: str) -> int:
    if label.startswith("0x"):
        return int(label, 16)
    return int(label, 8 if label.startswith("0") else 10)
