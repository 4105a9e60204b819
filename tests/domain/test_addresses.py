"""Which addresses the door out may reach."""

from ipaddress import ip_network

import pytest

from portal.domain.addresses import Guard, Refusal, RefusedUrlError, parse_target

BASE = "http://127.0.0.1:8000"
PORTS = frozenset({80, 443, 8080, 8443})
STRICT = Guard((), PORTS, BASE)
LOOPBACK = Guard((ip_network("127.0.0.0/8"),), None, BASE)
EVERYTHING = Guard((ip_network("0.0.0.0/0"), ip_network("::/0")), None, BASE)

PRIVATE, GATE, INVALID = (
    Refusal.BLOCKED_PRIVATE_ADDRESS,
    Refusal.BLOCKED_SCHEME_OR_PORT,
    Refusal.INVALID_URL,
)

VERDICTS = [
    ("https://example.com/hook", None),
    ("http://example.com", None),
    ("HTTPS://EXAMPLE.COM:8443/a?b=c#d", None),
    ("https://example.com.", None),
    ("https://a_b.example.com/", None),
    ("https://8.8.8.8/", None),
    ("https://134744072/", None),
    ("https://[2606:4700::1111]/", None),
    ("https://[::ffff:8.8.8.8]/", None),
    ("https://مثال.إختبار/خطاف", None),
    ("https://xn--mgbh0fb.xn--kgbechtv/", None),
    ("https://1.example.com", None),
    ("https://redis", None),
    # Ports and schemes.
    ("http://example.com:22/", GATE),
    ("https://example.com:25", GATE),
    ("ftp://example.com/", GATE),
    ("file:///etc/passwd", GATE),
    ("gopher://example.com/_x", GATE),
    ("unix:///run/redis.sock", GATE),
    # What is no clean URL.
    ("", INVALID),
    ("example.com/hook", INVALID),
    ("//example.com/", INVALID),
    ("javascript:alert(1)", INVALID),
    ("http://", INVALID),
    ("http:///path", INVALID),
    ("http://:80/", INVALID),
    ("http://user@example.com/", INVALID),
    ("http://user:secret@example.com/", INVALID),
    ("http://example.com@127.0.0.1/", INVALID),
    ("http://example.com:0/", INVALID),
    ("http://example.com:65536/", INVALID),
    ("http://example.com:٨٠/", INVALID),
    ("http://example.com:80:80/", INVALID),
    ("http://example.com:/", INVALID),
    ("http://example.com\\@127.0.0.1/", INVALID),
    ("http://exa mple.com/", INVALID),
    (" http://example.com/", INVALID),
    ("http://example.com/\n", INVALID),
    ("http://example.com/\r\nX: y", INVALID),
    ("http://example.com/\x00", INVALID),
    ("http://example.com/a\u00a0b", INVALID),
    ("http://example.com/\u2028", INVALID),
    ("http://example.com/\ud800", INVALID),
    ("http://a..example.com/", INVALID),
    ("http://.example.com/", INVALID),
    ("http://example.com../", INVALID),
    ("http://127.0.0.1%2f.example.com/", INVALID),
    ("http://%31%32%37.0.0.1/", INVALID),
    ("http://[fe80::1%25eth0]/", INVALID),
    ("http://[2606:4700::1111%251]/", INVALID),
    ("http://[v1.fe80]/", INVALID),
    ("http://[127.0.0.1]/", INVALID),
    ("http://[::1/", INVALID),
    ("http://2606:4700::1111/", INVALID),
    ("http://1.2.3.4.5/", INVALID),
    ("http://256.1.1.1/", INVALID),
    ("http://4294967296/", INVALID),
    ("http://08.8.8.8/", INVALID),
    ("http://example.0x7f/", INVALID),
    ("http://\u202eexample.com/", INVALID),
    ("http://" + "a" * 64 + ".com/", INVALID),
    ("http://" + "a." * 127 + "com/", INVALID),
    # This machine, by name and in every notation.
    ("http://localhost/", PRIVATE),
    ("http://LOCALHOST./", PRIVATE),
    ("http://a.localhost/", PRIVATE),
    ("http://ｌｏｃａｌｈｏｓｔ/", PRIVATE),
    ("http://127.0.0.1/", PRIVATE),
    ("http://127.0.0.1./", PRIVATE),
    ("http://127.1/", PRIVATE),
    ("http://127.0.1/", PRIVATE),
    ("http://2130706433/", PRIVATE),
    ("http://017700000001/", PRIVATE),
    ("http://0x7f000001/", PRIVATE),
    ("http://0X7F.0.0.1/", PRIVATE),
    ("http://0177.0.0.01/", PRIVATE),
    ("http://127.0x000001/", PRIVATE),
    ("http://127\u30020\u30020\u30021/", PRIVATE),
    ("http://１２７.０.０.１/", PRIVATE),
    ("http://①②⑦.⓪.⓪.①/", PRIVATE),
    ("http://0/", PRIVATE),
    ("http://0.0.0.0/", PRIVATE),
    ("http://[::]/", PRIVATE),
    ("http://[::1]/", PRIVATE),
    ("http://[0:0:0:0:0:0:0:1]/", PRIVATE),
    ("http://[::ffff:127.0.0.1]/", PRIVATE),
    ("http://[::ffff:7f00:1]/", PRIVATE),
    ("http://[::127.0.0.1]/", PRIVATE),
    ("http://127.0.0.1:9/", PRIVATE),
    ("http://169.254.169.254/latest/meta-data/", PRIVATE),
    ("http://2852039166/", PRIVATE),
    ("http://0xa9fea9fe/", PRIVATE),
]

CLOSED = (
    "0.1.2.3 10.0.0.1 100.64.0.1 100.100.100.200 127.255.255.254 169.254.169.254 172.16.0.1"
    " 172.31.255.255 192.0.0.1 192.0.0.192 192.0.2.1 192.31.196.1 192.52.193.1 192.88.99.1"
    " 192.168.1.1 192.175.48.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1"
    " 239.255.255.255 240.0.0.1 255.255.255.255 168.63.129.16 :: ::1 ::127.0.0.1 ::ffff:10.0.0.1"
    " 64:ff9b::7f00:1 64:ff9b:1::a00:1 100::1 2001::1 2001:db8::1 2002:7f00:1:: 2620:4f:8000::1"
    " 3fff::1 5f00::1 fc00::1 fd00:ec2::254 fe80::1 fe80::1%lo fec0::1 ff02::1 4000::1 rubbish"
)
OPEN = (
    "1.1.1.1 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 172.15.0.1 172.32.0.1 192.0.1.1"
    " 198.20.0.1 223.255.255.255 2001:200::1 2606:4700::1111 2a00:1450::1 ::ffff:1.1.1.1"
)

METADATA = (
    "169.254.169.254 169.254.0.1 ::ffff:169.254.169.254 ::169.254.169.254 64:ff9b::a9fe:a9fe"
    " 64:ff9b:1::a9fe:a9fe 2002:a9fe:a9fe:: fe80::a9fe:a9fe fd00:ec2::254 fd20:ce::254"
    " 100.100.100.200 ::ffff:100.100.100.200 192.0.0.192 168.63.129.16"
)


@pytest.mark.parametrize(("url", "verdict"), VERDICTS)
def test_the_text_of_a_url_is_judged(url: str, verdict: Refusal | None) -> None:
    assert STRICT.judge_url(url) is verdict


@pytest.mark.parametrize("ip", CLOSED.split())
def test_an_address_that_is_not_on_the_internet_is_refused(ip: str) -> None:
    assert not STRICT.allows_address(ip, "https://example.com/")


@pytest.mark.parametrize("ip", OPEN.split())
def test_an_address_on_the_internet_is_allowed(ip: str) -> None:
    assert STRICT.allows_address(ip, "https://example.com/")


@pytest.mark.parametrize("ip", METADATA.split())
def test_metadata_is_refused_even_under_an_exception_for_everything(ip: str) -> None:
    assert not EVERYTHING.allows_address(ip, "https://example.com/")
    literal = f"[{ip}]" if ":" in ip else ip
    assert EVERYTHING.judge_url(f"http://{literal}/") is PRIVATE


def test_an_exception_opens_its_network_and_nothing_else() -> None:
    assert LOOPBACK.judge_url("http://127.0.0.1:5432/") is None
    assert LOOPBACK.judge_url("http://[::ffff:127.0.0.1]/") is None
    assert LOOPBACK.allows_address("127.9.9.9", "http://localhost/")
    assert LOOPBACK.judge_url("http://10.0.0.1/") is PRIVATE
    assert LOOPBACK.judge_url("http://[::1]/") is PRIVATE


def test_localhost_is_a_name_to_try_where_loopback_is_allowed() -> None:
    assert LOOPBACK.judge_url("http://localhost:9000/") is None
    assert LOOPBACK.judge_url("http://a.localhost/") is None
    assert LOOPBACK.judge_url("http://notlocalhost/") is None


def test_no_list_of_ports_means_any_port() -> None:
    assert LOOPBACK.judge_url("https://example.com:22/") is None


def test_an_own_sandbox_needs_neither_port_nor_network() -> None:
    assert STRICT.judge_url(f"{BASE}/sandbox/aZ0-_9") is None
    assert STRICT.allows_address("127.0.0.1", f"{BASE}/sandbox/aZ0-_9")
    named = Guard((), PORTS, "http://localhost:8000/portal/")
    assert named.judge_url("http://localhost:8000/portal/sandbox/a") is None
    assert named.judge_url("http://localhost:8000/sandbox/a") is PRIVATE


@pytest.mark.parametrize(
    "url",
    [
        f"{BASE}/sandbox/",
        f"{BASE}/sandbox",
        f"{BASE}/sandbox/a/",
        f"{BASE}/sandbox/a/b",
        f"{BASE}/sandbox/a?b",
        f"{BASE}/sandbox/a#b",
        f"{BASE}/sandbox/..",
        f"{BASE}/sandbox/../settings",
        f"{BASE}/sandbox/%2e%2e",
        f"{BASE}/sandbox/a%2fb",
        f"{BASE}/sandbox/a;b",
        f"{BASE}/sandbox/ا",
        f"{BASE}//sandbox/a",
        f"{BASE}/x/../sandbox/a",
        f"{BASE}/Sandbox/a",
        f"{BASE}/settings",
        "http://127.0.0.1:8001/sandbox/a",
        "https://127.0.0.1:8000/sandbox/a",
        "http://127.0.0.2:8000/sandbox/a",
        "http://127.1:8000/sandbox/a",
    ],
)
def test_what_only_resembles_an_own_sandbox_is_refused(url: str) -> None:
    assert STRICT.judge_url(url) is PRIVATE
    assert not STRICT.allows_address("127.0.0.1", url)


def test_userinfo_before_an_own_sandbox_is_refused() -> None:
    assert STRICT.judge_url("http://a@127.0.0.1:8000/sandbox/a") is INVALID
    assert STRICT.judge_url(f"{BASE}/sandbox/a\n") is INVALID


def test_an_own_sandbox_on_a_metadata_address_stays_closed() -> None:
    guard = Guard((), None, "http://169.254.169.254")
    assert guard.judge_url("http://169.254.169.254/sandbox/a") is PRIVATE
    assert not guard.allows_address("169.254.169.254", "http://169.254.169.254/sandbox/a")


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("HTTP://Example.COM", "http://example.com/"),
        ("http://example.com:80/a", "http://example.com/a"),
        ("https://example.com:80/a", "https://example.com:80/a"),
        ("http://example.com?a=b#c", "http://example.com/?a=b"),
        ("http://example.com/a/../b//c", "http://example.com/a/../b//c"),
        ("http://example.com/a%20b?c={d}", "http://example.com/a%20b?c={d}"),
        ("http://example.com/خطاف?س=1", "http://example.com/%D8%AE%D8%B7%D8%A7%D9%81?%D8%B3=1"),
        ("https://مثال.إختبار/", "https://xn--mgbh0fb.xn--kgbechtv/"),
        ("http://0x7f.1:81/", "http://127.0.0.1:81/"),
        ("http://[0:0::1]:81/", "http://[::1]:81/"),
    ],
)
def test_a_url_goes_to_the_wire_in_ascii_with_its_address_spelled_out(url: str, sent: str) -> None:
    assert parse_target(url).url == sent


def test_a_refused_url_cannot_be_taken_apart() -> None:
    with pytest.raises(RefusedUrlError) as caught:
        parse_target("http://a b/")
    assert caught.value.refusal is INVALID
