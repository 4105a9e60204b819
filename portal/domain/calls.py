"""Calls as they are kept: verdicts, states of a run, and the texts of what came and went."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from portal.domain.conditions import Result
from portal.domain.envelope import moment_text
from portal.domain.events import EventDraft
from portal.domain.folding import fold
from portal.domain.inputs import Inputs
from portal.domain.storable import storable
from portal.domain.triggers.admission import inputs_of, read_body
from portal.domain.triggers.answering import Answer
from portal.domain.triggers.outside import LONG, OutsideReply, said_by
from portal.domain.triggers.plan import Plan
from portal.domain.triggers.rules import MAX_RULE_NAME
from portal.domain.triggers.running import Decision, variables_of

# Of so many rules all conditions are kept with a call; of later ones only where they were met, or
# went wrong: else a thousand rules would take half a megabyte for each call.
MAX_EXPLAINED = 100
# Of so many calls to other addresses what was sent and said is kept; of later ones that they were.
MAX_TOLD = 10
# How much of a body is searchable, as of an event's data.
SEARCHABLE = 4096
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")


class Verdict(StrEnum):
    """What became of a call at the door."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    DUPLICATE = "duplicate"


class RunState(StrEnum):
    """Where the run of an accepted call stands."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


def headers_text(headers: Sequence[tuple[str, str]]) -> str:
    """Headers as they are kept: a JSON list of pairs."""
    return storable(json.dumps([[name, value] for name, value in headers], ensure_ascii=False))


def headers_of(text: str) -> list[tuple[str, str]]:
    """What :func:`headers_text` has kept."""
    return [(name, value) for name, value in json.loads(text)]


class KeptCall(Protocol):
    """What is kept of a call, as its row has it."""

    at: datetime
    peer: str
    headers: str
    query: str
    body: bytes


def kept_inputs(call: KeptCall) -> Inputs:
    """What the rules read of a call that is on record.

    Raises :class:`portal.domain.triggers.admission.Turned` for one whose body is no JSON.
    """
    headers = headers_of(call.headers)
    value = read_body(headers, call.body)
    return inputs_of(headers, call.query, value, moment_text(call.at), call.peer)


def kept_replies(explanation: str | None) -> dict[str, OutsideReply]:
    """What other addresses said to the rules of a call that is on record, by name."""
    told = json.loads(explanation or "{}")
    calls = [rule["call"] for rule in told.get("rules", ()) if rule.get("call")]
    return said_by({call["as"]: call["said"] for call in calls if "said" in call})


def answer_text(answer: Answer) -> str:
    """An answer as it is kept: a JSON object of status, headers and body."""
    kept = {
        "status": answer.status,
        "headers": [list(pair) for pair in answer.headers],
        "body": answer.body.decode("utf-8", "replace"),
    }
    return storable(json.dumps(kept, ensure_ascii=False))


def answer_of(text: str) -> Answer:
    """What :func:`answer_text` has kept."""
    kept = json.loads(text)
    pairs = tuple((name, value) for name, value in kept["headers"])
    return Answer(kept["status"], pairs, kept["body"].encode())


def json_text(value: Any) -> str:
    """A JSON value as a text that every database keeps."""
    return storable(json.dumps(value, ensure_ascii=False))


def searchable(query: str, body: bytes) -> str:
    """What a search looks through: query and the start of the body, folded."""
    text = storable(body[: SEARCHABLE * 2])[:SEARCHABLE]
    if "\\u" in text:
        # Many programs write Arabic as escapes, which nobody would search for.
        text = storable(_ESCAPE.sub(lambda found: chr(int(found[1], 16)), text))
    return fold(f"{query[:SEARCHABLE]}\n{text}")


def explanation(auth: Mapping[str, Any], **more: Any) -> str:
    """How a call was let in, and what followed, as a JSON object."""
    told = {"auth": dict(auth)} | {name: value for name, value in more.items() if value}
    return json_text(told)


def auth_of(explanation: str | None) -> dict[str, Any]:
    """How a call was let in, as its explanation has it."""
    return json.loads(explanation or "{}").get("auth", {})


def outcome(
    plan: Plan,
    inputs: Inputs,
    decision: Decision,
    auth: Mapping[str, Any],
    events: Sequence[EventDraft] = (),
) -> dict[str, Any]:
    """The columns of a call that its run decides; a synchronous one's answer among them.
    ``events`` are what it publishes, with the ids that they will have."""
    columns: dict[str, Any] = {
        "rule": decision.rule and decision.rule[:MAX_RULE_NAME],
        "run_state": (RunState.FAILED if decision.error else RunState.DONE).value,
        "reason": decision.error,
        "variables": json_text(variables_of(plan, inputs)),
        "explanation": explanation(
            auth,
            rules=_short(decision.explanation),
            events=len(decision.publish),
            published=[{"type": event.type, "id": event.id} for event in events],
        ),
    }
    if plan.is_sync:
        columns |= {"status": decision.answer.status, "answer": answer_text(decision.answer)}
    return columns


def _short(explained: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    asked = [place for place, one in enumerate(explained) if "call" in one]
    whole = set(asked[:MAX_TOLD])
    short = []
    for place, one in enumerate(explained):
        kept = dict(one)
        if place >= MAX_EXPLAINED and one["result"] == Result.NOT_MET:
            kept.pop("when", None)
        if "call" in one and place not in whole:
            kept["call"] = {name: one["call"][name] for name in one["call"] if name not in LONG}
        short.append(kept)
    return short
