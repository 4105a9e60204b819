"""A run: the variables of a call are read, the rules tried in order, and the first that matches
decides what is published and answered.

Nothing here has an effect: where a rule calls another address, the run stands still until
whoever drives it hands in what that address said.
"""

import json
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from portal.domain import placeholders
from portal.domain.conditions import Result, as_json, evaluate
from portal.domain.events import MAX_EVENT_BYTES, parse_moment
from portal.domain.inputs import Inputs
from portal.domain.paths import MISSING, Path
from portal.domain.triggers.answering import DEFAULT, Answer, Template, filled
from portal.domain.triggers.outside import (
    NOT_MADE,
    OutsideCall,
    OutsideReply,
    PlannedCall,
    no_reply,
    outside_call,
    told_of,
)
from portal.domain.triggers.plan import Plan, PlannedRule

# What is kept of the variables of one call; a sample is in the body anyway.
MAX_KEPT = 64 * 1024

NONE: Mapping[str, OutsideReply] = {}
# Whether a run has had all the time it is to have.
IsOver = Callable[[], bool]


def never() -> bool:
    """For runs that may take as long as they do."""
    return False


Explained = Mapping[str, Any]
Steps = Generator[OutsideCall, OutsideReply, "Decision"]


@dataclass(frozen=True, slots=True)
class Decision:
    """What a run comes to. ``error`` is a stable code: then nothing is published, and ``answer``
    is the one configured for errors."""

    answer: Answer
    rule: str | None = None
    publish: tuple[tuple[str, str], ...] = ()
    error: str | None = None
    explanation: tuple[Explained, ...] = field(default=())

    @property
    def took_too_long(self) -> bool:
        """Whether the run was stopped because its time was over."""
        return self.error == "rules_too_long"


def decide(
    plan: Plan,
    inputs: Inputs,
    replies: Mapping[str, OutsideReply] = NONE,
    is_over: IsOver = never,
) -> Decision:
    """What the rules of ``plan`` make of a call, with no other address asked: what each would say
    is in ``replies``, by the name it is read under. ``is_over`` says when to stop with an error.
    """
    run = steps(plan, inputs, is_over)
    try:
        wanted = next(run)
        while True:
            wanted = run.send(replies.get(wanted.name, NOT_MADE))
    except StopIteration as done:
        return done.value


def steps(plan: Plan, inputs: Inputs, is_over: IsOver = never) -> Steps:
    """The run of a call: yields each call to another address and is sent its reply; returns the
    decision. An error never becomes a success."""
    explained: list[Explained] = []
    passed: PlannedRule | None = None
    for place, rule in enumerate(plan.rules):
        try:
            met, why = _tried(rule, inputs, is_over)
        except _Over:
            return failed(plan, inputs, "rules_too_long", rule.name, explained)
        explained.append(why)
        if met is None:
            return failed(plan, inputs, "condition_error", rule.name, explained)
        if met and rule.call is not None:
            reply, told = yield from _asked(rule.call, inputs)
            explained[-1] = {**why, "call": told}
            if reply.error:
                return failed(plan, inputs, "call_failed", rule.name, explained)
            inputs = replace(inputs, calls={**inputs.calls, rule.call.name: reply.value})
        if met and not rule.only_asks:
            return _matched(plan, rule, inputs, explained + _rest(plan, place))
        # A rule that does nothing but ask leaves it to the later ones what its reply means.
        passed = passed or (rule if met else None)
    if passed:
        return _matched(plan, passed, inputs, explained)
    return replace(at_once(plan, inputs), explanation=tuple(explained))


def at_once(plan: Plan, inputs: Inputs) -> Decision:
    """The decision of a call that is answered before its rules run, or that none of them met."""
    try:
        return Decision(filled(plan.response, inputs.value))
    except placeholders.TooLong:
        return failed(plan, inputs, "answer_too_long")


def _asked(
    call: PlannedCall, inputs: Inputs
) -> Generator[OutsideCall, OutsideReply, tuple[OutsideReply, Explained]]:
    try:
        asked = outside_call(call, inputs)
    except placeholders.TooLong:
        reply = no_reply("request_too_large", 0)
        return reply, told_of(call, None, reply)
    reply = yield asked
    return reply, told_of(call, asked, reply)


def answered(plan: Plan, template: Template, inputs: Inputs) -> Answer:
    """``template`` filled, or the answer for errors where that would be too long."""
    try:
        return filled(template, inputs.value)
    except placeholders.TooLong:
        return failed(plan, inputs, "answer_too_long").answer


def failed(
    plan: Plan,
    inputs: Inputs,
    error: str,
    rule: str | None = None,
    explained: Sequence[Explained] = (),
) -> Decision:
    """The decision of a run that met ``error``."""
    try:
        answer = filled(plan.on_error, inputs.value)
    except placeholders.TooLong:
        answer = Answer(500)
    reached = {one["number"] for one in explained}
    rest = [one for one in _rest(plan, -1) if one["number"] not in reached]
    return Decision(answer, rule, error=error, explanation=(*explained, *rest))


def without_type(plan: Plan, inputs: Inputs, decision: Decision) -> Decision:
    """What ``decision`` comes to where it publishes a type that is not in the catalogue."""
    return failed(plan, inputs, "unknown_event_type", decision.rule, decision.explanation)


def variables_of(plan: Plan, inputs: Inputs) -> dict[str, Any]:
    """What was read, by full path; what a call does not carry is left out."""
    found = {text: inputs.value(path) for text, path in plan.variables}
    read = {text: value for text, value in found.items() if value is not MISSING}
    size = 0
    for text, value in read.items():
        size += len(json.dumps(value))
        if size > MAX_KEPT:
            read[text] = "…"
    return read


def _matched(plan: Plan, rule: PlannedRule, inputs: Inputs, explained: list[Explained]) -> Decision:
    try:
        answer = filled(rule.response or DEFAULT, inputs.value)
        publish = tuple((kind, _data(data, inputs)) for kind, data in rule.publish)
    except placeholders.TooLong:
        return failed(plan, inputs, "answer_too_long", rule.name, explained)
    except _NotAnObject:
        return failed(plan, inputs, "event_not_an_object", rule.name, explained)
    return Decision(answer, rule.name, publish, explanation=tuple(explained))


class _NotAnObject(Exception):
    """The data of an event that turned out to be no object."""


def _data(template: Any, inputs: Inputs) -> str:
    data = placeholders.fill(template, inputs.value, MAX_EVENT_BYTES)
    if not isinstance(data, dict):
        raise _NotAnObject
    text = json.dumps(data, ensure_ascii=False)
    if len(text.encode("utf-8", "replace")) > MAX_EVENT_BYTES:
        raise placeholders.TooLong
    return text


class _Over(Exception):
    """The time of a run ended while its conditions were judged."""


def _tried(rule: PlannedRule, inputs: Inputs, is_over: IsOver) -> tuple[bool | None, Explained]:
    why: dict[str, Any] = {"rule": rule.name, "number": rule.number}
    if rule.when is None:
        return True, {**why, "result": Result.MET}

    def lookup(path: Path) -> Any:
        if is_over():
            raise _Over
        return inputs.value(path)

    # A call is judged by its own time, so that a replay comes to what it came to.
    outcome = evaluate(rule.when, lookup, parse_moment(str(inputs.call.get("at"))))
    result = {True: Result.MET, False: Result.NOT_MET, None: Result.ERROR}[outcome.met]
    return outcome.met, {**why, "result": result, "when": as_json(outcome.explanation)}


def _rest(plan: Plan, place: int) -> list[Explained]:
    return [
        {"rule": rule.name, "number": rule.number, "result": Result.NOT_REACHED}
        for rule in plan.rules[place + 1 :]
    ]
