"""What tests stand on: an app on each database, people who are signed in, and a receiver.

Everything that touches the database runs twice, on SQLite and on PostgreSQL. Each test finds a
database that was migrated once: a copy of it, or the same one put back as it was. The app on it is
made once, because making one costs more than most tests, and is bound to the test's own settings.
"""

import shutil
from collections.abc import Callable, Iterable, Iterator
from contextvars import Context
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any

import flask_migrate
import pytest
from argon2 import PasswordHasher
from flask import Flask
from werkzeug.serving import make_server

from portal import create_app
from portal.domain.second_steps import STEP_SECONDS
from portal.extensions import bind_settings, db
from portal.models import Account, now
from portal.pipeline import deliver, second_step
from portal.pipeline.sign_in import open_session
from portal.settings import Settings
from tests import factories, servers, spread
from tests.clients import Api, Browser
from tests.pristine import Pristine
from tests.receiver import Receiver
from tests.waiting import until

# Which fixture makes which program necessary.
NEEDS = {
    "postgresql_server": "postgresql",
    "own_postgresql": "postgresql",
    "redis_server": "redis",
    "own_redis": "redis",
    "browser": "chromium",
}

# Everybody in the tests has the same password, and to hash it takes longer than most tests do.
PasswordHasher.hash = cache(PasswordHasher.hash)

# A disk takes milliseconds for each commit, which memory does not; more than any test fills.
MEMORY, MEMORY_BYTES = Path("/dev/shm"), 512 * 1024 * 1024

# The PostgreSQL database of the tests.
MIGRATED = "migrated"


def pytest_addoption(parser: pytest.Parser) -> None:
    """``pytest --long``: the experiments in tests/faults with real leases, large sizes, on both
    databases everywhere."""
    parser.addoption("--long", action="store_true", help="faults: the large form of experiments")
    parser.addoption("--seed", type=int, default=1, help="faults: chance in experiments")


def pytest_configure(config: pytest.Config) -> None:
    """Make our own mark known, and workers give way to experiments."""
    config.addinivalue_line(
        "markers", "settings(NAME=value, …): settings of the portal, and an app, for one test"
    )
    if hasattr(config, "workerinput"):
        config.pluginmanager.register(spread.Courtesy())


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Spread a whole run over two workers, unless ``-n`` says otherwise."""
    is_worker = hasattr(config, "workerinput")
    if config.option.numprocesses is None and not is_worker:
        config.option.numprocesses = spread.workers_for(config)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> spread.Spread:
    """Say what runs beside what."""
    return spread.Spread(config, log)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Bring what any test may need, before there are workers that would each try to."""
    if session.config.option.numprocesses:
        _bring(servers.PACKAGES)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Bring the programs that the collected tests need."""
    if not session.config.option.collectonly:
        _bring({name for item in session.items for name in _needs(item)})


def _bring(names: Iterable[str]) -> None:
    """Make sure that the programs ``names`` are here, or end with what to type."""
    try:
        servers.need(*sorted(names))
    except servers.MissingProgramError as missing:
        pytest.exit(str(missing), returncode=4)


def _needs(item: pytest.Item) -> set[str]:
    names = {NEEDS[name] for name in getattr(item, "fixturenames", ()) if name in NEEDS}
    parameters = item.callspec.params.values() if hasattr(item, "callspec") else ()
    return names | ({"postgresql"} if "postgresql" in parameters else set())


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[servers.PostgreSQL]:
    """The PostgreSQL server of this run."""
    with TemporaryDirectory(prefix="khuttaf-") as folder:
        server = servers.PostgreSQL(Path(folder))
        yield from _running(server)


@pytest.fixture(scope="session")
def redis_server() -> Iterator[servers.Redis]:
    """The Redis server of this run."""
    with TemporaryDirectory(prefix="khuttaf-") as folder:
        yield from _running(servers.Redis(Path(folder)))


@pytest.fixture
def own_postgresql() -> Iterator[servers.PostgreSQL]:
    """A PostgreSQL server for one test, which may stop and start it."""
    with TemporaryDirectory(prefix="khuttaf-") as folder:
        yield from _running(servers.PostgreSQL(Path(folder)))


@pytest.fixture
def own_redis() -> Iterator[servers.Redis]:
    """A Redis server for one test, which may stop and start it."""
    with TemporaryDirectory(prefix="khuttaf-") as folder:
        yield from _running(servers.Redis(Path(folder)))


def _running(server: servers.Server) -> Iterator[servers.Server]:
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def young_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the step of the second step's codes have just begun, so that none ends within a test."""
    into = timedelta(seconds=now().timestamp() % STEP_SECONDS)
    monkeypatch.setattr(second_step, "now", lambda: now() - into)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite database with every migration applied, to be copied."""
    folder = tmp_path_factory.mktemp("migrated")
    path = folder / "portal.sqlite"
    migrate(f"sqlite:///{path}", folder)
    return path


@pytest.fixture(scope="session")
def pristine(
    postgresql_server: servers.PostgreSQL, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pristine]:
    """A PostgreSQL database with every migration applied, to be restored."""
    postgresql_server.create(MIGRATED)
    migrate(postgresql_server.url(MIGRATED), tmp_path_factory.mktemp("migrated"))
    with Pristine(postgresql_server.address(MIGRATED)) as database:
        yield database


def migrate(database_url: str, data: Path) -> None:
    """Apply every migration to the database at ``database_url``."""
    app = create_app(Settings.from_env({"DATABASE_URL": database_url, "PORTAL_DATA": str(data)}))
    with app.app_context():
        flask_migrate.upgrade()
        db.engine.dispose()


@pytest.fixture(scope="session")
def sqlite_file() -> Iterator[Path]:
    """Where the SQLite database of each test is put, one after the other."""
    is_roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > MEMORY_BYTES
    with TemporaryDirectory(prefix="khuttaf-", dir=MEMORY if is_roomy else None) as folder:
        yield Path(folder, "portal.sqlite")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, sqlite_file: Path) -> str:
    """The address of a migrated database in which nothing is, of either kind."""
    if request.param == "sqlite":
        for left in sqlite_file.parent.iterdir():
            left.unlink()
        shutil.copy(request.getfixturevalue("migrated_file"), sqlite_file)
        return f"sqlite:///{sqlite_file}"
    request.getfixturevalue("pristine").restore()
    return request.getfixturevalue("postgresql_server").url(MIGRATED)


@pytest.fixture
def redis_url(redis_server: servers.Redis) -> str:
    """The address of an empty Redis."""
    redis_server.clear()
    return redis_server.url


@pytest.fixture
def environ(
    request: pytest.FixtureRequest, database_url: str, redis_url: str, tmp_path: Path
) -> dict[str, str]:
    """The portal's settings as names and texts: loopback and every port allowed.

    ``@pytest.mark.settings(PORTAL_ALLOWED_NETWORKS="")`` changes them for one test, which then has
    an app of its own.
    """
    port = servers.free_port()
    settings = {
        "PORTAL_DATA": str(tmp_path / "data"),
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "PORTAL_PORT": str(port),
        "PORTAL_BASE_URL": f"http://127.0.0.1:{port}",
        "PORTAL_ALLOWED_NETWORKS": "127.0.0.0/8",
        "PORTAL_ALLOWED_PORTS": "*",
    }
    for mark in request.node.iter_markers("settings"):
        settings |= mark.kwargs
    return settings


@pytest.fixture(scope="session")
def known_apps() -> Iterator[dict[str, Flask]]:
    """The portals that were made for all tests, by the address of their database."""
    apps: dict[str, Flask] = {}
    yield apps
    for app in apps.values():
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def app(
    request: pytest.FixtureRequest, environ: dict[str, str], known_apps: dict[str, Flask]
) -> Iterator[Flask]:
    """The portal on a fresh database, with its context pushed."""
    settings = Settings.from_env(environ).with_keys()
    is_own = request.node.get_closest_marker("settings") is not None
    app = None if is_own else known_apps.get(settings.database_url)
    app = app or _make_app(settings)
    if not is_own:
        known_apps[settings.database_url] = app
    bind_settings(app, settings)
    app.secret_key = settings.secret_key
    app.extensions["tests.base_url"] = settings.base_url
    with app.app_context():
        yield app
        db.session.remove()
        # A thread that is at its end gives its connection back before the pool goes.
        until(lambda: db.engine.pool.checkedout() == 0)
        # The connections to PostgreSQL serve the next test; the file of SQLite goes.
        if is_own or db.engine.dialect.name == "sqlite":
            db.engine.dispose()


def _make_app(settings: Settings) -> Flask:
    app = create_app(settings)
    app.testing = True
    app.test_client_class = Browser
    return app


@pytest.fixture
def account(app: Flask) -> Account:
    """The account that everybody in a test but the outsider belongs to."""
    return factories.make_account("متجر النور", "nour")


@pytest.fixture
def other_account(app: Flask) -> Account:
    """The account of the outsider."""
    return factories.make_account("مكتبة الوادي", "wadi")


@pytest.fixture
def client(app: Flask) -> Browser:
    """A browser in which nobody is signed in."""
    return app.test_client()


@pytest.fixture
def signed_in(app: Flask) -> Callable[[str, Account], Browser]:
    """Makes a person with a role in an account, who is signed in."""

    def browser_of(role: str, account: Account) -> Browser:
        browser, email = app.test_client(), f"{role}@{account.slug}.example"
        person = factories.make_person(email, role=role, account=account)
        browser.bear(open_session(person.id, account.id, "127.0.0.1", "tests"))
        return browser

    return browser_of


@pytest.fixture
def admin(signed_in: Callable[[str, Account], Browser], account: Account) -> Browser:
    """The browser of an admin."""
    return signed_in("admin", account)


@pytest.fixture
def staff(signed_in: Callable[[str, Account], Browser], account: Account) -> Browser:
    """The browser of somebody who works with hooks and triggers."""
    return signed_in("staff", account)


@pytest.fixture
def support(signed_in: Callable[[str, Account], Browser], account: Account) -> Browser:
    """The browser of somebody who reads logs and resends, and sees no secrets."""
    return signed_in("support", account)


@pytest.fixture
def outsider(signed_in: Callable[[str, Account], Browser], other_account: Account) -> Browser:
    """The browser of the admin of another account."""
    return signed_in("admin", other_account)


@pytest.fixture
def api(client: Browser, account: Account) -> Api:
    """A program with a key of the account."""
    return Api(client, factories.make_key(account))


@pytest.fixture
def outside_api(client: Browser, other_account: Account) -> Api:
    """A program with a key of another account."""
    return Api(client, factories.make_key(other_account))


@pytest.fixture
def drain(app: Flask) -> Callable[[], int]:
    """Sends all that is due, as a worker does; returns the number of attempts."""

    def send_all_that_is_due() -> int:
        db.session.rollback()
        try:
            return Context().run(_drain_in, app)
        finally:
            db.session.rollback()

    return send_all_that_is_due


def _drain_in(app: Flask) -> int:
    with app.app_context():
        return deliver.drain(should_stop=lambda: False, beat=lambda: None)


@pytest.fixture
def served(app: Flask, environ: dict[str, str]) -> Iterator[str]:
    """The portal's own address, at which the app now answers over real HTTP."""
    server = make_server("127.0.0.1", int(environ["PORTAL_PORT"]), app, threaded=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield environ["PORTAL_BASE_URL"]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A real HTTP server on loopback; see :class:`tests.receiver.Receiver`."""
    receiver = Receiver()
    try:
        yield receiver
    finally:
        receiver.close()
