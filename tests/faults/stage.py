"""A running portal to experiment with: its API, its processes, its switches."""

import signal
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import Path
from platform import python_version
from random import Random
from threading import local
from typing import Any

import redis
import requests
from rq import VERSION
from rq.command import PUBSUB_CHANNEL_TEMPLATE
from sqlalchemy import select

from portal.domain.actor import Actor
from portal.domain.scopes import KeyDraft
from portal.domain.states import Role
from portal.extensions import db
from portal.models import Account
from portal.pipeline import keys
from portal.queue import WORKER_PREFIX
from portal.settings import Settings
from tests import servers
from tests.faults import processes, tampering
from tests.faults.books import Books
from tests.faults.crowd import multiply
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


@dataclass(frozen=True)
class Door:
    """A trigger that publishes an event on ``line`` for each call; ``url`` is what is called."""

    trigger_id: str
    url: str
    line: Line


class Durable(servers.PostgreSQL):
    """A PostgreSQL that keeps what it has committed, even if it is killed."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._command += ["-c", "synchronous_commit=on"]


class Unhurried(Portal):
    """A portal whose start is not waited for unless somebody says so: two can start at once."""

    is_awaited = False

    def _works(self) -> bool:
        return not self.is_awaited or super()._works()


class Stage:
    """The run command on one kind of database, and what an experiment does with it.

    On PostgreSQL, that and Redis are servers of its own, so that they can be away; on SQLite,
    the portal starts its Redis itself.
    """

    def __init__(self, folder: Path, database: str, lease: float | None) -> None:
        self.database = database
        self.workers_wanted = 4 if database == "sqlite" else 2
        self.lease = lease or 15.0
        # How long a run that asks another address is nobody else's.
        self.asking_lease = lease or 45.0
        self.postgresql = self.redis = None
        self._switches = folder / "switches"
        self._switches.mkdir()
        self._folder, self._hooks, self._threads = folder, [], local()
        self._oracles: list[Oracle] = []
        self._triggers: list[str] = []
        # What an experiment does to it, and by what chance.
        self.faults: Counter[str] = Counter()
        self.random = Random()
        given = tampering.environ(self._switches, ROOT, lease) | self._servers()
        home = folder / "portal"
        home.mkdir()
        self.portal = Unhurried(home, PORTAL_WORKERS=str(self.workers_wanted), **given)
        self._heard: dict[servers.Server, int] = {}
        self.key = ""

    def begin(self) -> None:
        """Begin to bring everything up; :meth:`start` waits for it."""
        if self.portal.process:
            return
        for server in (self.postgresql, self.redis):
            if server:
                server.start()
        if self.postgresql:
            self.postgresql.create("portal")
        self.portal.start()

    def start(self) -> None:
        """Bring everything up, and see that all of it obeys the switches."""
        self.begin()
        self.portal.is_awaited = True
        until(lambda: self.portal.health() == self._well or self._has_ended(), 240)
        assert not self._has_ended(), self.portal.said()[-4000:]
        with self.portal.inside():
            account = db.session.scalars(select(Account)).one()
            self.key = keys.make_api_key(KeyDraft("تجارب"), Actor(account.id, "tests", Role.ADMIN))[
                1
            ]
        self.assert_obedient()

    def assert_obedient(self) -> None:
        """Fail unless every process runs with the switches built into it."""
        word = self._switches / tampering.OBEDIENT

        def disobedient() -> list[int]:
            return [one for one in self.processes("python") if not (word / str(one)).exists()]

        # One that has just been started comes by there in a moment.
        until(lambda: not disobedient(), 10)
        parts = {part: self.processes(part) for part in ("jobs.worker", "jobs.ticker", "granian")}
        assert all(parts.values()), parts

    def ask_to_stop(self) -> None:
        """Have the portal begin to end."""
        # The web server would wait for a warm connection.
        self.session.close()
        if self.portal.process:
            processes.kill(self.portal.process.pid, signal.SIGINT)

    def stop(self) -> None:
        """End everything."""
        for server in (self.portal, self.redis, self.postgresql):
            if server:
                server.stop()

    def tidy(self) -> None:
        """Leave nothing of an experiment behind: switches, hooks, triggers, what is owed."""
        for switch in self._switches.glob("*-*"):
            switch.unlink()
        self.settle()
        for hook_id in self._hooks:
            self.call("DELETE", f"/hooks/{hook_id}")
        for trigger_id in self._triggers:
            self.call("DELETE", f"/triggers/{trigger_id}")
            self.books.forgo_runs(trigger_id)
        self._hooks.clear()
        self._triggers.clear()

    def forget(self) -> None:
        """Forget what the last experiment did, and who watched it."""
        self.faults.clear()
        self._oracles.clear()

    def report(self) -> str:
        """What the experiment has come to, in one line."""
        faults = ", ".join(f"{number} {name}" for name, number in self.faults.items()) or "none"
        seen = "; ".join(oracle.report() for oracle in self._oracles) or "no oracle"
        return f"{self.versions}; {seen}; faults: {faults}"

    @cached_property
    def versions(self) -> str:
        """What it runs on."""
        with self.redis_client() as client:
            known = client.info("server")["redis_version"]
        return f"Python {python_version()}, {self.books.version()}, Redis {known}, RQ {VERSION}"

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
        if oracle not in self._oracles:
            self._oracles.append(oracle)
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

    def trigger(self, line: Line, ask: str | None = None, answer: Any = None, **draft: Any) -> Door:
        """A trigger by which each call publishes an event on ``line``, with the id that it bears.

        ``ask`` is an address that the run has to ask before that; ``answer`` what the rule
        answers, where the trigger is a synchronous one.
        """
        asking = {"name": "سؤال", "call": {"as": "asked", "url": ask, "body": {}}}
        event = {"type": line.event_type, "data": {"id": "{{ body.id }}"}}
        rule = {"name": "نشر", "publish": [event]} | ({"response": answer} if answer else {})
        rules = [asking, rule] if ask else [rule]
        usual = {"name": f"مشغل {next(_numbers)}", "mode": "async", "rules": rules}
        made = self.call("POST", "/triggers", usual | draft)
        self._triggers.append(made["id"])
        return Door(made["id"], made["url"], line)

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
    def crowd(self, like: Line, number: int, last_ok: bool | None = None) -> Iterator[str]:
        """Make the hook of ``like`` one of ``number``; yields the id of the policy of all.

        ``last_ok`` is what the last attempt to each of the others is to have come to.
        """
        with self.portal.inside():
            policy_id = multiply(like.hook_id, number - 1, last_ok)
        self._hooks.remove(like.hook_id)
        try:
            yield policy_id
        finally:
            self.books.switch_off(policy_id)
            until(lambda: not self.books.is_served(policy_id), 60)
            self.books.remove(policy_id)

    @contextmanager
    def fatal(self, switch: str) -> Iterator[list[int]]:
        """Let one of those who work die of ``switch`` in the context; yields a list that holds
        its process id afterwards. Where no worker is left, that is the ticker."""
        before, dead = self.processes("jobs."), []
        with self.switched_on(switch):
            yield dead
            dead += until(lambda: [one for one in before if not processes.is_there(one)])

    @contextmanager
    def switched_on(self, switch: str) -> Iterator[None]:
        """Tamper with every process, in the way that ``switch`` names."""
        self.assert_obedient()
        self.faults[switch] += 1
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

    @property
    def listening(self) -> set[int]:
        """The ids of the workers that would hear a ring."""
        pattern = PUBSUB_CHANNEL_TEMPLATE % f"{WORKER_PREFIX}*"
        with self.redis_client() as client:
            channels = client.pubsub_channels(pattern)
        # A name ends in the process id, and after that something by chance.
        return {int(channel.decode().split("-")[-2]) for channel in channels}

    @property
    def all_listen(self) -> bool:
        """Whether it has all its workers, and each would hear a ring: no other stands for it."""
        return len(self.workers) == self.workers_wanted and self.listening == set(self.workers)

    def token_of(self, process: int) -> str:
        """The token under which ``process`` last took leases; empty if it never did."""
        return self._word(str(process))

    def run_token_of(self, process: int) -> str:
        """The token under which ``process`` last took runs; empty if it never did."""
        return self._word(f"{process}{tampering.OF_RUNS}")

    def _word(self, name: str) -> str:
        with suppress(FileNotFoundError):
            return (self._switches / tampering.OBEDIENT / name).read_text()
        return ""  # It is just being started.

    def holder(self, line: Line) -> int | None:
        """The worker that has leased the hook of ``line``, if one has."""
        token = self.books.token_of(line.hook_id)
        return next((one for one in self.workers if token and self.token_of(one) == token), None)

    def runner(self, door: Door) -> int | None:
        """A worker that has leased runs of ``door``, if one has."""
        tokens = {row["lease_token"] for row in self.books.calls(door.trigger_id).values()}
        return next((one for one in self.workers if self.run_token_of(one) in tokens), None)

    @cached_property
    def books(self) -> Books:
        """Its database, seen from outside."""
        return Books(Settings.from_env(self.portal.environ).database_url)

    def is_idle(self) -> bool:
        """Whether all of its workers wait for a ring."""
        word = self._switches / tampering.OBEDIENT
        busy = [one for one in self.workers if (word / f"{one}{tampering.BUSY}").exists()]
        return self.all_listen and not busy

    def redis_client(self) -> redis.Redis:
        """A connection to the Redis that it uses."""
        return redis.Redis.from_url(Settings.from_env(self.portal.environ).redis_url)

    def end(
        self, *victims: int, how: signal.Signals = signal.SIGKILL, within: float = 10.0
    ) -> None:
        """Send ``how`` to the processes ``victims`` and wait for their end."""
        self.faults[how.name] += len(victims)
        for victim in victims:
            processes.kill(victim, how)
        until(lambda: not any(processes.is_there(victim) for victim in victims), within)

    @contextmanager
    def frozen(self, *victims: int) -> Iterator[None]:
        """Stop ``victims`` while the context lasts, none of them with SQLite's one lock: it
        would be the database that stood still then, and nobody could do anything."""
        self.faults["SIGSTOP"] += len(victims)
        try:
            until(lambda: self._stop(victims))
            yield
        finally:
            processes.go_on(*victims)

    def _stop(self, victims: Iterable[int]) -> bool:
        processes.stop(*victims)
        if not (stands := self.books.can_be_written()):
            processes.go_on(*victims)
        return stands

    @property
    def redis_process(self) -> int:
        """The process id of the Redis that it uses."""
        return self.redis.process.pid if self.redis else self.processes("redis-server")[0]

    @contextmanager
    def redis_away(self) -> Iterator[None]:
        """Kill Redis, and let nobody start it again while the context lasts."""
        self.faults["Redis killed"] += 1
        if self.redis:
            self.redis.stop(signal.SIGKILL)
            try:
                yield
            finally:
                self.redis.start()
            return
        # The run command starts it again at once, unless it stands still.
        with processes.frozen(self.portal.process.pid):
            processes.kill(redis_server := self.redis_process)
            until(lambda: not processes.is_there(redis_server))
            yield
        until(lambda: self.portal.health().get("redis") == "ok", 10)

    @contextmanager
    def database_away(self) -> Iterator[None]:
        """Crash PostgreSQL and keep it down, or let no process write to SQLite's files."""
        self.faults["database away"] += 1
        if self.postgresql:
            self.postgresql.stop(signal.SIGQUIT)
            try:
                yield
            finally:
                self.postgresql.start()
            return
        with processes.writing_no_files(*self.processes("-m ")):
            yield

    @contextmanager
    def database_locked(self) -> Iterator[None]:
        """Hold SQLite's one lock for writing, as somebody who copies the file might."""
        self.faults["database locked"] += 1
        other = sqlite3.connect(self.books.file, isolation_level=None, timeout=15)
        try:
            other.execute("BEGIN IMMEDIATE")
            yield
        finally:
            other.close()

    def _has_ended(self) -> bool:
        return self.portal.process.poll() is not None

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
