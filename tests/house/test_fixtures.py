"""The tests' own tools do what they promise."""

from collections.abc import Callable

import pytest
import requests
from flask import Flask, g
from standardwebhooks import Webhook

from portal.extensions import db
from portal.models import Account, Policy
from tests import factories, servers
from tests.clients import Api, Browser
from tests.receiver import Answer, Receiver


def test_each_test_starts_on_a_migrated_database(app: Flask) -> None:
    assert db.session.query(Account).count() == 0
    assert db.session.query(Policy).filter_by(slug="simple").count() == 1
    factories.make_delivery(factories.make_hook())


def test_nothing_of_the_test_before_is_left(app: Flask) -> None:
    assert db.session.query(Account).count() == 0


def test_the_receiver_records_and_answers_in_order(receiver: Receiver) -> None:
    receiver.answer(503, Answer(200, {"x-kind": "good"}, "نعم".encode()))
    with requests.Session() as session:
        refused = session.post(receiver.url, data=b"{}", headers={"webhook-id": "msg_1"})
        taken = session.post(receiver.url, data=b"[1]")
        again = session.post(receiver.url)
    assert (refused.status_code, taken.status_code, again.status_code) == (503, 200, 200)
    assert (taken.headers["x-kind"], taken.text) == ("good", "نعم")
    first, second, _ = receiver.wait_for(3)
    assert (first.headers["Webhook-Id"], second.json) == ("msg_1", [1])


def test_a_server_can_be_stopped_and_started_again(own_redis: servers.Redis) -> None:
    own_redis.stop()
    assert own_redis.process.poll() is not None
    own_redis.start()
    own_redis.clear()


def test_what_is_due_is_sent_to_a_real_server(
    app: Flask, receiver: Receiver, drain: Callable[[], int]
) -> None:
    delivery = factories.make_delivery(factories.make_hook(receiver.url))
    assert drain() == 1
    [arrival] = receiver.wait_for(1)
    Webhook(factories.SECRET).verify(arrival.body, dict(arrival.headers.items()))
    assert delivery.state == "delivered"


# The route would stay in an app that it shared.
@pytest.mark.settings
def test_requests_do_not_share_what_they_leave_behind(app: Flask, client: Browser) -> None:
    @app.get("/left-behind")
    def left_behind() -> str:
        before = g.get("left", "nothing")
        g.left = "something"
        return before

    assert [client.get("/left-behind").text for _ in range(2)] == ["nothing", "nothing"]


def test_what_cannot_be_installed_is_named_with_what_to_type(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(servers.MissingProgramError) as stopped:
        servers.need("chromium", "redis")
    assert (
        "apt-get install -y -qq --no-install-recommends chromium-headless-shell redis-server"
        in str(stopped.value)
    )


def test_the_cast_is_signed_in_and_the_stranger_is_not(
    admin: Browser, staff: Browser, support: Browser, outsider: Browser, client: Browser
) -> None:
    everybody = (admin, staff, support, outsider)
    assert [browser.get("/").status_code for browser in everybody] == [200] * 4
    assert client.get("/").status_code in (302, 303)


def test_a_program_has_the_key_of_its_own_account(api: Api, outside_api: Api) -> None:
    made = api.post(
        "/hooks",
        {"name": "متجر", "url": "http://127.0.0.1:9/", "event_types": ["message.received"]},
    )
    assert made.status_code == 201
    assert api.get(f"/hooks/{made.json['id']}").status_code == 200
    assert outside_api.get(f"/hooks/{made.json['id']}").status_code == 404
