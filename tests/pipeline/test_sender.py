"""The door out, against real sockets on the loopback, friendly and hostile."""

import resource
import socket
from collections.abc import Iterator
from ipaddress import ip_network
from time import monotonic

import pytest

from portal.domain.addresses import Guard, Refusal
from portal.sender import Reply, Request, Sender
from tests import hostile
from tests.authority import Authority
from tests.hostile import answer, receiver

LOOPBACK = (ip_network("127.0.0.0/8"),)
OPEN = Guard(LOOPBACK, None, "http://127.0.0.1:8000")
DEADLINE = 0.6
GRACE = 0.5


class BlindToText(Guard):
    """A guard that lets every URL pass by its text, as a name with a changing answer would."""

    def judge_url(self, url: str) -> Refusal | None:
        return None


@pytest.fixture
def sender() -> Iterator[Sender]:
    with_loopback = Sender(OPEN)
    yield with_loopback
    with_loopback.close()


def request(
    url: str,
    key: object = None,
    timeout: float = 5.0,
    body: bytes = b"{}",
    headers: tuple[tuple[str, str], ...] = (),
    suspect: bool = False,
) -> Request:
    return Request(key, url, headers, body, timeout, suspect)


def drain(sender: Sender) -> dict[object, Reply]:
    """Every reply by its request's key, once nothing is in flight."""
    replies: dict[object, Reply] = {}
    end = monotonic() + 30
    while sender.in_flight:
        assert monotonic() < end, "the door hangs"
        replies.update((asked.key, reply) for asked, reply in sender.finished(1.0))
    return replies


def send(sender: Sender, *args: object, **more: object) -> Reply:
    asked = request(*args, **more)  # type: ignore[arg-type]
    sender.start(asked)
    return drain(sender)[asked.key]


def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def test_a_good_answer_comes_back_whole(sender: Sender) -> None:
    with receiver(hostile.fine) as there:
        reply = send(sender, there.url)
    assert (reply.status_code, reply.body, reply.truncated) == (200, b"ok", False)
    assert (reply.error, reply.detail) == (None, None)
    assert reply.headers == (("content-type", "text/plain"), ("content-length", "2"))
    assert 0 <= reply.duration_ms < 5000


def test_the_request_on_the_wire_holds_what_was_given_and_nothing_else(sender: Sender) -> None:
    headers = (("Content-Type", "application/json"), ("X-Empty", ""), ("x-arabic", "مرحبا"))
    with receiver(hostile.fine) as there:
        send(sender, there.url, headers=headers, body="{«}".encode())
    expected = (
        f"POST /here HTTP/1.1\r\nHost: 127.0.0.1:{there.port}\r\n"
        "Content-Type: application/json\r\nX-Empty:\r\nx-arabic: مرحبا\r\n"
        "Content-Length: 4\r\n\r\n{«}"
    )
    assert there.requests == [expected.encode()]


def test_a_page_is_asked_for_without_a_body_and_the_same_handle_posts_again(
    sender: Sender,
) -> None:
    with receiver(hostile.fine) as there:
        asked = request(there.url, headers=(("accept", "application/json"),))
        for is_get in (True, False, True):
            sender.start(asked._replace(is_get=is_get))
            assert drain(sender)[None].status_code == 200
    first, second, third = (one.decode() for one in there.requests)
    expected = f"GET /here HTTP/1.1\r\nHost: 127.0.0.1:{there.port}\r\n"
    assert first == third == f"{expected}accept: application/json\r\n\r\n"
    assert second.startswith("POST /here")
    assert second.endswith("\r\n\r\n{}")


def test_bytes_and_large_bodies_arrive_unchanged_without_asking_to_continue(
    sender: Sender,
) -> None:
    body = bytes(range(256)) * 12_000
    with receiver(hostile.fine) as there:
        assert send(sender, there.url, body=body).status_code == 200
        assert send(sender, there.url, body=b"").status_code == 200
    heads = [raw.partition(b"\r\n\r\n") for raw in there.requests]
    assert [rest for _, _, rest in heads] == [body, b""]
    assert not any(b"expect" in head.lower() for head, _, _ in heads)


def test_a_connection_serves_one_request_after_another(sender: Sender) -> None:
    with receiver(hostile.fine) as there:
        for _ in range(20):
            assert send(sender, there.url).status_code == 200
        assert there.connections == 1


def test_a_kept_connection_that_the_far_end_closed_is_replaced(sender: Sender) -> None:
    ok = hostile.OK + b"Content-Length: 0\r\n\r\n"
    with receiver(answer(ok)) as there:
        assert [send(sender, there.url).status_code for _ in range(5)] == [200] * 5


def test_every_request_gets_its_own_reply(sender: Sender) -> None:
    def by_key(connection: socket.socket, there: hostile.Receiver) -> None:
        text = there.requests[-1].rpartition(b"\r\n\r\n")[2]
        connection.sendall(hostile.OK + b"Content-Length: %d\r\n\r\n%b" % (len(text), text))

    with receiver(by_key) as there:
        for number in range(5):
            assert send(sender, there.url, number, body=b"%d" % number).body == b"%d" % number


def test_slots_are_counted_and_not_exceeded() -> None:
    sender = Sender(OPEN, slots=2)
    with receiver(hostile.fine) as there:
        sender.start(request(there.url, 1))
        sender.start(request("ftp://example.com/", 2))
        assert (sender.in_flight, sender.free) == (2, 0)
        with pytest.raises(RuntimeError, match="no free slot"):
            sender.start(request(there.url, 3))
        assert set(drain(sender)) == {1, 2}
        assert (sender.in_flight, sender.free) == (0, 2)
    sender.close()


def test_waiting_for_nothing_returns_at_once(sender: Sender) -> None:
    begun = monotonic()
    assert sender.finished(5.0) == []
    assert monotonic() - begun < GRACE


def test_waiting_ends_when_its_time_is_up(sender: Sender) -> None:
    with receiver(hostile.hang) as there:
        sender.start(request(there.url, timeout=DEADLINE))
        begun = monotonic()
        assert sender.finished(0.1) == []
        assert 0.09 < monotonic() - begun < 0.1 + GRACE
        drain(sender)


def test_closing_drops_what_is_in_flight() -> None:
    sender = Sender(OPEN)
    with receiver(hostile.hang) as there:
        sender.start(request(there.url))
        sender.finished(0.05)
        sender.close()


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("http://localhost/", "blocked_private_address"),
        ("http://127.0.0.1/", "blocked_private_address"),
        ("http://169.254.169.254/", "blocked_private_address"),
        ("http://example.com:22/", "blocked_scheme_or_port"),
        ("http://a b/", "invalid_url"),
    ],
)
def test_a_refused_url_never_touches_the_network(url: str, error: str) -> None:
    sender = Sender(Guard((), frozenset({80}), "http://127.0.0.1:8000"))
    sender.start(request(url))
    ((_, reply),) = sender.finished(0)
    assert (reply.error, reply.status_code, reply.duration_ms) == (error, None, 0)
    sender.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_the_address_is_judged_again_where_the_socket_is_opened(host: str) -> None:
    sender = Sender(BlindToText((), None, "http://127.0.0.1:8000"))
    with receiver(hostile.fine) as there:
        reply = send(sender, f"http://{host}:{there.port}/")
        assert there.connections == 0
    assert reply.error == "blocked_private_address"
    assert "127.0.0.1" not in (reply.detail or "")
    sender.close()


def test_an_own_sandbox_is_reached_but_its_connection_carries_nothing_else() -> None:
    with receiver(hostile.fine) as there:
        base = f"http://127.0.0.1:{there.port}"
        sender = Sender(BlindToText((), frozenset({80}), base))
        assert send(sender, f"{base}/sandbox/token").status_code == 200
        assert send(sender, f"{base}/settings").error == "blocked_private_address"
        assert send(sender, f"{base}/sandbox/token").status_code == 200
        sender.close()
    assert [raw.split()[1] for raw in there.requests] == [b"/sandbox/token"] * 2


def test_proxies_in_the_environment_are_ignored(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{unused_port()}")
    with receiver(hostile.fine) as there:
        assert send(sender, there.url).status_code == 200


@pytest.mark.parametrize("value", ["a\r\nX-Injected: b", "a\nb", "a\rb", "a\0b", "a\ud800"])
def test_a_header_that_would_break_its_line_is_not_sent(sender: Sender, value: str) -> None:
    with receiver(hostile.fine) as there:
        reply = send(sender, there.url, headers=(("x-secret", value),))
        assert there.connections == 0
    assert reply.error == "internal_error"
    assert "secret" not in (reply.detail or "")


def test_a_redirect_is_an_answer_and_is_not_followed(sender: Sender) -> None:
    moved = b"HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n"
    with receiver(answer(moved)) as there:
        reply = send(sender, there.url)
        assert len(there.requests) == 1
    assert (reply.status_code, reply.error) == (302, None)
    assert ("location", "/there") in reply.headers


OK, HUNDRED = hostile.OK, b"HTTP/1.1 100 Continue\r\n\r\n"
BROKEN = {
    "hang": (hostile.hang, "read_timeout"),
    "drip_headers": (hostile.drip_headers, "read_timeout"),
    "drip_body": (hostile.drip_body, "read_timeout"),
    "drip_trailers": (hostile.drip_trailers, "read_timeout"),
    "drip_continue": (hostile.drip_continue, "read_timeout"),
    "flood_continue": (hostile.flood_continue, "invalid_response"),
    "flood_headers": (hostile.flood_headers, "invalid_response"),
    "flood_header_line": (hostile.flood_header_line, "invalid_response"),
    "reset": (hostile.reset, "connection_reset"),
    "empty": (answer(b""), "connection_reset"),
    "status cut": (answer(b"HTTP/1.1 20"), "connection_reset"),
    "status alone": (answer(OK), "connection_reset"),
    "headers cut": (answer(OK + b"A: b\r\n"), "connection_reset"),
    "header cut": (answer(OK + b"A: b"), "connection_reset"),
    "continue, then nothing": (answer(HUNDRED), "connection_reset"),
    "body short": (answer(OK + b"Content-Length: 9\r\n\r\nabc"), "connection_reset"),
    "chunk short": (answer(OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\na"), "connection_reset"),
    "chunk bad": (answer(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"), "invalid_response"),
    "length negative": (answer(OK + b"Content-Length: -5\r\n\r\n"), "invalid_response"),
    "length a word": (answer(OK + b"Content-Length: many\r\n\r\n"), "invalid_response"),
    "lengths two": (
        answer(OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
        "invalid_response",
    ),
    "garbage": (answer(b"\x00\x01\xff garbage\n\n"), "invalid_response"),
    "another protocol": (answer(b"SSH-2.0-OpenSSH_9.2\r\n"), "invalid_response"),
    "no headers": (answer(b"<html>"), "invalid_response"),
    "zero byte": (answer(OK + b"A: b\0c\r\n\r\n"), "invalid_response"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_answer_ends_by_the_deadline_with_its_code(sender: Sender, name: str) -> None:
    behaviour, error = BROKEN[name]
    with receiver(behaviour) as there:
        begun = monotonic()
        reply = send(sender, there.url, timeout=DEADLINE)
        assert monotonic() - begun < DEADLINE + GRACE
    assert (reply.error, reply.status_code, reply.headers) == (error, None, ())
    assert reply.detail


ODD_BUT_FINE = {
    "slow": (hostile.slow_but_fine, 200, b"ok"),
    "500 headers": (answer(OK + b"X-H: v\r\n" * 500 + b"Content-Length: 0\r\n\r\n"), 200, b""),
    "early hints": (answer(b"HTTP/1.1 103 E\r\nA: no\r\n\r\n" + hostile.EMPTY_OK), 200, b""),
    "up to the end": (answer(OK + b"\r\nhello"), 200, b"hello"),
    "packed": (answer(OK + b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"), 200, b"abc"),
    "chunked": (
        answer(OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nT: r\r\n\r\n"),
        200,
        b"ok",
    ),
    "bare newlines": (answer(b"HTTP/1.1 204 None\nA: b\n\n"), 204, b""),
    "error": (answer(b"HTTP/1.1 500 No\r\nContent-Length: 2\r\n\r\nno"), 500, b"no"),
}


@pytest.mark.parametrize("name", ODD_BUT_FINE)
def test_an_odd_answer_counts_by_its_status(sender: Sender, name: str) -> None:
    behaviour, status, body = ODD_BUT_FINE[name]
    with receiver(behaviour) as there:
        reply = send(sender, there.url)
    assert (reply.status_code, reply.body, reply.error) == (status, body, None)
    assert {"a", "t"}.isdisjoint(dict(reply.headers)) or name == "bare newlines"


def test_sixteen_kibibytes_of_an_answer_are_kept(sender: Sender) -> None:
    for size, cut in ((16 * 1024, False), (16 * 1024 + 1, True)):
        raw = OK + b"Content-Length: %d\r\n\r\n" % size + b"a" * size
        with receiver(answer(raw)) as there:
            reply = send(sender, there.url)
        assert (len(reply.body), reply.truncated, reply.status_code) == (16 * 1024, cut, 200)


def test_of_a_gigabyte_one_mebibyte_is_read_and_the_status_decides(sender: Sender) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with receiver(hostile.huge_body) as there:
        reply = send(sender, there.url)
    assert (reply.status_code, reply.truncated, len(reply.body)) == (200, True, 16 * 1024)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 30_000


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_nobody_listens(sender: Sender, host: str) -> None:
    """That ``localhost`` has a refused address beside the allowed one makes no difference."""
    reply = send(sender, f"http://{host}:{unused_port()}/")
    assert reply.error == "connection_refused"
    assert host in (reply.detail or "")


def test_a_name_that_does_not_exist(sender: Sender) -> None:
    reply = send(sender, "http://nobody.invalid/", suspect=True)
    assert reply.error == "dns_failure"


def test_a_full_queue_at_the_far_end_is_a_connect_timeout(sender: Sender) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        address = listener.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(address)
        reply = send(sender, f"http://127.0.0.1:{address[1]}/", timeout=DEADLINE)
        for each in waiting:
            each.close()
    assert reply.error == "connect_timeout"


def test_a_hang_on_a_warm_connection_is_a_read_timeout(sender: Sender) -> None:
    def fine_then_hang(connection: socket.socket, there: hostile.Receiver) -> None:
        connection.sendall(hostile.EMPTY_OK)
        connection.recv(65536)
        there.stop.wait()

    with receiver(fine_then_hang) as there:
        assert send(sender, there.url).status_code == 200
        assert send(sender, there.url, timeout=DEADLINE).error == "read_timeout"
        assert there.connections == 1


def test_healthy_sends_pass_1100_hanging_ones() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 4096)), hard))
    sender = Sender(OPEN, slots=1200)
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as silent:
        for number in range(1100):
            url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
            sender.start(request(url, number, timeout=20.0, suspect=number % 2 == 0))
        sender.finished(0.3)
        with receiver(hostile.fine) as there:
            begun = monotonic()
            for number in range(50):
                sender.start(request(there.url, f"healthy {number}"))
            healthy = []
            while len(healthy) < 50 and monotonic() < begun + 10:
                healthy += sender.finished(1.0)
            assert [reply.status_code for _, reply in healthy] == [200] * 50
            assert sender.in_flight == 1100
        sender.close()
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


# TLS


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def trusting(authority: Authority) -> Iterator[Sender]:
    sender = Sender(OPEN, ca_file=str(authority.file))
    yield sender
    sender.close()


def test_a_trusted_certificate_is_good_and_its_connection_stays(
    trusting: Sender, authority: Authority
) -> None:
    with receiver(hostile.fine, authority.context("127.0.0.1")) as there:
        assert [send(trusting, there.url).status_code for _ in range(3)] == [200] * 3
        assert there.connections == 1


@pytest.mark.parametrize(
    ("host", "days", "own", "error"),
    [
        ("127.0.0.1", -1, False, "tls_expired"),
        ("other.example", 30, False, "tls_hostname_mismatch"),
        ("127.0.0.1", 30, True, "tls_untrusted"),
    ],
)
def test_a_bad_certificate_stops_the_request(
    trusting: Sender, authority: Authority, host: str, days: int, own: bool, error: str
) -> None:
    with receiver(hostile.fine, authority.context(host, days, own)) as there:
        reply = send(trusting, there.url)
    assert (reply.error, reply.status_code) == (error, None)
    assert there.requests == []


def test_an_unknown_authority_is_not_trusted(sender: Sender, authority: Authority) -> None:
    with receiver(hostile.fine, authority.context("127.0.0.1")) as there:
        assert send(sender, there.url).error == "tls_untrusted"


def test_plain_http_on_a_tls_port_is_a_failed_handshake(sender: Sender) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(5)
        sender.start(request(f"https://127.0.0.1:{listener.getsockname()[1]}/"))
        sender.finished(0.1)
        connection, _ = listener.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            assert drain(sender)[None].error == "tls_handshake"


def test_a_receiver_that_hangs_in_the_handshake_is_a_connect_timeout(sender: Sender) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"https://127.0.0.1:{listener.getsockname()[1]}/"
        assert send(sender, url, timeout=DEADLINE).error == "connect_timeout"
