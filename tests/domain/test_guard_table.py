"""The address guard against our own table of URLs and answers."""

from ipaddress import ip_network

import pytest

from portal.domain.addresses import Guard, Refusal, parse_target
from tests.guard_table import ALLOWED, GATE, INVALID, METADATA, PRIVATE, UNSPEAKABLE, urls

PORTS = frozenset({80, 443, 8080, 8443})
BASE = "https://portal.example"
STRICT = Guard((), PORTS, BASE)
EVERYTHING = Guard((ip_network("0.0.0.0/0"), ip_network("::/0")), PORTS, BASE)
ROOMS = Guard((ip_network("10.0.0.0/8"), ip_network("fd00::/8")), PORTS, BASE)

VERDICTS = [
    *((url, None) for url in urls(ALLOWED)),
    *((url, Refusal.BLOCKED_PRIVATE_ADDRESS) for url in urls(PRIVATE + METADATA)),
    *((url, Refusal.BLOCKED_SCHEME_OR_PORT) for url in urls(GATE)),
    *((url, Refusal.INVALID_URL) for url in (*urls(INVALID), *UNSPEAKABLE)),
]
# URLs that can be taken apart.
WHOLE = (None, Refusal.BLOCKED_PRIVATE_ADDRESS)


@pytest.mark.parametrize(("url", "verdict"), VERDICTS)
def test_a_url_gets_the_answer_of_the_table(url: str, verdict: Refusal | None) -> None:
    assert STRICT.judge_url(url) is verdict


@pytest.mark.parametrize("url", urls(METADATA))
def test_no_exception_opens_where_clouds_keep_credentials(url: str) -> None:
    assert EVERYTHING.judge_url(url) is Refusal.BLOCKED_PRIVATE_ADDRESS
    assert ROOMS.judge_url(url) is Refusal.BLOCKED_PRIVATE_ADDRESS


@pytest.mark.parametrize("url", urls(PRIVATE))
def test_an_exception_for_everything_opens_what_is_only_private(url: str) -> None:
    # Link-local is where metadata lives, and stays shut; so does what carries it inside.
    is_link_local = "169.254" in url or url.startswith(
        ("http://[fe8", "http://[feb", "http://[FE8")
    )
    assert (EVERYTHING.judge_url(url) is None) is not is_link_local


@pytest.mark.parametrize("url", urls(PRIVATE + METADATA))
def test_the_address_in_a_url_is_refused_where_a_name_leads_to_it(url: str) -> None:
    address = parse_target(url).address
    if address is not None:
        assert not STRICT.allows_address(str(address), "https://example.com/")


def test_an_exception_opens_its_networks_in_every_notation_and_no_neighbour() -> None:
    for url in (
        "http://10.0.0.1/",
        "http://0xa.1/",
        "http://[::ffff:10.0.0.1]/",
        "http://[fd00::1]/",
    ):
        assert ROOMS.judge_url(url) is None
    for url in ("http://11.0.0.1.nip/", "http://8.8.8.8/"):
        assert ROOMS.judge_url(url) is None
    for url in (
        "http://127.0.0.1/",
        "http://192.168.0.1/",
        "http://[fc00::1]/",
        "http://localhost/",
    ):
        assert ROOMS.judge_url(url) is Refusal.BLOCKED_PRIVATE_ADDRESS
    assert ROOMS.judge_url("http://10.0.0.1:22/") is Refusal.BLOCKED_SCHEME_OR_PORT


@pytest.mark.parametrize("url", [url for url, verdict in VERDICTS if verdict in WHOLE])
def test_what_goes_to_the_wire_is_what_was_judged(url: str) -> None:
    target = parse_target(url)
    assert parse_target(target.url) == target
    assert target.url.isascii()


@pytest.mark.parametrize("text", ["", "x", "127.0.0.1\0", "fe80::1%eth0", "::1%lo", "1", "0x7f.1"])
def test_an_answer_of_a_name_server_that_is_no_plain_address_is_refused(text: str) -> None:
    assert not STRICT.allows_address(text, "https://example.com/")


def test_the_table_is_long_enough() -> None:
    assert len(VERDICTS) == len({url for url, _ in VERDICTS}) >= 150
