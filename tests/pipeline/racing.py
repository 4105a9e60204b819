"""Two verbs at once: let loose together, or one of them held back at its commit."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from threading import Barrier, Event
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, text

from portal.extensions import db
from portal.models import Stream, now
from tests import factories
from tests.waiting import until

Verb = Callable[[], Any]

# SQLite has one writer at a time by its nature; only PostgreSQL has two that cross.
crossing = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)

_WAITING = """SELECT count(*) FROM pg_stat_activity
    WHERE wait_event_type = 'Lock' AND datname = current_database()"""


def at_once(app: Flask, *verbs: Verb) -> list[Any]:
    """What ``verbs`` return, each in a thread of its own, all begun at the same moment."""
    db.session.rollback()
    barrier = Barrier(len(verbs))

    def begin(verb: Verb) -> Any:
        barrier.wait(10)
        return verb()

    with ThreadPoolExecutor(len(verbs)) as pool:
        futures = [pool.submit(_in_context, app, begin, verb) for verb in verbs]
    return [future.result() for future in futures]


def while_uncommitted(app: Flask, first: Verb, second: Verb) -> tuple[Any, Any]:
    """Let ``second`` run while ``first`` has done everything but commit.

    ``first`` commits as soon as ``second`` is through or waits for it; returns what both do.
    """
    with ThreadPoolExecutor(2) as pool, _held_back(app, pool, first) as (held, go):
        other = pool.submit(_in_context, app, lambda verb: verb(), second)
        until(lambda: other.done() or _somebody_waits())
        go.set()
        return held.result(10), other.result(10)


@contextmanager
def _held_back(
    app: Flask, pool: ThreadPoolExecutor, verb: Verb
) -> Iterator[tuple[Future[Any], Event]]:
    reached, go = Event(), Event()

    def hold(session: Any) -> None:
        session.flush()
        reached.set()
        assert go.wait(10)

    def run(verb: Verb) -> Any:
        event.listen(db.session(), "before_commit", hold)
        return verb()

    future = pool.submit(_in_context, app, run, verb)
    try:
        until(lambda: reached.is_set() or future.done())
        yield future, go
    finally:
        go.set()


def _in_context(app: Flask, run: Callable[[Verb], Any], verb: Verb) -> Any:
    with app.app_context():
        return run(verb)


def _somebody_waits() -> bool:
    db.session.rollback()
    waiting = db.session.scalar(text(_WAITING))
    db.session.rollback()
    return waiting > 0


def let_leases_end() -> None:
    """Make every lease run out, as when its worker is dead, and everything that waits due."""
    factories.let_time_pass()
    past = now() - timedelta(seconds=1)
    db.session.query(Stream).update({"lease_until": past, "ready_at": None})
    db.session.commit()
