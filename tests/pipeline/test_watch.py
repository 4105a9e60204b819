"""The watch over endpoints, from the hook to what people and programs are told."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from functools import partial

import pytest
from flask import Flask

from portal.extensions import db
from portal.models import Account, EndpointCheck, Event, Hook, Notice, now
from portal.pipeline import watch
from portal.pipeline.hooks import delete_hook, switch_hook
from portal.pipeline.upkeep import sweep
from portal.sender import look_at
from tests import factories, hostile
from tests.authority import Authority
from tests.hostile import receiver
from tests.pipeline.racing import at_once
from tests.receiver import Receiver

Serve = Callable[..., hostile.Receiver]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def serve(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Starts servers on loopback with certificates that the portal trusts."""
    monkeypatch.setattr(watch, "look_at", partial(look_at, ca_file=str(authority.file)))
    with ExitStack() as stack:
        yield lambda host="127.0.0.1", days=200, own=False: stack.enter_context(
            receiver(hostile.fine, authority.context(host, days, own))
        )


def go_round() -> int:
    """Look at everything that is due; returns how many endpoints that was."""
    db.session.rollback()
    count = watch.Watch().go_round()
    db.session.rollback()
    return count


def make_due() -> None:
    """Let a day pass."""
    db.session.rollback()
    db.session.query(EndpointCheck).update({"due_at": now() - timedelta(seconds=1)})
    db.session.commit()


def only_check() -> EndpointCheck:
    return db.session.query(EndpointCheck).one()


def notices() -> list[Notice]:
    return db.session.query(Notice).order_by(Notice.id).all()


def test_an_endpoint_is_looked_at_soon_after_its_hook_is_made_and_then_daily(
    app: Flask, serve: Serve
) -> None:
    there = serve()
    factories.make_hook(f"{there.url}?key=secret")
    assert (go_round(), go_round()) == (1, 0)
    check = only_check()
    assert (check.origin, check.error) == (f"https://127.0.0.1:{there.port}", None)
    assert check.connect_ms is not None
    assert check.times == [check.connect_ms]
    assert check.expires_at is not None
    assert check.issuer == "test root"
    assert timedelta(hours=22) < check.due_at - now() < timedelta(hours=26)
    assert there.requests == []
    make_due()
    assert go_round() == 1
    assert notices() == []


def test_hooks_that_send_to_one_server_are_one_endpoint(
    app: Flask, receiver: Receiver, other_account: Account
) -> None:
    for path in ("a", "b"):
        factories.make_hook(f"{receiver.url}/{path}")
    factories.make_hook(receiver.url, account=other_account)
    assert go_round() == 2
    counts = {check.account_id: check.hook_count for check in db.session.query(EndpointCheck)}
    assert counts.pop(other_account.id) == 1
    assert list(counts.values()) == [2]
    assert receiver.arrivals == []


@pytest.mark.parametrize(
    ("days", "mark"), [(5, 7), (10, 14), (20, 30), (40, None), (-2, 0)], ids=str
)
def test_the_end_of_a_certificate_is_told_as_notice_and_event_once(
    app: Flask, serve: Serve, days: int, mark: int | None
) -> None:
    hook = factories.make_hook(serve(days=days).url, name="المتجر")
    listener = factories.make_hook(event_types=["endpoint.warning"], enabled=False)
    db.session.query(EndpointCheck).delete()
    for _ in range(3):
        make_due()
        go_round()
    events = db.session.query(Event).filter_by(type="endpoint.warning").all()
    told = [notice.data for notice in notices()]
    assert [json.loads(event.data) for event in events] == told
    assert [data["mark"] for data in told] == ([] if mark is None else [mark])
    for data in told:
        assert data["about"] == "certificate_ends"
        assert data["hooks"] == [{"id": hook.id, "name": "المتجر"}]
        assert data["host"].startswith("127.0.0.1:")
    assert all(listener.id in json.loads(event.routing) for event in events)


@pytest.mark.parametrize(
    ("host", "own", "error"),
    [("other.example", False, "tls_hostname_mismatch"), ("127.0.0.1", True, "tls_untrusted")],
)
def test_a_certificate_that_is_refused_is_told(
    app: Flask, serve: Serve, host: str, own: bool, error: str
) -> None:
    factories.make_hook(serve(host, own=own).url)
    go_round()
    [notice] = notices()
    assert (notice.data["about"], notice.data["error"]) == ("certificate", error)
    check = only_check()
    assert (check.error, check.failing_since) == (error, check.checked_at)
    assert check.due_at - now() < timedelta(hours=2)


def test_a_name_that_does_not_resolve_is_told_until_it_does(app: Flask, serve: Serve) -> None:
    factories.make_hook("https://nobody.invalid/hook")
    for _ in range(2):
        go_round()
        make_due()
    [notice] = notices()
    assert (notice.data["about"], notice.data["host"]) == ("dns", "nobody.invalid")


def test_slowness_is_told_by_what_was_usual(
    app: Flask, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    factories.make_hook(receiver.url)
    go_round()
    check = only_check()
    check.times = [100] * 5
    db.session.commit()
    make_due()
    real = watch.look_at
    slow = lambda *given: {o: s._replace(connect_ms=2400) for o, s in real(*given).items()}  # noqa: E731
    monkeypatch.setattr(watch, "look_at", slow)
    go_round()
    [notice] = notices()
    assert (notice.data["connect_ms"], notice.data["usual_ms"]) == (2400, 100)


def test_addresses_that_change_are_kept_with_those_before(
    app: Flask, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    factories.make_hook(receiver.url.replace("127.0.0.1", "localhost"))
    go_round()
    assert (only_check().addresses, only_check().moved_at) == (["127.0.0.1"], None)
    check = only_check()
    check.addresses = ["192.0.2.7"]
    db.session.commit()
    make_due()
    go_round()
    check = only_check()
    assert (check.addresses, check.earlier_addresses) == (["127.0.0.1"], ["192.0.2.7"])
    assert check.moved_at == check.checked_at
    assert notices() == []


@pytest.mark.settings(PORTAL_ALLOWED_NETWORKS="10.0.0.0/8")
def test_a_private_address_that_is_not_allowed_is_not_looked_at(app: Flask) -> None:
    hook = factories.make_hook("http://10.0.0.1/")
    with receiver(hostile.fine) as there:
        db.session.query(Hook).filter_by(id=hook.id).update({"url": there.url})
        db.session.commit()
        go_round()
        assert there.connections == 0
    assert only_check().error == "blocked_private_address"
    assert notices() == []


def test_a_sandbox_of_the_portal_is_not_watched(app: Flask, environ: dict[str, str]) -> None:
    factories.make_hook(f"{environ['PORTAL_BASE_URL']}/sandbox/abc")
    assert go_round() == 0
    assert db.session.query(EndpointCheck).count() == 0


@pytest.mark.parametrize("end", ["off", "deleted"])
def test_an_endpoint_that_nobody_sends_to_is_forgotten(
    app: Flask, receiver: Receiver, end: str
) -> None:
    hook = factories.make_hook(receiver.url)
    go_round()
    if end == "off":
        switch_hook(hook.id, enabled=False, actor=factories.make_actor())
    else:
        delete_hook(hook.id, actor=factories.make_actor())
    make_due()
    assert go_round() == 0
    assert db.session.query(EndpointCheck).count() == 0


def test_a_hook_that_moves_is_watched_at_its_new_address(app: Flask, receiver: Receiver) -> None:
    rounds = watch.Watch()
    hook = factories.make_hook("http://127.0.0.1:9/")
    rounds.go_round()
    db.session.get_one(Hook, hook.id).url = receiver.url
    db.session.commit()
    assert rounds.go_round() == 1
    assert {check.error for check in db.session.query(EndpointCheck)} == {
        None,
        "connection_refused",
    }


def test_hooks_that_were_there_before_are_spread_over_the_day(app: Flask) -> None:
    for number in range(20):
        factories.make_hook(f"http://127.0.0.1:{1000 + number}/")
    db.session.query(Hook).update({"updated_at": now() - timedelta(days=2)})
    db.session.commit()
    watch.Watch().go_round()
    dues = sorted(check.due_at for check in db.session.query(EndpointCheck))
    assert dues[-1] - dues[0] > timedelta(hours=6)
    assert dues[-1] - now() < timedelta(days=1)


def test_of_two_tickers_one_looks_and_each_thing_is_told_once(app: Flask, serve: Serve) -> None:
    servers = [serve(days=5) for _ in range(4)]
    for there in servers:
        factories.make_hook(there.url)
    at_once(app, *[lambda: watch.Watch().go_round()] * 3)
    make_due()
    at_once(app, *[lambda: watch.Watch().go_round()] * 3)
    assert db.session.query(EndpointCheck).count() == 4
    assert len(notices()) == 4


def test_a_look_whose_lease_was_lost_changes_nothing(
    app: Flask, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    factories.make_hook(serve(days=5).url)
    real = watch.look_at

    def lose_the_lease(*given: object) -> object:
        with app.app_context():
            db.session.query(EndpointCheck).update({"lease_token": "another"})
            db.session.commit()
        return real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(watch, "look_at", lose_the_lease)
    go_round()
    assert (only_check().checked_at, notices()) == (None, [])


def test_a_few_are_looked_at_at_a_time(app: Flask, receiver: Receiver) -> None:
    for number in range(watch.MOST + 1):
        factories.make_hook(f"http://127.0.0.1:{1000 + number}/")
    assert (go_round(), go_round()) == (watch.MOST, 1)


def test_somebody_can_have_an_endpoint_looked_at_now_but_not_twice_at_once(
    app: Flask, receiver: Receiver
) -> None:
    hook = factories.make_hook(receiver.url)
    assert watch.look_now(hook)
    checked_at = only_check().checked_at
    assert checked_at is not None
    assert not watch.look_now(hook)
    assert only_check().checked_at == checked_at


def test_a_hook_that_is_off_can_be_looked_at_before_it_is_switched_on(
    app: Flask, receiver: Receiver
) -> None:
    hook = factories.make_hook(receiver.url, enabled=False)
    assert watch.look_now(hook)
    assert only_check().error is None


def test_there_is_nothing_to_look_at_behind_a_sandbox(app: Flask, environ: dict[str, str]) -> None:
    hook = factories.make_hook(f"{environ['PORTAL_BASE_URL']}/sandbox/abc")
    assert not watch.look_now(hook)


def test_old_notices_go_with_the_undelivered(app: Flask, serve: Serve) -> None:
    factories.make_hook(serve(days=5).url)
    go_round()
    sweep(now() + timedelta(days=89))
    assert len(notices()) == 1
    sweep(now() + timedelta(days=91))
    assert notices() == []
