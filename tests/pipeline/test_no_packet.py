"""Through no door out does a packet leave for a forbidden address, whatever leads to it.

127.0.0.1 stands for an address that may be reached, 127.0.0.2 for one that may not: whoever
listens there sees every connection, and every socket that the portal opens is counted.
"""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_network
from time import monotonic
from typing import Any

import pycurl
import pytest
from flask import Flask

from portal.domain.addresses import Guard, Refusal, parse_target
from portal.extensions import db
from portal.models import Account, Attempt, Call, EndpointCheck, Hook, now
from portal.pipeline import deliver, runs, watch
from portal.pipeline.url_trials import try_url
from portal.sender import Reply, Request, Sender, dial, look_at
from tests import factories
from tests.guard_table import GATE, INVALID, METADATA, PRIVATE, UNSPEAKABLE, urls
from tests.hostile import answer, fine, receiver

OPEN_HERE = (ip_network("127.0.0.1/32"),)
BASE = "http://127.0.0.1:1"
NAME = "shop.example"
REFUSED = [*urls(PRIVATE + METADATA + GATE + INVALID), *UNSPEAKABLE]

sqlite_only = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
narrow = pytest.mark.settings(PORTAL_ALLOWED_NETWORKS="127.0.0.1/32")


class BlindToText(Guard):
    """A guard that lets every URL pass by its text, as a name with a changing answer would."""

    def judge_url(self, url: str) -> Refusal | None:
        return None


@pytest.fixture(autouse=True)
def opened(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every socket that is opened for libcurl, which opens none by itself."""
    sockets: list[object] = []
    real = dial._HandedOver

    def open_one(*args: Any) -> socket.socket:
        sockets.append(args)
        return real(*args)

    monkeypatch.setattr(dial, "_HandedOver", open_one)
    return sockets


@pytest.fixture
def lead(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, str], None]:
    """Makes a name lead to addresses, as a name server would, in every handle made after that."""

    def lead_to(port: int, addresses: str) -> None:
        known = dial._OPTIONS | {pycurl.RESOLVE: [f"{NAME}:{port}:{addresses}"]}
        monkeypatch.setattr(dial, "_OPTIONS", known)

    return lead_to


@contextmanager
def nobody_calls(host: str, port: int = 0) -> Iterator[int]:
    """Listen at ``host``, and see that no connection comes."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family) as listener:
        yield listener.getsockname()[1]
        # What came stands in the listener's queue, taken or not.
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()


def send(guard: Guard, url: str) -> Reply:
    """What becomes of a request to ``url``."""
    sender = Sender(guard, slots=1)
    try:
        sender.start(Request(None, url, (), b"{}", 2.0))
        end = monotonic() + 10
        while not (done := sender.finished(0.5)):
            assert monotonic() < end
        return done[0][1]
    finally:
        sender.close()


def test_no_socket_is_opened_for_any_url_that_is_refused(opened: list[object]) -> None:
    guard = Guard((), frozenset({80, 443, 8080, 8443}), BASE)
    for url in REFUSED:
        assert send(guard, url).error in set(Refusal), url
        assert look_at([url], guard)[url].error in set(Refusal), url
    assert opened == []


def test_no_socket_is_opened_where_the_text_deceives(opened: list[object]) -> None:
    guard = BlindToText((), None, BASE)
    for url in urls(PRIVATE + METADATA):
        target = parse_target(url)
        if target.address is not None:
            assert send(guard, target.url).error == Refusal.BLOCKED_PRIVATE_ADDRESS, url
            seen = look_at([target.url], guard)[target.url]
            assert seen.error == Refusal.BLOCKED_PRIVATE_ADDRESS, url
    assert opened == []


@pytest.mark.parametrize(
    ("listening", "host"),
    [
        ("127.0.0.2", "127.0.0.2"),
        ("127.0.0.2", "2130706434"),
        ("127.0.0.2", "0x7f.2"),
        ("127.0.0.2", "[::ffff:127.0.0.2]"),
        ("127.0.0.2", "１２７.0.0.2"),
        ("::1", "[::1]"),
        ("::1", "localhost"),
    ],
)
@pytest.mark.parametrize("kind", [Guard, BlindToText])
def test_who_listens_at_a_forbidden_address_sees_nothing(
    opened: list[object], listening: str, host: str, kind: type[Guard]
) -> None:
    guard = kind((), None, BASE)
    with nobody_calls(listening) as port:
        url = parse_target(f"http://{host}:{port}/").url
        assert send(guard, url).error == Refusal.BLOCKED_PRIVATE_ADDRESS
        assert look_at([url], guard)[url].error == Refusal.BLOCKED_PRIVATE_ADDRESS
    assert opened == []


@pytest.mark.parametrize("addresses", ["127.0.0.2", "127.0.0.2,127.0.0.3,[::1]", "0.0.0.0"])
def test_a_name_that_leads_to_forbidden_addresses_alone_is_refused(
    lead: Callable[[int, str], None], opened: list[object], addresses: str
) -> None:
    with nobody_calls("127.0.0.2") as port:
        lead(port, addresses)
        guard = Guard(OPEN_HERE, None, BASE)
        url = f"http://{NAME}:{port}"
        reply = send(guard, url)
        assert reply.error == Refusal.BLOCKED_PRIVATE_ADDRESS
        assert "127." not in (reply.detail or "")
        assert look_at([url], guard)[url].error == Refusal.BLOCKED_PRIVATE_ADDRESS
    assert opened == []


@pytest.mark.parametrize("order", ["127.0.0.2,127.0.0.1", "127.0.0.1,127.0.0.2,[::1]"])
def test_of_mixed_answers_the_forbidden_one_is_never_dialled(
    lead: Callable[[int, str], None], opened: list[object], order: str
) -> None:
    # With nobody at the address that may be reached, libcurl tries every other one.
    with nobody_calls("127.0.0.2") as port:
        lead(port, order)
        url = f"http://{NAME}:{port}"
        assert send(Guard(OPEN_HERE, None, BASE), url).error == "connection_refused"
        assert look_at([url], Guard(OPEN_HERE, None, BASE))[url].error == "connection_refused"
        assert len(opened) == 2
        with receiver(fine, port=port):
            assert send(Guard(OPEN_HERE, None, BASE), url).status_code == 200


def test_a_name_that_turns_round_between_two_sends_is_judged_anew(
    lead: Callable[[int, str], None],
) -> None:
    guard = Guard(OPEN_HERE, None, BASE)
    with receiver(fine) as there, nobody_calls("127.0.0.2", there.port):
        url = f"http://{NAME}:{there.port}/"
        lead(there.port, "127.0.0.1")
        assert guard.judge_url(url) is None
        assert send(guard, url).status_code == 200
        lead(there.port, "127.0.0.2")
        assert guard.judge_url(url) is None
        assert send(guard, url).error == Refusal.BLOCKED_PRIVATE_ADDRESS


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed_to_a_forbidden_address(status: int) -> None:
    with nobody_calls("127.0.0.2") as port:
        head = f"HTTP/1.1 {status} Moved\r\nLocation: http://127.0.0.2:{port}/\r\n"
        moved = f"{head}Refresh: 0; url=http://127.0.0.2:{port}/\r\nContent-Length: 0\r\n\r\n"
        with receiver(answer(moved.encode())) as there:
            reply = send(Guard(OPEN_HERE, None, BASE), there.url)
            assert (reply.status_code, len(there.requests)) == (status, 1)


@sqlite_only
@narrow
def test_no_door_of_the_portal_leads_to_a_name_that_turned_round(
    app: Flask, account: Account, lead: Callable[[int, str], None], opened: list[object]
) -> None:
    with nobody_calls("127.0.0.2") as port:
        lead(port, "127.0.0.2")
        url = f"http://{NAME}:{port}/"
        for door in (through_sending, through_a_trial, through_a_call, through_a_look):
            assert door(account, url) == Refusal.BLOCKED_PRIVATE_ADDRESS, door.__name__
    assert opened == []


@sqlite_only
@narrow
@pytest.mark.parametrize("host", ["127.0.0.2", "[::ffff:7f00:2]", "169.254.169.254"])
def test_no_door_of_the_portal_leads_to_an_address_that_was_allowed_once(
    app: Flask, account: Account, opened: list[object], host: str
) -> None:
    with nobody_calls("127.0.0.2") as port:
        url = f"http://{host}:{port}/"
        assert through_sending(account, url) == Refusal.BLOCKED_PRIVATE_ADDRESS
        assert through_a_look(account, url) == Refusal.BLOCKED_PRIVATE_ADDRESS
    assert opened == []


def through_sending(account: Account, url: str) -> str | None:
    """What the log says of a delivery, of an event or a test alike."""
    hook = hook_at(url)
    factories.make_delivery(hook)
    db.session.rollback()
    deliver._sender.cache_clear()
    deliver.drain(lambda: False, lambda: None)
    db.session.rollback()
    return db.session.query(Attempt).filter_by(hook_id=hook.id).one().error


def through_a_trial(account: Account, url: str) -> str | None:
    """What trying another address for a hook says."""
    return try_url(hook_at(f"{url}old").id, url, 1).tried[0].new.error


def through_a_call(account: Account, url: str) -> str | None:
    """What a rule hears that asks another address."""
    rule = {"call": {"as": "check", "url": url}, "response": {"status": 200, "body": {}}}
    trigger = factories.make_trigger(account, rules=[rule])
    call = factories.make_call(trigger, run_state="waiting", due_at=now())
    db.session.rollback()
    runs.run_due(lambda: False)
    db.session.rollback()
    told = db.session.get_one(Call, call.id, populate_existing=True).explanation or ""
    return Refusal.BLOCKED_PRIVATE_ADDRESS if Refusal.BLOCKED_PRIVATE_ADDRESS in told else told


def through_a_look(account: Account, url: str) -> str | None:
    """What the watch sees."""
    hook_at(url)
    watch.Watch().go_round()
    db.session.rollback()
    return db.session.query(EndpointCheck).one().error


def hook_at(url: str) -> Hook:
    """A hook that stood at ``url`` before anybody thought of forbidding it."""
    hook = factories.make_hook()
    db.session.query(Hook).filter_by(id=hook.id).update({"url": url})
    db.session.query(EndpointCheck).delete()
    db.session.commit()
    return hook
