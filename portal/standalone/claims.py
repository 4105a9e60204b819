"""What only one portal can have at a time: its data folder and its port."""

import errno
import fcntl
import os
import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from portal.settings import SettingError
from portal.standalone.faults import CannotStartError

# A portal that was killed a moment ago is still letting go of its port.
PATIENCE_SECONDS = 3.0
PAUSE = 0.1


@contextmanager
def data_folder(folder: Path) -> Iterator[None]:
    """Hold the data folder ``folder``, which is made if need be.

    Raises :class:`SettingError` when it cannot be written, :class:`CannotStartError` when
    another run holds it. The lock goes with this process, however that ends.
    """
    with _opened(folder) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CannotStartError(
                f"Khuttaf is running already on the data folder {folder}: stop that run first, "
                "or name another folder in PORTAL_DATA.",
                f"خُطّاف يعمل بالفعل على مجلد البيانات {folder}: أوقف تلك النسخة أولًا، "
                "أو حدّد مجلدًا آخر في PORTAL_DATA.",
            ) from error
        yield


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    try:
        # What lies in there, the database too, is for nobody else on the machine.
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(folder / "run.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise SettingError(
            f"PORTAL_DATA: the folder {folder} cannot be written ({error.strerror}); "
            "make it writable or name another one."
        ) from error
    try:
        yield lock
    finally:
        os.close(lock)


def port(host: str, number: int) -> None:
    """Make sure that nobody listens on ``host`` and port ``number`` yet.

    Two web servers would share the port silently. Raises :class:`CannotStartError` when it is
    taken or not ours to take.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while error := _refusal(host, number):
        if error.errno != errno.EADDRINUSE:
            raise _unusable(host, number, error)
        if time.monotonic() > deadline:
            raise CannotStartError(
                f"Port {number} on {host} is taken by another program: stop that one, "
                "or choose another port with PORTAL_PORT.",
                f"المنفذ {number} على {host} مشغول ببرنامج آخر: أوقفه، "
                "أو اختر منفذًا آخر عبر PORTAL_PORT.",
            )
        time.sleep(PAUSE)


def _refusal(host: str, number: int) -> OSError | None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, number, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with closing(socket.socket(family, kind, protocol)) as probe:
            # Without it, connections that ended a minute ago would count as somebody.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        return error
    return None


def _unusable(host: str, number: int, error: OSError) -> CannotStartError:
    return CannotStartError(
        f"The portal cannot listen on {host} port {number} ({error.strerror}): "
        "choose others with PORTAL_HOST and PORTAL_PORT.",
        f"لا يمكن الاستماع على {host} والمنفذ {number}: اختر غيرهما عبر PORTAL_HOST وPORTAL_PORT.",
    )
