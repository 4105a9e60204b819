"""Deliver: take streams in which something is due, send it, record what came of it.

The data's path: a stream is leased (``streams``), what is due in it is read (``due``), made into
letters (``letters``), sent with no transaction open (``sender``) and recorded (``record``).
"""

import os
import time
from collections.abc import Callable
from functools import lru_cache

from portal.domain.addresses import Guard
from portal.pipeline.desk import Desk
from portal.pipeline.hooks import guard
from portal.pipeline.post import SLOTS, Post
from portal.sender import Sender

# How long to wait for a pace, or for more to come, when nothing is under way.
PAUSE = 0.005


def drain(should_stop: Callable[[], bool], beat: Callable[[], None]) -> int:
    """Send everything that is due; return the number of attempts made.

    ``should_stop`` is asked all the time: once true, nothing new is begun, and what is under way
    is finished. ``beat`` is called many times a second, to say that the caller lives.
    """
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
            desk.settle(at_once=stopping or post.is_idle)
            desk.let_go(stopping)
            if not desk.flows:
                return desk.count
            if post.is_idle:
                time.sleep(PAUSE)
            beat()
    except BaseException:
        # What is under way belongs to nobody any more; it goes out again after its lease.
        _sender.cache_clear()
        sender.close()
        raise
    finally:
        desk.close()


@lru_cache(maxsize=1)
def _sender(allowed: Guard, _process: int) -> Sender:
    # One for the life of the process, so that connections stay warm between drains.
    return Sender(allowed, slots=SLOTS)
