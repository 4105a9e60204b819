"""Processes as the kernel shows them in /proc: who started whom, and who talks to which port."""

import os
import resource
import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.waiting import until

ESTABLISHED = "01"
# The states of a process or thread that somebody has stopped, and of one that runs no more.
STOPPED, GONE = "T", ("Z", "X", "")


def below(ancestor: int) -> dict[int, str]:
    """The command lines, by process id, of all that descend from the process ``ancestor``."""
    parents = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            # The name stands in brackets and may hold anything; the parent comes after the state.
            parents[int(entry.name)] = int(
                (entry / "stat").read_text().rpartition(")")[2].split()[1]
            )
    found: dict[int, str] = {}
    youngest = {ancestor}
    while youngest:
        youngest = {process for process, parent in parents.items() if parent in youngest}
        found |= {process: _command(process) for process in youngest}
    return found


def connected(processes: Iterable[int], port: int) -> list[int]:
    """Those of ``processes`` that have an open connection to ``port`` of some machine."""
    sockets = {f"socket:[{inode}]" for inode in connections(port)}
    return [process for process in processes if sockets & _descriptors(process)]


def connections(port: int) -> list[str]:
    """The inodes of all sockets on this machine that are connected to ``port`` of some machine."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return [
        row[9]
        for row in rows
        if row[3] == ESTABLISHED and int(row[2].partition(":")[2], 16) == port
    ]


def resident(process: int) -> int:
    """How many bytes of memory ``process`` occupies now; 0 when it is gone."""
    with suppress(OSError):
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    return 0


def is_there(process: int) -> bool:
    """Whether ``process`` still runs; one that is dead and not reaped does not."""
    return _state(Path(f"/proc/{process}")) not in GONE


def kill(process: int, how: signal.Signals = signal.SIGKILL) -> None:
    """Send ``how`` to ``process``; harmless when it is gone."""
    with suppress(ProcessLookupError):
        os.kill(process, how)


def stop(*processes: int) -> None:
    """Stop ``processes`` where they stand, as a machine that swaps would."""
    for process in processes:
        kill(process, signal.SIGSTOP)
    # Each thread stops by itself, and one that waits for the disk later than the others.
    until(lambda: all(_stands(process) for process in processes))


def go_on(*processes: int) -> None:
    """Let ``processes`` go on where they stood."""
    for process in processes:
        kill(process, signal.SIGCONT)


@contextmanager
def frozen(*processes: int) -> Iterator[None]:
    """Stop ``processes`` while the context lasts."""
    stop(*processes)
    try:
        yield
    finally:
        go_on(*processes)


@contextmanager
def writing_no_files(*processes: int) -> Iterator[None]:
    """Let every write of ``processes`` to a file fail, as on a disk that is full."""
    for process in processes:
        _limit_files(process, 0)
    try:
        yield
    finally:
        for process in processes:
            _limit_files(process, resource.RLIM_INFINITY)


def _limit_files(process: int, size: int) -> None:
    with suppress(ProcessLookupError):
        _, hard = resource.prlimit(process, resource.RLIMIT_FSIZE)
        resource.prlimit(process, resource.RLIMIT_FSIZE, (size, hard))


def _stands(process: int) -> bool:
    return all(_state(one) in {STOPPED, *GONE} for one in Path(f"/proc/{process}/task").glob("*"))


def _state(entry: Path) -> str:
    with suppress(OSError):
        return (entry / "stat").read_text().rpartition(")")[2].split()[0]
    return ""


def _command(process: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    return ""


def _descriptors(process: int) -> set[str]:
    found = set()
    with suppress(OSError):
        for entry in Path(f"/proc/{process}/fd").iterdir():
            with suppress(OSError):
                found.add(str(entry.readlink()))
    return found
