"""Receive: a call of a trigger, from its first byte to its answer, in the order of design §5.

Whoever is turned away is told with a status, and the call is on record with the reason.
"""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from portal.domain.calls import (
    RunState,
    answer_text,
    explanation,
    headers_text,
    outcome,
    searchable,
)
from portal.domain.envelope import moment_text
from portal.domain.inputs import Inputs
from portal.domain.paths import MISSING
from portal.domain.signatures.handshakes import Handshake, handshake
from portal.domain.signatures.verifying import Incoming
from portal.domain.triggers.admission import (
    Proof,
    Turned,
    authenticate,
    check_address,
    check_method,
    dedupe_key,
    inputs_of,
    read_body,
)
from portal.domain.triggers.answering import Answer, filled, template_of
from portal.domain.triggers.masked import mask
from portal.domain.triggers.running import at_once, decide, without_type
from portal.pipeline import plans
from portal.pipeline.budget import IN_REQUEST, spent
from portal.pipeline.calls import Earlier, Entry, keep, new_row
from portal.pipeline.finishing import Run
from portal.pipeline.pace import seconds_to_wait
from portal.pipeline.plans import Known
from portal.pipeline.publish import drafts_of
from portal.pipeline.refusals import record_refusal
from portal.pipeline.waiting import answer_in_time, late_answer


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request as it came: ``url`` is the public one, ``query`` what follows its question mark.

    ``read`` gives the body of at most so many bytes; it raises :class:`Turned`.
    """

    token: str
    method: str
    peer: str
    headers: Sequence[tuple[str, str]]
    query: str
    url: str
    read: Callable[[int], bytes]

    def incoming(self, body: bytes) -> Incoming:
        """What signatures are made over."""
        return Incoming(self.method, self.headers, self.query, body, self.url)


def receive(arrival: Arrival) -> Answer | None:
    """The answer to a call; None when its token leads nowhere.

    Raises :class:`Turned` for a call that is turned away, which is on record by then. What was
    accepted is committed before this returns; the database's errors mean that nothing was kept.
    """
    known = plans.find(arrival.token)
    if known is None:
        return None
    began, now = time.monotonic(), datetime.now(UTC)
    visit = _Visit(known, arrival, now, began)
    try:
        return _admitted(visit)
    except Turned as turned:
        record_refusal(known, visit.incoming, arrival.peer, turned, now)
        raise


@dataclass(slots=True)
class _Visit:
    """A call of a known trigger, with what is known of it so far."""

    known: Known
    arrival: Arrival
    now: datetime
    began: float
    body: bytes = b""

    @property
    def incoming(self) -> Incoming:
        return self.arrival.incoming(self.body)

    @property
    def milliseconds(self) -> int:
        return round((time.monotonic() - self.began) * 1000)


def _admitted(visit: _Visit) -> Answer:
    plan, arrival = visit.known.plan, visit.arrival
    check_method(plan, arrival.method, arrival.query)
    visit.body = arrival.read(plan.body_bytes)
    check_address(plan, arrival.peer)
    _check_pace(visit.known)
    greeting = plan.preset and handshake(
        plan.preset, visit.incoming, plan.signing_secrets, plan.verify_token, visit.now
    )
    if greeting:
        return _greet(visit, greeting)
    proof = authenticate(plan, visit.incoming, visit.now)
    value = read_body(arrival.headers, visit.body)
    return _carry_out(visit, proof, value)


def _check_pace(known: Known) -> None:
    wait = known.plan.per_minute and seconds_to_wait(known.trigger_id, known.plan.per_minute)
    if wait:
        raise Turned(429, "too_many_calls", {"Retry-After": str(wait)}, seconds=wait)


def _greet(visit: _Visit, greeting: Handshake) -> Answer:
    if not greeting.ok:
        raise Turned(greeting.status, "handshake_refused")
    answer = filled(template_of(greeting.answer), lambda _path: MISSING)
    kept = mask(visit.known.plan, visit.incoming)
    # The code is for staff to enter at the sender's.
    code = {"code": greeting.code} if greeting.code else {}
    proof = Proof("handshake", greeting.secret, {"handshake": greeting.kind, **code})
    entry = _entry(visit, proof, kept, answer)
    entry.row["reason"] = f"handshake_{greeting.kind}"
    keep(entry)
    return answer


def _carry_out(visit: _Visit, proof: Proof, value: Any) -> Answer:
    plan, arrival = visit.known.plan, visit.arrival
    kept = mask(plan, visit.incoming)
    if kept.body != visit.body:
        # Nothing that a rule does or answers may carry what is masked.
        value = read_body(kept.headers, kept.body)
    inputs = inputs_of(kept.headers, kept.query, value, moment_text(visit.now), arrival.peer)
    key = dedupe_key(plan.dedupe, inputs)
    if plan.is_sync and plan.asks_others:
        return _run_in_time(visit, proof, kept, inputs, key)
    if plan.is_sync:
        return _run_first(visit, proof, kept, inputs, key)
    decision = at_once(plan, inputs)
    entry = _entry(visit, proof, kept, decision.answer, key)
    if decision.error:
        entry.row |= outcome(plan, inputs, decision, proof.told)
    else:
        entry.row["run_state"] = RunState.WAITING.value
    return _answered(entry, decision.answer)


def _run_first(
    visit: _Visit, proof: Proof, kept: Incoming, inputs: Inputs, key: str | None
) -> Answer:
    plan = visit.known.plan
    decision = decide(plan, inputs, is_over=spent(IN_REQUEST))
    if decision.took_too_long:
        return _leave_to_workers(visit, proof, kept, inputs, key)
    entry = _entry(visit, proof, kept, decision.answer, key)
    entry.publish = drafts_of(decision.publish)
    entry.row |= outcome(plan, inputs, decision, proof.told, entry.publish)
    refused = partial(without_type, plan, inputs, decision)
    entry.on_error = lambda: outcome(plan, inputs, refused(), proof.told)
    answer = _answered(entry, decision.answer)
    return refused().answer if entry.has_failed else answer


def _leave_to_workers(
    visit: _Visit, proof: Proof, kept: Incoming, inputs: Inputs, key: str | None
) -> Answer:
    """Answer as past the deadline a call whose rules take too much of the web's time."""
    answer = late_answer(visit.known.plan, inputs)
    entry = _entry(visit, proof, kept, answer, key)
    entry.row |= {"run_state": RunState.WAITING.value, "is_late": True}
    return _answered(entry, answer)


def _run_in_time(
    visit: _Visit, proof: Proof, kept: Incoming, inputs: Inputs, key: str | None
) -> Answer:
    token = os.urandom(16).hex()
    entry = _entry(visit, proof, kept, None, key)
    entry.row |= {
        "run_state": RunState.WAITING.value,
        "lease_token": token,
        "duration_ms": None,
    }
    first = keep(entry)
    if first is not None:
        return _answer_of(first)
    known = visit.known
    run = Run(entry.row["id"], visit.now, known.account_id, known.plan, inputs, proof.told)
    return answer_in_time(token, run)


def _answered(entry: Entry, answer: Answer) -> Answer:
    """``answer`` once the call is stored, or what the call that it repeats was answered."""
    first = keep(entry)
    return answer if first is None else _answer_of(first)


def _answer_of(first: Earlier) -> Answer:
    if first.answer is None:
        raise StillRunning
    return first.answer


class StillRunning(Exception):
    """A repeat of a call whose run has not ended."""


def _entry(
    visit: _Visit, proof: Proof, kept: Incoming, answer: Answer | None, key: str | None = None
) -> Entry:
    known = visit.known
    row = new_row(
        account_id=known.account_id,
        trigger_id=known.trigger_id,
        version_id=known.version_id,
        at=visit.now,
        peer=visit.arrival.peer[:64],
        method=visit.arrival.method[:16],
        status=answer.status if answer else None,
        duration_ms=visit.milliseconds,
        dedupe_key=key,
        body_size=len(visit.body),
        headers=headers_text(kept.headers),
        query=kept.query,
        body=kept.body,
        answer=answer_text(answer) if answer else None,
        explanation=explanation(proof.told),
        search=searchable(kept.query, kept.body),
    )
    return Entry(row)
