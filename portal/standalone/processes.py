"""The commands of the long-running processes, and how one process becomes one of them."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from portal.extensions import settings as current_settings
from portal.settings import Settings

ROOT = Path(__file__).resolve().parents[2]

# Hundreds of clients that send half a body and wait must not keep everybody else out. A thread is
# made when it is needed, so that many cost nothing in quiet times.
BLOCKING_THREADS = 1024
# Where headers end: 431 past this.
HEADER_BYTES = 16384
KILL_SECONDS = 5


def web(settings: Settings) -> list[str]:
    """The command of the web server: one process that answers on the settings' host and port."""
    options = {
        "--interface": "wsgi",
        "--host": settings.host,
        "--port": settings.port,
        "--http": "1",
        "--workers": 1,
        "--blocking-threads": BLOCKING_THREADS,
        "--http1-buffer-size": HEADER_BYTES,
        "--workers-kill-timeout": KILL_SECONDS,
        # Below this it warns of as many threads as we want.
        "--log-level": "error",
    }
    listed = [str(part) for option in options.items() for part in option]
    flags = ["--no-ws", "--respawn-failed-workers"]
    return [sys.executable, "-m", "granian", *listed, *flags, "wsgi:app"]


def worker(*options: str) -> list[str]:
    """The command of a worker."""
    return [sys.executable, "-m", "jobs.worker", *options]


def ticker(*options: str) -> list[str]:
    """The command of a ticker."""
    return [sys.executable, "-m", "jobs.ticker", *options]


def environment(settings: Settings, environ: Mapping[str, str]) -> dict[str, str]:
    """The environment of a process that is to have the same ``settings``.

    Without names that begin with ``HTTP_``: a WSGI server would show them to the portal as
    headers of every request.
    """
    kept = {name: value for name, value in environ.items() if not name.startswith("HTTP_")}
    # A relative folder would be another one there, because every process runs in ROOT.
    return kept | {"PORTAL_DATA": str(settings.data), "PYTHONUNBUFFERED": "1"}


def run_web() -> NoReturn:
    """Become the web server of the current app's settings."""
    _become(web(current_settings()))


def run_worker() -> NoReturn:
    """Become a worker."""
    _become(worker())


def run_ticker() -> NoReturn:
    """Become a ticker."""
    _become(ticker())


def _become(command: list[str]) -> NoReturn:
    environ = environment(current_settings(), os.environ)
    os.chdir(ROOT)
    os.execvpe(command[0], command, environ)
