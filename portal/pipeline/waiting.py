"""Waiting: a synchronous call whose rules ask others, answered by its deadline at the latest.

The call is stored before its run begins, leased to this process: should that end, a worker does
the run. Past the deadline the caller gets what is configured for that, and the run goes on.
"""

from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late

from flask import Flask, current_app
from sqlalchemy import select, update

from portal.domain.calls import answer_of, answer_text
from portal.domain.inputs import Inputs
from portal.domain.triggers.answering import Answer
from portal.domain.triggers.plan import Plan
from portal.domain.triggers.running import Decision, answered
from portal.models import Call
from portal.pipeline.asking import ask_and_finish
from portal.pipeline.finishing import Run, milliseconds_since
from portal.pipeline.transactions import reading, writing

# Runs that callers wait for at once, in this process; more wait for their turn.
MOST = 128
# RFC 9110 §15.5.9, as the seed's model answers a run that is too slow.
TIMED_OUT = Answer(408)

_threads = ThreadPoolExecutor(MOST, thread_name_prefix="waiting")


def answer_in_time(token: str, run: Run) -> Answer:
    """The answer of a run that is leased under ``token``, or what its caller gets instead when
    the deadline passes; either way it is on record."""
    app: Flask = current_app._get_current_object()
    work: Future[Decision | None] = _threads.submit(_carry_out, app, token, run)
    try:
        decision = work.result(run.plan.deadline_seconds)
    except Late:
        return _answer_late(run)
    return decision.answer if decision else _answer_on_record(run) or TIMED_OUT


def _carry_out(app: Flask, token: str, run: Run) -> Decision | None:
    with app.app_context():
        return ask_and_finish(token, run)


def late_answer(plan: Plan, inputs: Inputs) -> Answer:
    """What the caller gets whose rules have not ended in time."""
    return answered(plan, plan.accepted, inputs) if plan.accepted else TIMED_OUT


def _answer_late(run: Run) -> Answer:
    answer = late_answer(run.plan, run.inputs)
    with writing() as session:
        given = session.execute(
            update(Call)
            .where(Call.id == run.call_id, Call.answer.is_(None))
            .values(
                status=answer.status,
                answer=answer_text(answer),
                duration_ms=milliseconds_since(run.at),
                is_late=True,
            ),
            execution_options={"synchronize_session": False},
        )
    # The run may have ended at the very last moment.
    return answer if given.rowcount else _answer_on_record(run) or answer


def _answer_on_record(run: Run) -> Answer | None:
    with reading() as session:
        kept = session.scalar(select(Call.answer).where(Call.id == run.call_id))
    return answer_of(kept) if kept else None
