"""What the processes of a tried portal do otherwise than they should, while a switch is on.

Every process of it comes by here when it starts. A switch is a file in a folder, so that it can
be turned while they run: with the fence, the lease or the bell gone an experiment must fail, else
it proves nothing.
"""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from functools import wraps
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from sqlalchemy import ClauseElement, and_
from sqlalchemy.sql import visitors

FOLDER, LEASE = "KHUTTAF_SWITCHES", "KHUTTAF_LEASE_SECONDS"
NO_FENCE, NO_LEASE = "no-fence", "no-lease"
DIE_BEFORE_RECORD, DIE_BEFORE_RING = "die-before-record", "die-before-ring"
DIE_BEFORE_FINISH = "die-before-finish"

# A process that obeys the switches leaves a file here with its number, and in it the token under
# which it last took leases.
OBEDIENT = "obedient"
# What the name of a second such file ends in, with the token under which it last took runs, and
# of one that is there while it does a job: what Redis knows of that is flushed now and then.
OF_RUNS, BUSY = ".runs", ".busy"

Verb = Callable[..., Any]

# What Python runs at its start when it finds it on its path.
HOOK = """import os, sys, traceback
sys.path.insert(0, {root!r})
try:
    from tests.faults import tampering
    tampering.install()
except BaseException:
    # Python would print it and go on, with every switch dead.
    traceback.print_exc()
    os._exit(70)
"""


def environ(folder: Path, root: Path, lease: float | None) -> dict[str, str]:
    """What to add to the environment of processes that are to obey the switches in ``folder``.

    ``lease`` is a length in seconds instead of the real one; None keeps that.
    """
    hook = folder / "hook"
    hook.mkdir()
    (folder / OBEDIENT).mkdir()
    (hook / "sitecustomize.py").write_text(HOOK.format(root=str(root)))
    added = {"PYTHONPATH": str(hook), FOLDER: str(folder)}
    return added | ({LEASE: str(lease)} if lease else {})


def install() -> None:
    """Put the switches into this process, and shorten the lease if that is asked for."""
    from portal.pipeline import calls, finishing, publish, record, streams

    record.record = _recording(record, record.record)
    streams._is_takeable = _taking(streams._is_takeable)
    queue = {**vars(publish.queue), "ring": _ringing(publish.queue.ring)}
    publish.queue = calls.queue = SimpleNamespace(**queue)
    finishing.finish = _finishing(finishing.finish)
    finishing._mine = _fencing(finishing._mine)
    # After the above, because these take over the names of what they use.
    from jobs import deliveries
    from portal.pipeline import asking, desk, runs

    deliveries.drain = _draining(deliveries.drain)
    desk.Desk.__init__ = _opening(desk.Desk.__init__)
    runs._Askers.__init__ = _opening_runs(runs._Askers.__init__)
    runs._IS_DUE = _Due(runs._IS_DUE)
    if LEASE in os.environ:
        seconds = float(os.environ[LEASE])
        assert seconds < streams.LEASE.total_seconds()
        streams.LEASE, desk.RENEW_EVERY = (
            timedelta(seconds=seconds),
            min(seconds / 4, desk.RENEW_EVERY),
        )
        runs.LEASE = calls.FIRST_LEASE = streams.LEASE
        # Who asks another address waits for it as long as ever, and may do so past the lease.
        asking.MARGIN_SECONDS = seconds - asking.ASK_SECONDS

    _leave_word("")
    os.register_at_fork(after_in_child=lambda: _leave_word(""))


def _word(of: str = "") -> Path:
    return Path(os.environ[FOLDER], OBEDIENT, f"{os.getpid()}{of}")


def _leave_word(token: str, of: str = "") -> None:
    # A disk that is full is one of the experiments.
    with suppress(OSError):
        _word(of).write_text(token)


def _is_on(switch: str) -> bool:
    return Path(os.environ[FOLDER], switch).exists()


def _die_if(switch: str) -> None:
    """End as by a power cut if ``switch`` is on; it goes off, so that only one process does."""
    try:
        Path(os.environ[FOLDER], switch).unlink()
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


def _recording(module: Any, real: Verb) -> Verb:
    fenced = module._IS_MINE
    unfenced = fenced.replace(" AND streams.lease_token = :token", "")
    assert unfenced != fenced

    @wraps(real)
    def record(*arguments: Any, **more: Any) -> Any:
        _die_if(DIE_BEFORE_RECORD)
        module._IS_MINE = unfenced if _is_on(NO_FENCE) else fenced
        return real(*arguments, **more)

    return record


def _opening(real: Verb) -> Verb:
    @wraps(real)
    def open_desk(desk: Any) -> None:
        real(desk)
        _leave_word(desk._token)

    return open_desk


def _draining(real: Verb) -> Verb:
    @wraps(real)
    def drain() -> None:
        _word(BUSY).touch()
        try:
            real()
        finally:
            _word(BUSY).unlink(missing_ok=True)

    return drain


def _finishing(real: Verb) -> Verb:
    @wraps(real)
    def finish(*arguments: Any) -> Any:
        _die_if(DIE_BEFORE_FINISH)
        return real(*arguments)

    return finish


def _fencing(real: Verb) -> Verb:
    @wraps(real)
    def mine(session: Any, token: str, call_ids: Any) -> set[str]:
        return set(call_ids) if _is_on(NO_FENCE) else real(session, token, call_ids)

    return mine


def _opening_runs(real: Verb) -> Verb:
    @wraps(real)
    def open_runs(askers: Any) -> None:
        real(askers)
        _leave_word(askers.token, OF_RUNS)

    return open_runs


class _Due:
    """What makes a run due: a state that it has, and a lease that has ended."""

    def __init__(self, real: tuple[ClauseElement, Any]) -> None:
        self._state, self._lease = real

    def __iter__(self) -> Iterator[ClauseElement]:
        anything = self._lease.left.is_not(None)
        return iter((self._state, anything if _is_on(NO_LEASE) else self._lease))


def _taking(real: Verb) -> Verb:
    def is_takeable() -> Any:
        condition = real()
        if not _is_on(NO_LEASE):
            return condition
        return and_(*(part for part in condition.clauses if not _speaks_of_leases(part)))

    return is_takeable


def _speaks_of_leases(part: ClauseElement) -> bool:
    return any(getattr(one, "name", None) == "lease_until" for one in visitors.iterate(part))


def _ringing(real: Verb) -> Verb:
    def ring() -> bool:
        _die_if(DIE_BEFORE_RING)
        return real()

    return ring
