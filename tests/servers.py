"""The real programs that the tests run against, and how they get onto this machine.

Every server lives in a temporary folder, is ended by its own process id, and ends with the test
run even when that is killed: the kernel tells it that its parent died.
"""

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import psycopg
import redis

from tests.waiting import until

# What the tests ask for, and the Debian package that brings it.
PACKAGES = {
    "postgresql": "postgresql",
    "redis": "redis-server",
    "chromium": "chromium-headless-shell",
}

# Put before a command, it ends the command when the test run dies, by whatever cause.
BOUND = ["setpriv", "--pdeathsig", "INT"]


class MissingProgramError(Exception):
    """A program is not here and cannot be brought; the text says what to type."""


def need(*names: str) -> None:
    """Make sure that the programs ``names``, keys of :data:`PACKAGES`, are installed.

    As root on a machine with apt-get the missing ones are installed; anywhere else, and when
    the installation fails, raises :class:`MissingProgramError`.
    """
    missing = [PACKAGES[name] for name in names if not find(name)]
    if missing:
        install(missing)


def find(name: str) -> str | None:
    """Where the program ``name``, a key of :data:`PACKAGES`, is installed; None if nowhere."""
    if name == "postgresql":
        # Debian keeps the server's programs off the path.
        versions = Path("/usr/lib/postgresql").glob("*/bin/postgres")
        newest = max(versions, key=lambda path: int(path.parent.parent.name), default=None)
        return str(newest) if newest else shutil.which("postgres")
    return shutil.which(PACKAGES[name])


def install(packages: Iterable[str]) -> None:
    """Install Debian's ``packages``, or raise :class:`MissingProgramError` with what to type."""
    install_them = "apt-get install -y -qq --no-install-recommends " + " ".join(packages)
    command = f"apt-get update -qq && {install_them}"
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise MissingProgramError(
            f"The tests need programs that are not installed; type: sudo sh -c '{command}'"
        )
    done = subprocess.run(
        ["sh", "-c", command],
        env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode != 0:
        raise MissingProgramError(
            f"{done.stdout[-2000:]}\nThis failed; mend it and type: {command}"
        )


def free_port() -> int:
    """A port of the loopback address on which nobody listens at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A program that runs until it is stopped, and can be started again."""

    # Seconds that it may take until it serves.
    patience = 30.0

    def __init__(
        self,
        command: list[str],
        folder: Path,
        ready: Callable[[], bool],
        environ: Mapping[str, str] | None = None,
    ) -> None:
        """``command`` writes its output to ``folder/log``; ``ready`` tells when it serves."""
        self._command, self._log, self._ready = command, folder / "log", ready
        self._environ = environ
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it serves; raises with its log when it ends instead."""
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env=self._environ,
            )
        until(self._serves_or_ended, self.patience)
        if self.process.poll() is not None:
            raise RuntimeError(self.said()[-4000:])

    def said(self) -> str:
        """Everything that it has written so far, over all its starts."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End it and wait until it is gone; harmless when it does not run."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(how)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(20)

    def _serves_or_ended(self) -> bool:
        return self.process.poll() is not None or self._ready()


class Redis(Server):
    """A Redis server that keeps nothing on disk, on a Unix socket in ``folder``."""

    def __init__(self, folder: Path) -> None:
        need("redis")
        path = folder / "redis.sock"
        self.url = f"unix://{path}"
        # Every test needs it, and connecting anew would take most of the time.
        self._client = redis.Redis.from_url(self.url)
        command = [*BOUND, find("redis") or "", "--port", "0", "--unixsocket", str(path)]
        command += ["--save", "", "--appendonly", "no", "--dir", str(folder)]
        super().__init__(command, folder, self._answers)

    def clear(self) -> None:
        """Forget everything."""
        self._client.flushall()

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End it and wait until it is gone; harmless when it does not run."""
        self._client.close()
        super().stop(how)

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url) as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False


class PostgreSQL(Server):
    """A PostgreSQL server with its cluster in ``folder``, on a loopback port of its own.

    Unless it is ``durable``, it is quick and would forget its last commits in a power cut.
    """

    def __init__(self, folder: Path, durable: bool = False) -> None:
        need("postgresql")
        program, data = Path(find("postgresql") or ""), folder / "data"
        bound, self.port = _as_postgres(folder), free_port()
        subprocess.run(
            [*bound, str(program.with_name("initdb")), "-D", str(data), "-U", "portal"]
            + ["--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd="/",
        )
        command = [*bound, str(program), "-D", str(data), "-p", str(self.port)]
        options = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(folder),
            "max_connections": "200",
            # What survives a power cut is PostgreSQL's affair, not these tests'.
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
        }
        if durable:
            options |= {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        super().__init__(command, folder, self._answers)

    def url(self, database: str) -> str:
        """The address of ``database``, as the setting DATABASE_URL wants it."""
        return f"postgresql+psycopg://portal@127.0.0.1:{self.port}/{database}"

    def address(self, database: str = "postgres") -> str:
        """The address of ``database``, as libpq wants it."""
        return f"host=127.0.0.1 port={self.port} user=portal dbname={database} connect_timeout=5"

    def create(self, database: str) -> None:
        """Make an empty ``database``."""
        self._run(f'CREATE DATABASE "{database}"')

    def drop(self, database: str) -> None:
        """Remove ``database`` and end whoever is still connected to it."""
        self._run(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    def _run(self, statement: str) -> None:
        with psycopg.connect(self.address(), autocommit=True) as connection:
            connection.execute(statement)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.address()).close()
        except psycopg.OperationalError:
            return False
        return True


def _as_postgres(folder: Path) -> list[str]:
    """What to put before a command, because PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return BOUND
    shutil.chown(folder, "postgres", "postgres")
    return [*BOUND, "--reuid", "postgres", "--regid", "postgres", "--clear-groups"]
