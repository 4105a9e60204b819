"""Pace: how often a trigger or a key may be used, counted over all web processes.

Redis counts; while it is away each process counts for itself, so that a limit still holds.
"""

import time
from dataclasses import dataclass
from threading import Lock

from portal import queue

WINDOW_SECONDS = 60


def seconds_to_wait(counted_id: str, per_minute: int) -> int:
    """Count a use of the trigger or key ``counted_id``; 0 when it is among the first
    ``per_minute`` of a minute that begins with the first of them, else how many seconds (1 to 60)
    are left of that minute."""
    counted = queue.count_up(f"khuttaf:calls:{counted_id}", WINDOW_SECONDS)
    count, left = counted or _count_here(counted_id)
    return 0 if count <= per_minute else max(1, min(WINDOW_SECONDS, left))


@dataclass(slots=True)
class _Window:
    ends: float
    count: int = 0


_windows: dict[str, _Window] = {}
_lock = Lock()


def _count_here(trigger_id: str) -> tuple[int, int]:
    now = time.monotonic()
    with _lock:
        for ended in [one for one, window in _windows.items() if window.ends <= now]:
            del _windows[ended]
        window = _windows.setdefault(trigger_id, _Window(now + WINDOW_SECONDS))
        window.count += 1
        return window.count, round(window.ends - now) or 1
