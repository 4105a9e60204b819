"""Budgets: how much of the processor one run of rules may take."""

from collections.abc import Callable
from time import thread_time

# Within a request: what takes longer is a worker's to do.
IN_REQUEST = 1.0
# In a worker, or without effect for somebody who waits: less than a lease.
ALONE = 8.0


def spent(seconds: float) -> Callable[[], bool]:
    """Says whether this thread has worked for so many seconds from now on."""
    began = thread_time()
    return lambda: thread_time() - began > seconds
