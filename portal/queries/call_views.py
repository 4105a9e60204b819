"""One call as its page shows it: what came, what was read, what was decided, what was answered."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from portal.domain.calls import RunState, Verdict, answer_of, headers_of, kept_inputs
from portal.domain.masking import Masks, Veil
from portal.domain.samples import type_of
from portal.domain.storable import storable
from portal.domain.triggers.admission import Turned
from portal.domain.triggers.answering import Answer
from portal.domain.triggers.variables import KEYS, full_paths
from portal.domain.triggers.veiled import veiled_answer
from portal.extensions import db
from portal.models import Call, Event, Trigger, TriggerVersion
from portal.queries.calls import repeats_of

# Refusals before the body was read to its end.
UNREAD = frozenset({"method_not_allowed", "too_large", "cut_short"})


@dataclass(frozen=True)
class VariableView:
    """A variable of the call's version: ``value`` is a JSON text; None where it was missing."""

    path: str
    alias: str
    type: str
    value: str | None


@dataclass(frozen=True)
class PublishedView:
    """An event that a call's run has published; ``data`` is None once it is not kept any more."""

    id: str
    type: str
    data: str | None


@dataclass(frozen=True)
class CallView:
    """A call with what belongs to it. ``first`` is the call that this one repeats, if it is kept;
    ``times`` how often the same arrived, this call or its first included; ``is_readable`` whether
    what is kept can be read by rules; ``is_altered`` whether the body holds bytes that cannot be
    shown as they came."""

    call: Call
    trigger: Trigger
    version: int
    configuration: Mapping[str, Any]
    explained: Mapping[str, Any]
    headers: Sequence[tuple[str, str]]
    query: str
    body: str
    is_altered: bool
    dedupe_key: str | None
    answer: Answer | None
    variables: Sequence[VariableView]
    published: Sequence[PublishedView]
    first: Call | None
    times: int
    is_readable: bool

    @property
    def preset(self) -> str | None:
        """The key of the sender that the trigger was set up for."""
        return self.configuration["auth"].get("preset")

    @property
    def handshake(self) -> str | None:
        """Who made sure of the address by this call."""
        return self.explained.get("auth", {}).get("handshake")

    @property
    def is_unread(self) -> bool:
        """Whether the call was refused before its body was read."""
        return self.call.verdict == Verdict.REFUSED and self.call.reason in UNREAD

    @property
    def is_cut(self) -> bool:
        """Whether only the beginning of the body is kept."""
        return self.call.verdict == Verdict.REFUSED and self.call.body_size > len(self.call.body)

    @property
    def may_rehearse(self) -> bool:
        """Whether it may be run without effect."""
        return self.is_readable and not self.is_unread and not self.handshake

    @property
    def may_replay(self) -> bool:
        """Whether it may be run once more, for real."""
        has_ended = self.call.run_state in (RunState.DONE, RunState.FAILED)
        is_run = self.call.verdict == Verdict.DUPLICATE or has_ended
        return is_run and not self.trigger.deleted_at


def veil_over(call: Call, masks: Masks) -> Veil:
    """What ``call``, which was read with everything, is shown through to those with ``masks``."""
    veil = Veil(masks)
    if veil:
        # Twice: what came in a header may stand in the body again, and the other way round.
        for _ in range(2):
            veil.learn([storable(call.body)], headers_of(call.headers), call.query)
        veil.explained(json.loads(call.explanation or "{}"))
    return veil


def call_view(call: Call, masks: Masks) -> CallView:
    """The view of ``call``, which was read with everything, for those with ``masks``."""
    veil, body = veil_over(call, masks), storable(call.body)
    version = db.session.get_one(TriggerVersion, call.version_id)
    first = db.session.get(Call, call.first_id) if call.first_id else None
    return CallView(
        call=call,
        trigger=db.session.get_one(Trigger, call.trigger_id),
        version=version.number,
        configuration=version.configuration,
        explained=veil.explained(json.loads(call.explanation or "{}")),
        headers=veil.headers(headers_of(call.headers)),
        query=veil.query(call.query),
        body=veil.data(body),
        is_altered=body.encode() != call.body,
        dedupe_key=veil.text(call.dedupe_key),
        answer=veiled_answer(answer_of(call.answer), veil) if call.answer else None,
        variables=_variables(version.configuration["variables"], call.variables, veil),
        published=_published(call, veil),
        first=first,
        times=_times(first or call),
        is_readable=_is_readable(call),
    )


def _published(call: Call, veil: Veil) -> list[PublishedView]:
    told = json.loads(call.explanation or "{}").get("published", ())
    ids = [one["id"] for one in told]
    kept = select(Event.id, Event.data).where(Event.id.in_(ids))
    data = {row.id: veil.body(row.data) for row in db.session.execute(kept)} if ids else {}
    return [PublishedView(one["id"], one["type"], data.get(one["id"])) for one in told]


def _times(origin: Call) -> int:
    # Counting looks at all that came later: only what can have repeats is worth that.
    return repeats_of(origin.id) + 1 if origin.dedupe_key else 1


def _is_readable(call: Call) -> bool:
    try:
        kept_inputs(call)
    except Turned:
        return False
    return True


def _variables(mapped: Mapping[str, Any], kept: str | None, veil: Veil) -> list[VariableView]:
    if kept is None:
        return []
    read = json.loads(kept)
    rows = [row for part in KEYS for row in mapped[part]]
    return [
        _variable(path, row.get("alias", ""), read, veil)
        for path, row in zip(full_paths(mapped), rows, strict=True)
    ]


def _variable(path: str, alias: str, read: Mapping[str, Any], veil: Veil) -> VariableView:
    if path not in read:
        return VariableView(path, alias, "missing", None)
    value = read[path]
    shown = json.dumps(veil.at(path, value), ensure_ascii=False)
    return VariableView(path, alias, type_of(value), shown)
