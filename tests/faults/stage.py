"""A running portal to experiment with: its API, its processes, its switches."""

import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from threading import local
from typing import Any

import redis
import requests
from rq import Worker
from rq.worker import WorkerStatus
from sqlalchemy import select

from portal import create_app
from portal.extensions import db
from portal.models import Account
from portal.pipeline import keys
from portal.settings import Settings
from tests import servers
from tests.faults import processes, tampering
from tests.faults.oracle import Oracle
from tests.portal import ROOT, Portal
from tests.waiting import until

# Nothing waits for minutes: attempts follow each other within seconds.
SHORT = {"retry_delays": [0, 1, 1, 1, 1, 1, 1, 1, 1, 1], "timeout_seconds": 20}

_numbers = count(1)


@dataclass(frozen=True)
class Line:
    """An event type, and the one hook that wants it; ``path`` is where that sends to."""

    event_type: str
    hook_id: str
    path: str


class Durable(servers.PostgreSQL):
    """A PostgreSQL that keeps what it has committed, even if it is killed."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._command += ["-c", "synchronous_commit=on"]


class Stage:
    """The run command on one kind of database, and what an experiment does with it.

    On PostgreSQL, that and Redis are servers of its own, so that they can be away; on SQLite,
    the portal starts its Redis itself.
    """

    def __init__(self, folder: Path, database: str, lease: float | None) -> None:
        self.database = database
        self.workers_wanted = 4 if database == "sqlite" else 2
        self.lease = lease or 15.0
        self.postgresql = self.redis = None
        self._switches = folder / "switches"
        self._switches.mkdir()
        self._folder, self._hooks, self._threads = folder, [], local()
        given = tampering.environ(self._switches, ROOT, lease) | self._servers()
        home = folder / "portal"
        home.mkdir()
        self.portal = Portal(home, PORTAL_WORKERS=str(self.workers_wanted), **given)
        self._heard: dict[servers.Server, int] = {}
        self.key = ""

    def start(self) -> None:
        """Bring everything up."""
        for server in (self.postgresql, self.redis):
            if server:
                server.start()
        if self.postgresql:
            self.postgresql.create("portal")
        self.portal.start()
        with self.inside():
            account = db.session.scalars(select(Account)).one()
            self.key = keys.make_api_key(account.id, "تجارب")[1]

    def stop(self) -> None:
        """End everything."""
        for server in (self.portal, self.redis, self.postgresql):
            if server:
                server.stop()

    def tidy(self) -> None:
        """Leave nothing of an experiment behind: its switches, its hooks, what is owed to them."""
        for switch in self._switches.glob("*-*"):
            switch.unlink()
        self.settle()
        for hook_id in self._hooks:
            self.call("DELETE", f"/hooks/{hook_id}")
        self._hooks.clear()

    def said(self) -> str:
        """What the portal and its database have written since this was last asked."""
        found = ""
        for server in filter(None, (self.portal, self.postgresql)):
            text = server.said()
            found += text[self._heard.get(server, 0) :]
            self._heard[server] = len(text)
        return found

    def settle(self) -> None:
        """Wait until the portal is whole again."""
        until(lambda: self.portal.health() == self._well, 60)

    def call(self, method: str, path: str, body: Any = None, timeout: float = 60) -> Any:
        """What the API answers to ``method`` on ``path``; raises when it is no 2xx."""
        answer = self.session.request(
            method, f"{self.portal.url}/api/v1{path}", json=body, timeout=timeout
        )
        assert answer.ok, (answer.status_code, answer.text)
        return answer.json() if answer.content else None

    @property
    def session(self) -> requests.Session:
        """A warm connection of this thread, with the key."""
        if not hasattr(self._threads, "session"):
            self._threads.session = requests.Session()
            self._threads.session.headers["Authorization"] = f"Bearer {self.key}"
        return self._threads.session

    def lines(self, oracle: Oracle, number: int = 1, **policy: Any) -> list[Line]:
        """As many hooks to the receiver of ``oracle``, each with an event type of its own."""
        slug = self.policy(**policy)
        return [self.line(oracle.receiver.url, slug) for _ in range(number)]

    def line(self, url: str, policy: str) -> Line:
        """A hook to a path of its own below ``url``, with an event type of its own."""
        number = next(_numbers)
        event_type = f"fault.number{number}"
        self.call("POST", "/event-types", {"key": event_type, "label": f"تجربة {number}"})
        hook_id = self.hook(f"{url}/{number}", event_type, policy)
        return Line(event_type, hook_id, f"/hook/{number}")

    def hook(self, url: str, event_type: str, policy: str) -> str:
        """The id of a new hook to ``url``."""
        draft = {"name": f"خطاف {next(_numbers)}", "url": url, "event_types": [event_type]}
        self._hooks.append(self.call("POST", "/hooks", draft | {"policy": policy})["id"])
        return self._hooks[-1]

    def policy(self, **draft: Any) -> str:
        """The slug of a new policy with short waits."""
        return self.call("POST", "/policies", {"name": "سريعة"} | SHORT | draft)["slug"]

    def publish(self, line: Line, oracle: Oracle, number: int = 1) -> list[str]:
        """Publish ``number`` events in one request; returns the ids they were given."""
        events = [f"{line.event_type}-{next(_numbers)}" for _ in range(number)]
        drafts = [{"type": line.event_type, "id": one, "data": {"id": one}} for one in events]
        items = self.call("POST", "/events/batch", drafts)["items"]
        assert all(item["deliveries"] == 1 for item in items), items
        oracle.accept(events)
        return [item["id"] for item in items]

    def finish(self, oracle: Oracle, lines: Iterable[Line], timeout: float = 20.0) -> None:
        """Wait until ``oracle`` has seen everything, and the portal knows that too."""
        oracle.wait_for_all(timeout)
        for line in lines:
            until(lambda line=line: not self._owes(line), timeout)

    def _owes(self, line: Line) -> bool:
        waiting = f"/deliveries?hook={line.hook_id}&state=waiting&limit=1"
        return bool(self.call("GET", waiting)["items"])

    def delivery(self, line: Line) -> dict[str, Any]:
        """The newest delivery owed to the hook of ``line``, with its attempts."""
        (newest,) = self.call("GET", f"/deliveries?hook={line.hook_id}&limit=1")["items"]
        return self.call("GET", f"/deliveries/{newest['id']}")

    @contextmanager
    def switched_on(self, switch: str) -> Iterator[None]:
        """Tamper with every process, in the way that ``switch`` names."""
        (self._switches / switch).touch()
        try:
            yield
        finally:
            (self._switches / switch).unlink(missing_ok=True)

    def processes(self, part: str) -> list[int]:
        """The ids of those of its processes whose command line contains ``part``, oldest first."""
        assert self.portal.process
        found = processes.below(self.portal.process.pid)
        return sorted(process for process, command in found.items() if part in command)

    @property
    def workers(self) -> list[int]:
        """The ids of its workers."""
        return self.processes("jobs.worker")

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Work on its database directly, as its own processes do."""
        app = create_app(Settings.from_env(self.portal.environ).with_keys())
        with app.app_context():
            try:
                yield
            finally:
                db.session.remove()
                db.engine.dispose()

    def is_idle(self) -> bool:
        """Whether all of its workers wait for a ring."""
        with self.redis_client() as client:
            known = Worker.all(connection=client)
            idle = {one.pid for one in known if one.get_state() == WorkerStatus.IDLE}
        workers = self.workers
        return len(workers) == self.workers_wanted and idle.issuperset(workers)

    def redis_client(self) -> redis.Redis:
        """A connection to the Redis that it uses."""
        return redis.Redis.from_url(Settings.from_env(self.portal.environ).redis_url)

    def end(
        self, *victims: int, how: signal.Signals = signal.SIGKILL, within: float = 10.0
    ) -> None:
        """Send ``how`` to the processes ``victims`` and wait for their end."""
        for victim in victims:
            processes.kill(victim, how)
        until(lambda: not any(processes.is_there(victim) for victim in victims), within)

    @property
    def _well(self) -> dict[str, object]:
        return {"database": "ok", "redis": "ok", "workers": self.workers_wanted}

    def _servers(self) -> dict[str, str]:
        if self.database == "sqlite":
            return {}
        for name in ("redis", "postgresql"):
            (self._folder / name).mkdir()
        self.redis = servers.Redis(self._folder / "redis")
        self.postgresql = Durable(self._folder / "postgresql")
        return {"DATABASE_URL": self.postgresql.url("portal"), "REDIS_URL": self.redis.url}
