"""Looking at endpoints through the door out, against real servers on the loopback."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_network
from time import monotonic
from zoneinfo import ZoneInfo

import pytest

from portal.domain.addresses import Guard, Refusal
from portal.domain.certificates import read_chain
from portal.sender import Look, look_at, looking
from tests import hostile
from tests.authority import Authority
from tests.hostile import receiver
from tests.waiting import until

OPEN = Guard((ip_network("127.0.0.0/8"),), None, "http://127.0.0.1:1")
SHUT = Guard((), None, "http://127.0.0.1:1")


class BlindToText(Guard):
    """A guard that lets every URL pass by its text, as a name with a changing answer would."""

    def judge_url(self, url: str) -> Refusal | None:
        return None


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@contextmanager
def serving(authority: Authority, *context: object) -> Iterator[hostile.Receiver]:
    with receiver(hostile.fine, authority.context(*context)) as there:  # type: ignore[arg-type]
        yield there


def look(origin: str, guard: Guard = OPEN, authority: Authority | None = None) -> Look:
    return look_at([origin], guard, str(authority.file) if authority else None)[origin]


@pytest.mark.parametrize(
    ("host", "days", "own", "error"),
    [
        ("127.0.0.1", 20, False, None),
        ("127.0.0.1", -2, False, "tls_expired"),
        ("other.example", 20, False, "tls_hostname_mismatch"),
        ("127.0.0.1", 20, True, "tls_untrusted"),
    ],
)
def test_a_certificate_is_read_whether_it_is_good_or_not_and_nothing_is_sent(
    authority: Authority, host: str, days: int, own: bool, error: str | None
) -> None:
    with serving(authority, host, days, own) as there:
        seen = look(f"https://127.0.0.1:{there.port}", authority=authority)
    certificate = read_chain(seen.chain)
    assert seen.error == error
    assert certificate
    assert certificate.names == (host,)
    assert certificate.issuer == ("test server" if own else "test root")
    assert (seen.connect_ms is None) is bool(error)
    assert there.requests == []


def test_a_certificate_may_bear_arabic_and_have_no_end_to_speak_of(authority: Authority) -> None:
    with serving(authority, "127.0.0.1", 2_912_000, True, "شهادة المتجر") as there:
        seen = look(f"https://127.0.0.1:{there.port}")
    certificate = read_chain(seen.chain)
    assert seen.error == "tls_untrusted"
    assert certificate
    assert certificate.issuer == "شهادة المتجر"
    # Such a date is shown in any zone.
    assert certificate.expires_at.astimezone(ZoneInfo("Asia/Riyadh")).year == 9998


def test_a_plain_endpoint_is_connected_to_and_told_nothing() -> None:
    with receiver(hostile.fine) as there:
        seen = look(f"http://127.0.0.1:{there.port}")
        until(lambda: there.connections)
    assert (seen.error, seen.chain) == (None, ())
    assert seen.connect_ms is not None
    assert (there.connections, there.requests) == (1, [])


def test_a_name_is_told_with_its_addresses_and_an_address_without() -> None:
    with receiver(hostile.fine) as there:
        named, plain = (f"http://{host}:{there.port}" for host in ("localhost", "127.0.0.1"))
        seen = look_at([named, plain], OPEN)
    # The other address of the name is not allowed, so it is not told.
    assert [seen[origin].addresses for origin in (named, plain)] == [("127.0.0.1",), ()]


@pytest.mark.parametrize(
    ("origin", "guard", "error"),
    [
        ("https://nobody.invalid:443", OPEN, "dns_failure"),
        ("http://10.0.0.1:80", OPEN, "blocked_private_address"),
        ("http://169.254.169.254:80", OPEN, "blocked_private_address"),
        ("ftp://127.0.0.1:21", OPEN, "blocked_scheme_or_port"),
        (
            "http://127.0.0.1:22",
            Guard(OPEN.networks, frozenset({80}), ""),
            "blocked_scheme_or_port",
        ),
    ],
)
def test_what_cannot_be_reached_says_why(origin: str, guard: Guard, error: str) -> None:
    assert look(origin, guard) == Look(error)


def test_a_port_on_which_nobody_listens_refuses() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert look(f"http://127.0.0.1:{port}").error == "connection_refused"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize("kind", [Guard, BlindToText])
def test_an_address_that_is_not_allowed_is_never_dialled(host: str, kind: type[Guard]) -> None:
    with receiver(hostile.fine) as there:
        seen = look(f"http://{host}:{there.port}", kind((), None, "http://127.0.0.1:1"))
    assert seen == Look("blocked_private_address")
    assert there.connections == 0


def test_a_server_that_hangs_in_the_handshake_holds_up_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(looking, "CONNECT_SECONDS", 0.5)
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        receiver(hostile.fine) as there,
    ):
        hanging = f"https://127.0.0.1:{listener.getsockname()[1]}"
        good = f"http://127.0.0.1:{there.port}"
        begun = monotonic()
        seen = look_at([hanging, good], OPEN)
    assert monotonic() - begun < 3
    assert (seen[hanging].error, seen[good].error) == ("connect_timeout", None)


def test_a_server_that_does_not_speak_tls_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "CONNECT_SECONDS", 0.5)
    with receiver(hostile.answer(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as there:
        seen = look(f"https://127.0.0.1:{there.port}")
    assert seen.error in ("tls_handshake", "connection_reset", "connect_timeout")
    assert seen.chain == ()


def test_nothing_to_look_at_is_nothing_seen() -> None:
    assert look_at([], OPEN) == {}


def test_a_chain_that_is_no_certificate_is_not_read() -> None:
    assert read_chain([]) is None
    assert read_chain(["-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"]) is None


def test_a_chain_out_of_time_ends_with_the_first_that_ends(authority: Authority) -> None:
    with (
        serving(authority, "127.0.0.1", 20) as good,
        serving(authority, "127.0.0.1", -2) as ended,
    ):
        chains = [
            look(f"https://127.0.0.1:{there.port}", authority=authority).chain
            for there in (good, ended)
        ]
    both = (*chains[0], *chains[1])
    ends = [read_chain(both, is_out_of_time) for is_out_of_time in (False, True)]
    assert ends[0]
    assert ends[1]
    assert ends[0].expires_at > ends[1].expires_at
