"""Runs: what an asynchronous call owes, done by whoever leases it, and done once.

A lease is a visibility timeout by the database's clock, as of a stream: a call that is taken is
due again when its lease has run out, unless its outcome is there. What a run publishes and the
outcome are one commit, fenced by the lease: a worker that comes late changes nothing.
"""

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from datetime import timedelta

from flask import Flask, current_app
from sqlalchemy import exists, select, text, update

from portal.domain.calls import auth_of, kept_inputs
from portal.domain.triggers.running import decide, failed
from portal.models import Call, utcnow
from portal.models.call import IN_FULL
from portal.pipeline.asking import ask_and_finish
from portal.pipeline.budget import ALONE, spent
from portal.pipeline.finishing import Finished, Run, finish, give_up
from portal.pipeline.plans import plan_of_version
from portal.pipeline.transactions import reading, writing

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=15)
# Taken at once: few enough to be done long before the lease ends.
MOST = 100
# Runs that wait for other addresses at once.
MOST_ASKING = 32
# How soon to look again while only those are under way.
LOOK_SECONDS = 0.1
# A call whose run has ended so many workers is not tried again.
MAX_ATTEMPTS = 5


def anything_due() -> bool:
    """Whether a run is owed that a worker could take now."""
    with reading() as session:
        return bool(session.scalar(select(exists().where(*_IS_DUE))))


def run_due(should_stop: Callable[[], bool]) -> int:
    """Do every run that is due, until none is or ``should_stop`` says so; returns how many.

    Runs that wait for other addresses keep no others waiting.
    """
    count = 0
    with _Askers() as askers:
        while not should_stop():
            calls = _take(askers.token) if askers.has_room else []
            if not calls and askers.is_idle:
                return count
            count += len(calls)
            _carry_out(calls, askers)
            askers.settle(0.0 if calls else LOOK_SECONDS)
    return count


class _Askers:
    """The runs that wait for other addresses, each in a thread of its own."""

    def __init__(self) -> None:
        self.token = os.urandom(16).hex()
        self._app: Flask = current_app._get_current_object()
        self._threads = ThreadPoolExecutor(MOST_ASKING, thread_name_prefix="asking")
        self._waiting: set[Future[object]] = set()

    def __enter__(self) -> "_Askers":
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.shutdown()

    @property
    def has_room(self) -> bool:
        return len(self._waiting) < MOST_ASKING

    @property
    def is_idle(self) -> bool:
        return not self._waiting

    def begin(self, call: Call, run: Run) -> None:
        self._waiting.add(self._threads.submit(self._carry_out, call, run))

    def settle(self, seconds: float) -> None:
        """Let go of those that are done; wait up to ``seconds`` for the first."""
        if self._waiting:
            self._waiting = wait(self._waiting, seconds, FIRST_COMPLETED).not_done

    def _carry_out(self, call: Call, run: Run) -> None:
        with self._app.app_context(), _apart(self.token, call):
            ask_and_finish(self.token, run)


def _carry_out(calls: Sequence[Call], askers: _Askers) -> None:
    finished: list[Finished] = []
    for call in calls:
        with _apart(askers.token, call):
            finished += _begun(call, askers)
    if finished:
        finish(askers.token, finished)


@contextmanager
def _apart(token: str, call: Call) -> Iterator[None]:
    """Keep a call that breaks its run from breaking those that were taken with it; it is tried
    again after its lease, and given up in the end."""
    try:
        yield
    except Exception:
        log.exception("the run of call %s broke", call.id)
        if call.attempt_count >= MAX_ATTEMPTS:
            give_up(token, call.id)


def _begun(call: Call, askers: _Askers) -> list[Finished]:
    """The run of a call, done; nothing where it has to wait for others: then it is under way."""
    run = run_of(call)
    if call.attempt_count > MAX_ATTEMPTS:
        return [Finished(run, failed(run.plan, run.inputs, "run_interrupted"))]
    if run.plan.asks_others:
        askers.begin(call, run)
        return []
    return [Finished(run, decide(run.plan, run.inputs, is_over=spent(ALONE)))]


def run_of(call: Call) -> Run:
    """The run that a call owes, under the version it came by."""
    return Run(
        call_id=call.id,
        at=call.at,
        account_id=call.account_id,
        plan=plan_of_version(call.version_id),
        inputs=kept_inputs(call),
        auth=auth_of(call.explanation),
        # Whoever was owed an answer got one before, or is gone.
        is_heard=False,
    )


def _take(token: str) -> Sequence[Call]:
    with writing() as session:
        ids = session.scalars(
            select(Call.id)
            .where(*_IS_DUE)
            .order_by(Call.due_at)
            .limit(MOST)
            .with_for_update(skip_locked=True)
        ).all()
        if not ids:
            return []
        session.execute(
            update(Call)
            .where(Call.id.in_(ids))
            .values(
                lease_token=token,
                due_at=session.scalar(select(utcnow())) + LEASE,
                attempt_count=Call.attempt_count + 1,
            ),
            execution_options={"synchronize_session": False},
        )
        calls = session.scalars(
            select(Call).where(Call.id.in_(ids)).order_by(Call.id).options(*IN_FULL)
        ).all()
        for call in calls:
            session.expunge(call)
    return calls


# Said as the partial index says it, which then serves.
_IS_DUE = (text("run_state = 'waiting'"), Call.due_at <= utcnow())
