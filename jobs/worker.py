"""``python -m jobs.worker``: an RQ worker that sends deliveries, one process.

It runs jobs in its own process, which keeps connections warm, and listens to exactly one queue,
because RQ loses jobs between two. A job that it loses in spite of that is rung for again.
"""

import logging
import os
import random
import socket
import sys
import time
from contextlib import suppress
from typing import Any

from flask import Flask
from redis import Redis, RedisError
from rq import Queue, SimpleWorker
from rq.exceptions import StopRequested
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.worker import WorkerStatus

from jobs import deliveries, leaving
from jobs.leaving import Leaving
from portal import create_core
from portal.queue import DRAIN, QUEUE, WORKER_PREFIX, connection, is_up, patient_connection
from portal.settings import SettingError

# The only functions that a job may name, whoever wrote it into Redis.
ALLOWED = frozenset({DRAIN})

WORKER_TTL = 30
BEAT_SECONDS = 10.0
# A worker is replaced by a fresh one after an hour or so, not all of them at once.
LIFETIME_SECONDS, LIFETIME_SPREAD = 3600, 600
MAX_JOBS = 100_000


class RefusedJobError(Exception):
    """A job that names a function which is not ours to run."""


class OwnJob(Job):
    """A job as found in Redis, of which only the name of an allowed function is believed."""

    success_callback = failure_callback = stopped_callback = None

    def perform(self) -> Any:
        """Run the function; raises :class:`RefusedJobError` when it is not an allowed one."""
        if self.func_name not in ALLOWED or self.instance is not None:
            raise RefusedJobError(f"a job may not run {str(self.func_name)[:200]!r}")
        return super().perform()

    def send_webhooks(self, *_: Any, **__: Any) -> None:
        """Nothing: RQ's own webhooks know no address guard."""


class DeliveryWorker(SimpleWorker):
    """The worker of the one queue; leaves soon when asked, and when it is old."""

    # Redis is looked for every second, not ever more rarely.
    exponential_backoff_factor = 1.0

    def __init__(self, app: Flask, redis: Redis, leave: Leaving) -> None:
        """``redis`` must allow blocking reads; raises ``RedisError`` when it is away."""
        self._app, self._leave = app, leave
        self._retires = time.monotonic() + LIFETIME_SECONDS + random.uniform(0, LIFETIME_SPREAD)
        self._beaten = 0.0
        super().__init__(
            [Queue(QUEUE, connection=redis, serializer=JSONSerializer, job_class=OwnJob)],
            name=f"{WORKER_PREFIX}{socket.gethostname()}-{os.getpid()}-{os.urandom(4).hex()}",
            connection=redis,
            worker_ttl=WORKER_TTL,
            job_class=OwnJob,
            serializer=JSONSerializer,
            log_job_description=False,
        )

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Run ``job`` in an app context of its own."""
        with self._app.app_context():
            super().execute_job(job, queue)

    def dequeue_job_and_maintain_ttl(
        self, timeout: int | None, max_idle_time: int | None = None
    ) -> tuple[Job, Queue] | None:
        """The next job, or None when it is time to make room for a fresh worker."""
        left = int(self._retires - time.monotonic())
        return super().dequeue_job_and_maintain_ttl(timeout, left) if left > 0 else None

    def beat(self) -> None:
        """Tell Redis now and then, in the middle of a drain, that this worker is well."""
        if time.monotonic() < self._beaten + BEAT_SECONDS:
            return
        self._beaten = time.monotonic()
        with suppress(RedisError), connection().pipeline() as pipe:
            self.heartbeat(pipeline=pipe)
            pipe.execute()

    def _shutdown(self) -> None:
        # RQ would write to Redis here, inside a signal handler, and wait for it.
        self._leave.ask()
        self._stop_requested = True
        if self.get_state() != WorkerStatus.BUSY:
            raise StopRequested


def main() -> int:
    """Wait for Redis, then work until asked to leave or old; returns the exit code."""
    logging.basicConfig(level=logging.WARNING)
    leave = leaving.from_arguments("Sends deliveries when the bell is rung.")
    try:
        app = create_core()
    except SettingError as error:
        print(error, file=sys.stderr)
        return 2
    with app.app_context():
        while not is_up():
            time.sleep(1)
        return _work(app, patient_connection(), leave)


def _work(app: Flask, redis: Redis, leave: Leaving) -> int:
    try:
        worker = DeliveryWorker(app, redis, leave)
        deliveries.shift = deliveries.Shift(lambda: leave.asked, worker.beat)
        worker.log.addFilter(_is_news)
        worker.work(logging_level="WARNING", max_jobs=MAX_JOBS)
    except RedisError as error:
        print(f"Redis went away ({error}); the worker starts anew.", file=sys.stderr)
        return 1
    return 0


def _is_news(record: logging.LogRecord) -> bool:
    # RQ says twice a second that Redis is away, and once more with a traceback when it gives up.
    gave_up = record.exc_info is not None and isinstance(record.exc_info[1], RedisError)
    return not gave_up and "could not connect to Redis" not in str(record.msg)


if __name__ == "__main__":
    raise SystemExit(main())
