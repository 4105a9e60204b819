"""Looking at endpoints without sending them anything: names, connections and certificates.

A look opens connections through the same guarded door as a send, and closes them as soon as they
stand: libcurl writes no request on them. The certificate is read where it is refused as well,
because that of an expired one is what people want to know.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack
from typing import Any, NamedTuple

import pycurl

from portal.domain.addresses import Guard, Refusal, RefusedUrlError, parse_target
from portal.sender.dial import Dial, set_up
from portal.sender.faults import fault_code

NAME_SECONDS, CONNECT_SECONDS = 4.0, 5.0
# All looks of a call begin at once, so this is about the longest of them.
DEADLINE_SECONDS = 10.0
MOST_ADDRESSES = 16


class Look(NamedTuple):
    """What is seen of an endpoint: ``error`` is a code of the delivery log or None.

    ``addresses`` are those that its name resolved to and the guard allows; ``connect_ms`` is how
    long connecting took, the TLS handshake included; ``chain`` the certificates as PEM texts.
    """

    error: str | None
    addresses: tuple[str, ...] = ()
    connect_ms: int | None = None
    chain: tuple[str, ...] = ()


def look_at(origins: Sequence[str], guard: Guard, ca_file: str | None = None) -> dict[str, Look]:
    """What is seen at each of ``origins`` ("https://host:port"); takes ten seconds at most."""
    if not origins:
        return {}
    threads = ThreadPoolExecutor(len(origins), thread_name_prefix="looking")
    seen = dict.fromkeys(origins, Look("connect_timeout"))
    try:
        looks = [threads.submit(_look, origin, guard, ca_file, seen) for origin in origins]
        for look in wait(looks, DEADLINE_SECONDS).done:
            look.result()
        return dict(seen)
    finally:
        threads.shutdown(wait=False, cancel_futures=True)


def _look(origin: str, guard: Guard, ca_file: str | None, seen: dict[str, Look]) -> None:
    # Closing a handle waits for a name server that does not answer: what is known by then counts.
    with ExitStack() as handles:
        try:
            seen[origin] = _see(origin, guard, ca_file, handles)
        except (ValueError, pycurl.error):
            seen[origin] = Look("internal_error")


def _see(origin: str, guard: Guard, ca_file: str | None, handles: ExitStack) -> Look:
    refusal = guard.judge_url(origin)
    if refusal:
        return Look(refusal.value)
    error, addresses = _addresses(origin, guard, handles)
    if error:
        return Look(error)
    look = _connect(origin, guard, ca_file, handles)
    return look._replace(addresses=_named(origin, addresses))


def _named(origin: str, addresses: Iterable[str]) -> tuple[str, ...]:
    """``addresses`` in a lasting order; none where the host is an address itself."""
    try:
        is_name = parse_target(origin).address is None
    except RefusedUrlError:
        is_name = False
    return tuple(sorted(set(addresses))[:MOST_ADDRESSES]) if is_name else ()


def _addresses(origin: str, guard: Guard, handles: ExitStack) -> tuple[str | None, list[str]]:
    """What the host resolves to, an error first: libcurl tells of every address it would dial,
    and gets a socket for none."""
    seen: list[str] = []

    def refuse(_purpose: int, peer: tuple[int, int, int, Any]) -> int:
        seen.append(peer[3][0])
        return pycurl.SOCKET_BAD

    error = _perform(_handle(origin, refuse, NAME_SECONDS, None, handles))
    allowed = [address for address in seen if guard.allows_address(address, origin)]
    if seen:
        return None if allowed else Refusal.BLOCKED_PRIVATE_ADDRESS.value, allowed
    return error or "dns_failure", []


def _connect(origin: str, guard: Guard, ca_file: str | None, handles: ExitStack) -> Look:
    dial = Dial(guard)
    dial.begin(origin)
    handle = _handle(origin, dial.open, CONNECT_SECONDS, ca_file, handles)
    handle.setopt(pycurl.OPT_CERTINFO, 1)
    error = _perform(handle)
    if dial.verdict and not dial.dialled:
        return Look(dial.verdict[0])
    if error:
        return Look(error, chain=_chain(handle))
    return Look(None, connect_ms=_milliseconds(handle), chain=_chain(handle))


def _handle(
    origin: str, open_socket: Any, seconds: float, ca_file: str | None, handles: ExitStack
) -> pycurl.Curl:
    handle = pycurl.Curl()
    handles.callback(handle.close)
    set_up(handle, ca_file)
    handle.setopt(pycurl.URL, origin)
    # Nothing is written on the connection, and it is closed with its handle.
    handle.setopt(pycurl.CONNECT_ONLY, 1)
    handle.setopt(pycurl.TIMEOUT_MS, int(seconds * 1000))
    handle.setopt(pycurl.OPENSOCKETFUNCTION, open_socket)
    return handle


def _perform(handle: pycurl.Curl) -> str | None:
    try:
        handle.perform()
    except pycurl.error as error:
        number, text = error.args
        return fault_code(number, text, handle)
    return None


def _milliseconds(handle: pycurl.Curl) -> int:
    """How long connecting took, without looking the name up."""
    connected = handle.getinfo(pycurl.APPCONNECT_TIME_T) or handle.getinfo(pycurl.CONNECT_TIME_T)
    looked_up = handle.getinfo(pycurl.NAMELOOKUP_TIME_T)
    return max(1, round((connected - looked_up) / 1000))


def _chain(handle: pycurl.Curl) -> tuple[str, ...]:
    # As bytes: what else stands in a certificate need not be a text.
    fields = (dict(map(tuple, one)) for one in handle.getinfo_raw(pycurl.INFO_CERTINFO))
    return tuple(one[b"Cert"].decode("ascii", "replace") for one in fields if b"Cert" in one)
