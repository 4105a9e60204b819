"""Calls over the wire, to the web server that the portal runs on."""

import os
import re
import shutil
import socket
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import requests

from portal import create_app
from portal.extensions import db
from portal.models import Account
from portal.pipeline.triggers import url_of
from portal.settings import Settings
from tests import factories, servers
from tests.outsiders import BASIC, basic

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 100_000


@pytest.fixture(scope="module")
def web(
    tmp_path_factory: pytest.TempPathFactory, migrated_file: Path, redis_server: servers.Redis
) -> Iterator[Account]:
    """An account of a portal whose web server runs as in production; one for all tests here."""
    folder, port = tmp_path_factory.mktemp("web"), servers.free_port()
    environ = {
        "PORTAL_DATA": str(folder),
        "DATABASE_URL": f"sqlite:///{shutil.copy(migrated_file, folder / 'portal.sqlite')}",
        "REDIS_URL": redis_server.url,
        "PORTAL_PORT": str(port),
        "PORTAL_BASE_URL": f"http://127.0.0.1:{port}",
    }
    with create_app(Settings.from_env(environ)).app_context():
        server = _web_server(folder, port, os.environ | {"PYTHONPATH": str(ROOT)} | environ)
        server.start()
        yield factories.make_account()
        server.stop()
        db.session.remove()
        db.engine.dispose()


def _web_server(folder: Path, port: int, environ: Mapping[str, str]) -> servers.Server:
    def serves() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    command = [*servers.BOUND, sys.executable, "-m", "flask", "--app", "wsgi", "web"]
    return servers.Server(command, folder, serves, environ)


@pytest.fixture
def url(web: Account) -> str:
    """The address of a trigger that anybody may call."""
    return url_of(factories.make_trigger(web, limits={"body_bytes": LIMIT}))


def say(url: str, *parts: bytes) -> bytes:
    """Everything that the server answers to ``parts``, each sent when the one before was read;
    ``$PATH`` in them is the path of ``url``."""
    host, _, path = url.removeprefix("http://").partition("/")
    name, _, port = host.partition(":")
    with socket.create_connection((name, int(port)), timeout=20) as connection:
        connection.settimeout(20)
        for part in parts[:-1]:
            connection.sendall(_filled(part, path))
            heard = connection.recv(65536)
        connection.sendall(_filled(parts[-1], path))
        return (heard if len(parts) > 1 else b"") + _rest(connection)


def _filled(part: bytes, path: str) -> bytes:
    return part.replace(b"$PATH", f"/{path}".encode())


def _rest(connection: socket.socket) -> bytes:
    heard = b""
    try:
        while part := connection.recv(65536):
            heard += part
    except ConnectionResetError:
        # The server has answered and does not want the rest.
        pass
    return heard


def statuses(heard: bytes) -> list[int]:
    """The status of every answer in what was heard."""
    return [int(found) for found in re.findall(rb"HTTP/1\.1 (\d{3}) ", heard)]


HEAD = b"POST $PATH HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
LAST = HEAD + b"Connection: close\r\n"


def chunk(body: bytes) -> bytes:
    """``body`` as one chunk."""
    return f"{len(body):x}\r\n".encode() + body + b"\r\n"


def test_bodies_come_whole_or_not_at_all(url: str) -> None:
    chunked = LAST + b"Transfer-Encoding: chunked\r\n\r\n"
    assert statuses(say(url, chunked + chunk(b'{"a"') + chunk(b":1}") + b"0\r\n\r\n")) == [200]
    assert statuses(say(url, chunked + chunk(b"x" * LIMIT) + chunk(b"xx") + b"0\r\n\r\n")) == [413]
    fits = b'"' + b"x" * (LIMIT - 2) + b'"'
    assert statuses(say(url, chunked + chunk(fits) + b"0\r\n\r\n")) == [200]
    # Nothing of what is announced has to be sent to be refused.
    assert statuses(say(url, LAST + b"Content-Length: 99999999\r\n\r\n")) == [413]
    assert requests.post(url, data=iter([b"[", b"1]"]), headers={"Content-Type": "a/b+json"},
                         timeout=20).status_code == 200  # fmt: skip
    assert requests.post(url, json="x" * LIMIT, timeout=20).status_code == 413


def test_who_asks_first_is_told_to_go_on(url: str) -> None:
    asks = LAST + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n"
    assert statuses(say(url, asks, b"{}")) == [100, 200]


def test_every_method_reaches_the_trigger(url: str) -> None:
    for method in ("GET", "HEAD", "OPTIONS", "TRACE", "PUT", "PATCH", "DELETE", "PROPFIND", "BREW"):
        heard = say(
            url, f"{method} $PATH HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode()
        )
        head, _, body = heard.partition(b"\r\n\r\n")
        assert statuses(head) == [405], method
        assert b"allow: POST\r\n" in head.replace(b"Allow", b"allow") + b"\r\n", method
        assert bool(body) == (method != "HEAD"), method


def test_what_a_refused_call_brought_is_never_taken_for_the_next_call(url: str) -> None:
    inner = _filled(LAST, url.partition("/hooks")[0]) + b"Content-Length: 2\r\n\r\n{}"
    refused = (
        b"PUT $PATH HTTP/1.1\r\nHost: a\r\n",
        HEAD.replace(b"application/json", b"text/plain"),
        HEAD.replace(b"$PATH", b"/hooks/in/nobody"),
    )
    for head in refused:
        body = inner.replace(b"$PATH", b"/hooks/in/nobody")
        length = f"Content-Length: {len(body)}\r\n\r\n".encode()
        heard = say(url, head + length + body + LAST + b"Content-Length: 2\r\n\r\n{}")
        assert statuses(heard) in ([405, 200], [415, 200], [404, 200], [405], [415], [404]), head


def test_credentials_of_any_script_come_through(web: Account) -> None:
    url = url_of(factories.make_trigger(web, auth=BASIC))
    right = basic(BASIC["username"], BASIC["password"])
    assert requests.post(url, json={}, headers=right, timeout=20).status_code == 200
    refused = requests.post(url, json={}, timeout=20)
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"].startswith("Basic ")
    raw = requests.post(url, json={}, headers={"Authorization": b"Basic \xff"}, timeout=20)
    assert raw.status_code == 401


def test_an_answer_without_body_has_none_on_the_wire(web: Account) -> None:
    for status in (204, 205, 304):
        url = url_of(factories.make_trigger(web, response={"status": status}))
        heard = say(url, LAST + b"Content-Length: 2\r\n\r\n{}")
        head, _, body = heard.partition(b"\r\n\r\n")
        assert (statuses(head), body) == ([status], b"")
        assert b"transfer-encoding" not in head.lower()
