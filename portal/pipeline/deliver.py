"""Deliver: take streams in which something is due, send it, record what came of it.

The data's path: a stream is leased (``streams``), what is due in it is read (``due``), made into
letters (``letters``), sent with no transaction open (``sender``) and recorded (``record``).
"""

import gc
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache

from portal.domain.addresses import Guard
from portal.pipeline.desk import Desk
from portal.pipeline.post import SLOTS, Post
from portal.pipeline.surroundings import guard
from portal.sender import Sender

# How long to wait for a pace, or for more to come, when nothing is under way.
PAUSE = 0.005
# No thread may keep the interpreter longer from one that serves hundreds of sockets.
SWITCH_SECONDS = 0.0005
# What waits to be sent is thousands of small objects, which are in no circles: looking for
# circles among them at Python's pace took a third of a worker's time.
GARBAGE_THRESHOLDS = (50_000, 20, 100)


def drain(should_stop: Callable[[], bool], beat: Callable[[], None]) -> int:
    """Send everything that is due; return the number of attempts made.

    ``should_stop`` is asked all the time: once true, nothing new is begun, and what is under way
    is finished. ``beat`` is called many times a second, to say that the caller lives.
    """
    with _tuned_interpreter():
        return _drain(should_stop, beat)


def _drain(should_stop: Callable[[], bool], beat: Callable[[], None]) -> int:
    sender = _sender(guard(), os.getpid())
    post, desk = Post(sender), Desk()
    try:
        while True:
            stopping = should_stop()
            if stopping:
                desk.forget_unsent()
            else:
                desk.refill()
                post.send(desk.flows.values(), desk.read_large)
            desk.take_in(post.collect())
            desk.settle(hurry=stopping or post.is_idle)
            desk.let_go(stopping)
            if not desk.flows:
                return desk.count
            if post.is_idle:
                desk.wait(PAUSE)
            beat()
    except BaseException:
        # What is under way belongs to nobody any more; it goes out again after its lease.
        _sender.cache_clear()
        sender.close()
        raise
    finally:
        desk.close()


@contextmanager
def _tuned_interpreter() -> Iterator[None]:
    thresholds, interval = gc.get_threshold(), sys.getswitchinterval()
    gc.freeze()
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(interval)
        gc.set_threshold(*thresholds)
        gc.unfreeze()


@lru_cache(maxsize=1)
def _sender(allowed: Guard, _process: int) -> Sender:
    # One for the life of the process, so that connections stay warm between drains.
    return Sender(allowed, slots=SLOTS)
