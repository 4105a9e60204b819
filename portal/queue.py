"""The doorbell: the one place that enqueues, and the one that knows how Redis is doing.

Redis holds nothing that matters. A ring that is lost is made good by the ticker, so nothing here
raises when Redis is away, and nobody waits for it longer than about a second.
"""

from collections.abc import Callable
from functools import lru_cache
from time import monotonic
from typing import TypeVar

from redis import ConnectionError as RedisConnectionError
from redis import Redis, RedisError
from redis.backoff import ConstantBackoff, NoBackoff
from redis.retry import Retry
from rq import Queue
from rq.command import PUBSUB_CHANNEL_TEMPLATE
from rq.serializers import JSONSerializer

from portal.extensions import settings

QUEUE = "deliveries"
DRAIN = "jobs.deliveries.drain"

# How the names of our workers begin, which tells them from other programs' on a shared Redis.
WORKER_PREFIX = "khuttaf-"

# While this key is there, the bell has been rung and nobody has answered it yet.
WAKE = "khuttaf:wake"
# A ring whose job was lost on the way is forgotten after this many seconds.
WAKE_SECONDS = 5

# A drain ends by its own budget long before RQ's alarm would strike, perhaps inside a commit.
JOB_TIMEOUT = 3600
# A drain that failed leaves nothing to look at: its reason stands in the log.
KEEP_FAILED = 60

CONNECT_SECONDS, ANSWER_SECONDS = 0.5, 1.0
# For so many seconds after a failure, Redis is taken to be down without asking.
DOWN_SECONDS = 1.0

Answer = TypeVar("Answer")


class Bell:
    """A connection to Redis that is quick to give up, and remembers for a moment that it did."""

    def __init__(self, url: str) -> None:
        """``url`` is that of the setting ``REDIS_URL``; nothing is connected yet."""
        self.client = Redis.from_url(
            url,
            socket_connect_timeout=CONNECT_SECONDS,
            socket_timeout=ANSWER_SECONDS,
            # One more try, because a pooled connection may be one to a server that restarted.
            retry=Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
        )
        self.queue = Queue(QUEUE, connection=self.client, serializer=JSONSerializer)
        self._down = False
        self._silent_until = 0.0

    def ask(self, question: Callable[["Bell"], Answer], otherwise: Answer) -> Answer:
        """What ``question`` answers, or ``otherwise`` when Redis is down or was a moment ago."""
        if monotonic() < self._silent_until:
            return otherwise
        if self._down:
            # One caller finds out whether it is back; the others do not wait with it.
            self._silent_until = monotonic() + DOWN_SECONDS
        try:
            answer = question(self)
        except RedisError:
            self._down, self._silent_until = True, monotonic() + DOWN_SECONDS
            return otherwise
        self._down, self._silent_until = False, 0.0
        return answer


@lru_cache
def _bell_at(url: str) -> Bell:
    return Bell(url)


def _bell() -> Bell:
    return _bell_at(settings().redis_url)


def connection() -> Redis:
    """The client of this process, with short timeouts; its commands raise ``RedisError``."""
    return _bell().client


def patient_connection() -> Redis:
    """A new client for a worker, which waits for jobs in blocking reads of its own length."""
    return Redis.from_url(
        settings().redis_url,
        socket_connect_timeout=2.0,
        retry=Retry(ConstantBackoff(0.2), 5),
    )


def ring() -> bool:
    """Make sure that a worker looks for due work soon; false when Redis cannot be told.

    To be called after the commit. One round trip when the bell has been rung already, two when
    not.
    """
    return _bell().ask(_ring, otherwise=False)


def _ring(bell: Bell) -> bool:
    with bell.client.pipeline(transaction=False) as pipe:
        pipe.set(WAKE, 1, nx=True, ex=WAKE_SECONDS)
        pipe.llen(bell.queue.key)
        is_first, queued = pipe.execute()
    # A job that still stands in the queue will see this work too. Without workers, one stands
    # there, not one for every few seconds of their absence.
    if is_first and not queued:
        bell.queue.enqueue_call(
            DRAIN, timeout=JOB_TIMEOUT, result_ttl=0, failure_ttl=KEEP_FAILED, description="drain"
        )
    return True


def answer_bell() -> None:
    """Let the next ring count; to be called before the first claim, so that none is missed."""
    _bell().ask(lambda bell: bell.client.delete(WAKE), otherwise=0)


def count_up(key: str, seconds: int) -> tuple[int, int] | None:
    """Count one more under ``key``, which is forgotten ``seconds`` after the first; the count, and
    the seconds that are left. None when Redis is down."""
    return _bell().ask(lambda bell: _count_up(bell, key, seconds), otherwise=None)


def _count_up(bell: Bell, key: str, seconds: int) -> tuple[int, int]:
    with bell.client.pipeline() as pipe:
        pipe.set(key, 0, nx=True, ex=seconds)
        pipe.incr(key)
        pipe.ttl(key)
        _, count, left = pipe.execute()
    return count, left


def is_up() -> bool:
    """Whether Redis answers; never takes much longer than a second to tell."""
    return _bell().ask(lambda bell: bool(bell.client.ping()), otherwise=False)


def worker_count() -> int:
    """How many workers are listening; 0 when Redis is down.

    Every RQ worker holds a subscription to a channel of its own, which ends with its process
    whatever ends that. RQ's own register counts the killed ones for minutes.
    """
    pattern = PUBSUB_CHANNEL_TEMPLATE % f"{WORKER_PREFIX}*"
    return _bell().ask(lambda bell: len(bell.client.pubsub_channels(pattern)), otherwise=0)
