"""The processes that the one-machine run holds: started, restarted, and ended with it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from threading import Thread
from types import TracebackType

from portal.standalone.processes import ROOT
from portal.standalone.terminal import pass_on

TETHER = Path(__file__).with_name("tether.py")

# All of it is over within ten seconds: first everybody else, then Redis.
GRACE_SECONDS, GROUND_GRACE_SECONDS = 7.5, 1.5
WORDS_SECONDS = 0.2
PAUSE = 0.05

# A child that lived this long did not die of how it was started.
HEALTHY_SECONDS = 5.0
FIRST_DELAY, LONGEST_DELAY = 0.25, 15.0
# One that was killed from outside did nothing wrong.
DELAY_AFTER_KILL = 0.1


def spawn(
    command: list[str], environ: Mapping[str, str], cwd: Path = ROOT
) -> subprocess.Popen[bytes]:
    """Start ``command`` in a session of its own, bound to the life of this process.

    Must be called from the main thread, because the kernel binds a child to the thread that
    made it.
    """
    return subprocess.Popen(
        [sys.executable, "-I", "-S", str(TETHER), str(os.getpid()), *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        env=dict(environ),
        cwd=cwd,
    )


def end_group(process: subprocess.Popen[bytes]) -> None:
    """Kill whatever is left of the session of ``process``, and then reap it.

    In this order: as long as it is not reaped, its number belongs to nobody else.
    """
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Whether ``process`` is dead, without reaping it."""
    if process.returncode is not None:
        return True
    look = os.WEXITED | os.WNOHANG | os.WNOWAIT
    return os.waitid(os.P_PID, process.pid, look) is not None


class Child:
    """A process that is started again whenever it ends."""

    def __init__(self, name: str, command: list[str], environ: Mapping[str, str]) -> None:
        """``name`` stands before every line that it writes."""
        self.name = name
        self._command, self._environ = command, environ
        self._deaths = 0
        self._due = 0.0
        self.start()

    def start(self) -> None:
        """Start the process and pass on what it writes."""
        self._started = time.monotonic()
        self._running = True
        self.process = spawn(self._command, self._environ)
        self._words = Thread(target=pass_on, args=(self.name, self.process.stdout), daemon=True)
        self._words.start()

    def tend(self) -> None:
        """Start it again if it is dead, at once or a little later."""
        now = time.monotonic()
        if self._running and has_ended(self.process):
            self._running = False
            end_group(self.process)
            self._due = now + self._delay(now - self._started)
        if not self._running and now >= self._due:
            self.start()

    def _delay(self, lived: float) -> float:
        if self.process.returncode == -signal.SIGKILL:
            return DELAY_AFTER_KILL
        self._deaths = 0 if lived > HEALTHY_SECONDS else self._deaths + 1
        if not self._deaths:
            return 0.0
        return min(FIRST_DELAY * 2.0 ** min(self._deaths - 1, 10), LONGEST_DELAY)

    def ask_to_end(self) -> None:
        """Send it SIGTERM, if it runs."""
        if self._running and not has_ended(self.process):
            os.kill(self.process.pid, signal.SIGTERM)

    def end(self) -> None:
        """Kill what is left of it, and see its last words printed."""
        end_group(self.process)
        self._words.join(WORDS_SECONDS)


class Children:
    """All children; leaving the context ends them, the ones that others stand on last."""

    def __init__(self) -> None:
        self._ground: list[Child] = []
        self._others: list[Child] = []

    def add(self, name: str, command: list[str], environ: Mapping[str, str]) -> Child:
        """Start a child and hold it."""
        self._others.append(child := Child(name, command, environ))
        return child

    def add_ground(self, name: str, command: list[str], environ: Mapping[str, str]) -> Child:
        """Start a child that the others stand on, and hold it until they have ended."""
        self._ground.append(child := Child(name, command, environ))
        return child

    def tend(self) -> None:
        """Look after each of them once."""
        for child in self._ground + self._others:
            child.tend()

    def __enter__(self) -> "Children":
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        _end(self._others, GRACE_SECONDS)
        _end(self._ground, GROUND_GRACE_SECONDS)


def _end(children: list[Child], grace: float) -> None:
    for child in children:
        child.ask_to_end()
    deadline = time.monotonic() + grace
    while time.monotonic() < deadline and not all(has_ended(c.process) for c in children):
        time.sleep(PAUSE)
    for child in children:
        child.end()
