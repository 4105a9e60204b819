"""The database stops: 503 at every door, never a 2xx, and all is well when it is back."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from flask import Flask

from portal.extensions import db
from portal.models import Account, Event
from tests import factories
from tests.clients import Api, Browser, csrf_token
from tests.conftest import MIGRATED, migrate
from tests.outsiders import Caller
from tests.web.html import HTMX, read

EVENT = {"type": "message.received", "data": {}}

Away = Callable[[], AbstractContextManager[None]]


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A migrated database of this test's own, which it may take away."""
    url = f"sqlite:///{tmp_path}/portal.sqlite"
    if request.param == "postgresql":
        server = request.getfixturevalue("own_postgresql")
        server.create(MIGRATED)
        url = server.url(MIGRATED)
    migrate(url, tmp_path)
    return url


@pytest.fixture
def away(request: pytest.FixtureRequest, app: Flask, tmp_path: Path) -> Away:
    """Takes the database away for as long as a ``with`` lasts."""

    @contextmanager
    def taken_away() -> Iterator[None]:
        db.session.remove()
        if db.engine.dialect.name == "postgresql":
            server = request.getfixturevalue("own_postgresql")
            server.stop()
            yield
            server.start()
            return
        file, elsewhere = tmp_path / "portal.sqlite", tmp_path / "elsewhere"
        db.engine.dispose()
        file.rename(elsewhere)
        file.mkdir()
        yield
        db.engine.dispose()
        file.rmdir()
        elsewhere.rename(file)

    return taken_away


def test_every_door_answers_503_until_the_database_is_back(
    away: Away, api: Api, admin: Browser, account: Account, app: Flask
) -> None:
    factories.make_hook()
    token = csrf_token(admin.get("/").text)
    fields = {"csrf_token": token, "email": "admin@nour.example", "password": factories.PASSWORD}
    with away():
        documents = [
            api.post("/events", EVENT),
            api.post("/events/batch", [EVENT]),
            api.get("/hooks"),
        ]
        pages = [
            admin.get("/"),
            admin.get("/deliveries", headers=HTMX),
            admin.post("/settings/webhooks/new", data=fields),
            app.test_client().get("/deliveries"),
        ]
        received = admin.post("/sandbox/anything", data="{}")
        health = admin.get("/health")
    for answer in (*documents, *pages[:3], received, health):
        assert answer.status_code == 503, answer.request.path
        assert int(answer.headers["Retry-After"]) > 0
    for answer in documents:
        assert answer.mimetype == "application/problem+json"
        assert answer.json["code"] == "unavailable"
    for answer in pages[:3]:
        assert "المنصة غير متاحة مؤقتًا" in read(answer.text).text
    assert pages[3].status_code == 303
    assert health.json["database"] == "down"
    assert db.session.query(Event).count() == 0
    assert api.post("/events", EVENT).status_code == 202
    assert admin.get("/").status_code == 200


@pytest.mark.parametrize("mode", ["async", "sync"])
def test_a_call_that_cannot_be_stored_is_503_and_taken_when_the_database_is_back(
    away: Away, client: Browser, account: Account, mode: str
) -> None:
    one = Caller(client, factories.make_trigger(account, mode=mode))
    assert one.call().status_code == 200
    with away():
        answers = [one.call(), one.call(method="GET"), client.post("/hooks/in/nobody", json={})]
    for answer in answers:
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert answer.mimetype == "application/problem+json"
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert one.call().status_code == 200
    assert len(one.calls) == 2


def test_the_doctor_names_it_in_one_sentence(away: Away, app: Flask, served: str) -> None:
    with away():
        done = app.test_cli_runner().invoke(args=["doctor"])
    lines = done.output.splitlines()
    assert (done.exit_code, [line[0] for line in lines]) == (1, ["✓", "✗"])
    assert "DATABASE_URL" in lines[-1]
    assert lines[-1].endswith(".")
