"""One libcurl handle, used for one exchange after another, and what arrives on it."""

from functools import lru_cache

import pycurl

from portal.domain.addresses import Guard
from portal.sender.dial import Dial, set_up
from portal.sender.faults import fault_code, fault_detail
from portal.sender.messages import READ_BODY, Headers, Reply, Request, failure

READ_HEADERS = 64 * 1024
CONNECT_SECONDS = 5.0
DNS_CACHE_SECONDS = 10

# An empty value takes away a header that libcurl would add; one given under the same name stays.
_WITHDRAWN = ("Expect:", "Accept:", "Content-Type:", "User-Agent:")
_OPTIONS = {
    pycurl.POST: 1,
    pycurl.HTTP_VERSION: pycurl.CURL_HTTP_VERSION_1_1,
    pycurl.HTTP09_ALLOWED: 0,
    pycurl.PATH_AS_IS: 1,
    pycurl.DNS_CACHE_TIMEOUT: DNS_CACHE_SECONDS,
}


class Exchange:
    """A handle with its options set once; :meth:`prepare`, let it run, :meth:`reply`."""

    def __init__(self, guard: Guard, ca_file: str | None) -> None:
        self.request: Request
        self._dial = Dial(guard)
        self._timeout_ms = 0
        self._own = False
        self._forget()
        self.handle = pycurl.Curl()
        self._set_up(ca_file)

    def prepare(self, request: Request, url: str, own: bool) -> None:
        """Load ``request``, to be sent to ``url`` (``own``: one of the portal's sandboxes).

        Raises ValueError when a header holds a line break, ``pycurl.error`` on what libcurl
        does not take.
        """
        self.request = request
        self._dial.begin(request.url)
        self._forget()
        setopt = self.handle.setopt
        setopt(pycurl.URL, url)
        setopt(pycurl.HTTPHEADER, _header_lines(request.headers))
        if request.is_get:
            setopt(pycurl.HTTPGET, 1)
        else:
            # Makes a POST of a handle whose last exchange was a GET, too.
            setopt(pycurl.POSTFIELDS, request.body)
        if own is not self._own:
            # Kept alive, the connection could carry a later request to the same host past the
            # guard, which looks only at connections that are opened.
            setopt(pycurl.FORBID_REUSE, int(own))
            self._own = own
        self._set_deadline(max(1, int(request.timeout_seconds * 1000)))

    def reply(self, number: int, text: str) -> Reply:
        """What became of the exchange that ended with libcurl's error ``number`` (0 for none)."""
        milliseconds = self.handle.getinfo(pycurl.TOTAL_TIME_T) // 1000
        if number == 0 or self._body_size > READ_BODY:
            return self._answer(milliseconds)
        return self._failure(number, text, milliseconds)

    def close(self) -> None:
        """Free the handle."""
        self.handle.close()

    def _answer(self, milliseconds: int) -> Reply:
        status = self.handle.getinfo(pycurl.RESPONSE_CODE)
        headers = _read_headers(self._lines)
        if status < 200 or headers is None:
            return failure("connection_reset", "the answer ended too early", milliseconds)
        kept = self.request.kept_bytes
        body, cut = bytes(self._body[:kept]), self._body_size > kept
        return Reply(status, headers, body, cut, None, None, milliseconds)

    def _failure(self, number: int, text: str, milliseconds: int) -> Reply:
        if self._header_size > READ_HEADERS:
            return failure("invalid_response", "more than 64 KiB of headers", milliseconds)
        if self._dial.verdict and not self._dial.dialled and number == pycurl.E_COULDNT_CONNECT:
            return failure(*self._dial.verdict, milliseconds)
        error = fault_code(number, text, self.handle)
        return failure(error, fault_detail(number, text, self.handle), milliseconds)

    def _set_up(self, ca_file: str | None) -> None:
        set_up(self.handle, ca_file)
        for option, value in _OPTIONS.items():
            self.handle.setopt(option, value)
        self.handle.setopt(pycurl.HEADERFUNCTION, self._take_header)
        self.handle.setopt(pycurl.WRITEFUNCTION, self._take_body)
        self.handle.setopt(pycurl.OPENSOCKETFUNCTION, self._dial.open)

    def _set_deadline(self, milliseconds: int) -> None:
        if milliseconds != self._timeout_ms:
            connect = min(milliseconds, int(CONNECT_SECONDS * 1000))
            self.handle.setopt(pycurl.TIMEOUT_MS, milliseconds)
            self.handle.setopt(pycurl.CONNECTTIMEOUT_MS, connect)
            self._timeout_ms = milliseconds

    def _forget(self) -> None:
        self._lines: list[bytes] = []
        self._header_size = 0
        self._body = bytearray()
        self._body_size = 0

    def _take_header(self, line: bytes) -> int | None:
        self._header_size += len(line)
        if self._header_size > READ_HEADERS:
            return 0
        self._lines.append(line)
        return None

    def _take_body(self, chunk: bytes) -> int | None:
        self._body_size += len(chunk)
        if len(self._body) < self.request.kept_bytes:
            self._body += chunk
        return 0 if self._body_size > READ_BODY else None


def _header_lines(headers: Headers) -> list[bytes]:
    """The lines for libcurl; a header without a value ends in a semicolon there.

    Raises ValueError when a name or value would break its line.
    """
    lines = [f"{name}: {value}" if value else f"{name};" for name, value in headers]
    text = "\n".join((*_WITHDRAWN, *lines))
    if text.count("\n") != len(_WITHDRAWN) + len(lines) - 1 or "\r" in text or "\0" in text:
        raise ValueError("a header holds a line break")
    return text.encode().split(b"\n")


def _read_headers(lines: list[bytes]) -> Headers | None:
    """The headers of the last answer in ``lines``, without interim answers and trailers.

    None when the empty line that ends them never came.
    """
    first = len(lines) - 1
    while first >= 0 and not lines[first].startswith(b"HTTP/"):
        first -= 1
    fields = list(map(_read_field, lines[first + 1 :]))
    return tuple(fields[: fields.index(None)]) if None in fields else None


# A receiver says nearly the same headers every time.
@lru_cache(maxsize=512)
def _read_field(line: bytes) -> tuple[str, str] | None:
    """One header as (lower-case name, value); None for the empty line that ends them."""
    name, _, value = line.decode("utf-8", "replace").strip().partition(":")
    return (name.lower(), value.lstrip()) if name else None
