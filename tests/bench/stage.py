"""What a benchmark stands on: a migrated portal, a Redis and a receiver."""

import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType

import flask_migrate
from flask import Flask
from sqlalchemy import update

from portal import create_app
from portal.domain.actor import Actor
from portal.domain.event_types import EventTypeDraft
from portal.domain.events import EventDraft
from portal.domain.hooks import HookDraft
from portal.domain.scopes import KeyDraft
from portal.domain.states import Role
from portal.extensions import db
from portal.models import Hook
from portal.pipeline import accounts, catalogue, hooks, keys
from portal.pipeline.publish import publish
from portal.settings import Settings
from portal.standalone.processes import web
from tests import servers

# A worker may be in mid-send.
LEAVE_SECONDS = 15
ROOT = Path(__file__).resolve().parents[2]

# An ordinary event: an incoming message, some 200 bytes.
DATA = (
    '{"id":"msg_88121","conversation_id":"cnv_3307","channel":"whatsapp",'
    '"contact":{"id":"con_1042","name":"نورة العتيبي","phone":"+966501234567"},'
    '"text":"مرحبًا، هل المنتج متوفر؟"}'
)


class Stage:
    """Everything is in ``folder``; ``database_url`` None means SQLite there."""

    def __init__(self, folder: Path, database_url: str | None) -> None:
        self.redis = servers.Redis(folder)
        self.port = servers.free_port()
        self._folder, self._database_url = folder, database_url
        self._children: list[subprocess.Popen[str]] = []

    def __enter__(self) -> "Stage":
        self.redis.start()
        self.environ = {
            "PORTAL_DATA": str(self._folder / "data"),
            "REDIS_URL": self.redis.url,
            "PORTAL_PORT": str(self.port),
            "PORTAL_ALLOWED_NETWORKS": "127.0.0.0/8",
            "PORTAL_ALLOWED_PORTS": "*",
        }
        if self._database_url:
            self.environ["DATABASE_URL"] = self._database_url
        self.app: Flask = create_app(Settings.from_env(self.environ))
        with self.app.app_context():
            flask_migrate.upgrade()
            self.account_id = accounts.account_id_of("bench", "bench")
            self.key = keys.make_api_key(
                KeyDraft("bench"), Actor(self.account_id, "bench", Role.ADMIN)
            )[1]
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        # Asked, not killed: the web server's own child would stay behind.
        for child in self._children:
            child.terminate()
        for child in self._children:
            _end(child)
            if child.stdout:
                child.stdout.close()
        with self.app.app_context():
            # What is left owes nothing to whoever comes next on the same database.
            db.session.execute(update(Hook).values(enabled=False))
            db.session.commit()
            db.session.remove()
            db.engine.dispose()
        self.redis.stop()

    def start(self, *command: str, **environ: str) -> subprocess.Popen[str]:
        """A Python child that ends with the stage."""
        child = subprocess.Popen(
            [*servers.BOUND, sys.executable, *command],
            cwd=ROOT,
            env=os.environ | self.environ | environ,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._children.append(child)
        return child

    def start_sink(self, delay: float = 0.0, log: Path | None = None) -> int:
        """The port of a fresh receiver; see :mod:`tests.bench.sink`."""
        child = self.start("-m", "tests.bench.sink", str(delay), *([str(log)] if log else []))
        assert child.stdout
        return int(child.stdout.readline())

    def make_hooks(self, count: int, port: int, together: bool = False) -> list[str]:
        """Hooks to the receiver at ``port``, each with an event type of its own, or all
        ``together`` with one: the keys of the types."""
        actor = Actor(self.account_id, "bench", Role.ADMIN)
        keys_made = [f"bench.p{port}_{number}" for number in range(1 if together else count)]
        with self.app.app_context():
            for key in keys_made:
                catalogue.create_event_type(EventTypeDraft(key=key, label=key), actor)
            for number in range(count):
                url, key = f"http://127.0.0.1:{port}/{number}", keys_made[number % len(keys_made)]
                name = f"{port} {number}"
                hooks.create_hook(HookDraft(name=name, url=url, event_types=(key,)), actor)
        return keys_made

    def start_web(self, app: str = "wsgi:app") -> subprocess.Popen[str]:
        """The portal's own web server, with the portal or another ``app`` inside."""
        return self.start(*web(Settings.from_env(self.environ))[1:-1], app)

    def start_worker(self) -> None:
        """One worker and one ticker, as in production."""
        self.start("-m", "jobs.worker")
        self.start("-m", "jobs.ticker")

    @property
    def folder(self) -> Path:
        """Where a benchmark may put files."""
        return self._folder

    def publish(self, keys_made: list[str], count: int) -> None:
        """Publish ``count`` events, spread evenly over event types, in batches of 1000."""
        with self.app.app_context():
            for start in range(0, count, 1000):
                publish(
                    self.account_id,
                    [
                        EventDraft(keys_made[number % len(keys_made)], DATA)
                        for number in range(start, min(start + 1000, count))
                    ],
                )


def _end(child: subprocess.Popen[str]) -> None:
    try:
        child.wait(LEAVE_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
