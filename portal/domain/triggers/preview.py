"""A change looked at before it is saved: which calls on record would go another way, and why.

What rules and answers decide is compared. Whether a call is let in is not: of what it is proved
by, only that it was enough is kept.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from portal.domain.inputs import Inputs
from portal.domain.triggers.comparison import same
from portal.domain.triggers.outside import OutsideReply
from portal.domain.triggers.plan import Plan
from portal.domain.triggers.running import (
    NONE,
    Decision,
    IsOver,
    at_once,
    decide,
    never,
)

# So many of the latest calls are looked at, and no longer than so many seconds of work.
LOOKED_AT, SECONDS = 200, 2.0
# What differs is kept up to so many bytes of answers and events: an answer may be a mebibyte.
MAX_KEPT_BYTES = 8 * 1024 * 1024
# What decides whether a call is let in, which a preview does not try again.
AT_THE_DOOR = ("auth", "limits", "dedupe")


@dataclass(frozen=True, slots=True)
class Kept:
    """A call on record: what is read of it."""

    call: str
    at: datetime
    inputs: Inputs
    # What other addresses said then.
    replies: Mapping[str, OutsideReply] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Difference:
    """A call that would be decided otherwise. ``what`` names how: "status", "headers", "body",
    "rule", "events", "error". The explanations are cut to the rules that decided, before or
    after."""

    call: str
    at: datetime
    before: Decision
    after: Decision
    what: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """What a change would do to the ``looked_at`` calls that were decided anew.

    ``ran_out``: time or room was used up before all ``total`` had been. ``asks_others``: rules
    call other addresses, which are taken to say what they said then, where that is known.
    ``at_the_door``: members that change and are not part of the preview.
    """

    looked_at: int
    total: int
    differences: tuple[Difference, ...]
    ran_out: bool = False
    asks_others: bool = False
    at_the_door: tuple[str, ...] = ()


def outcome(
    plan: Plan,
    inputs: Inputs,
    replies: Mapping[str, OutsideReply] = NONE,
    is_over: IsOver = never,
) -> Decision:
    """What a call comes to with no effect: its rules' decision, with the answer that its caller
    gets. An asynchronous one is answered before the rules run, whatever these would answer.
    ``replies`` is what other addresses are taken to say, by name; ``is_over`` says when to stop."""
    decision = decide(plan, inputs, replies, is_over)
    return decision if plan.is_sync else replace(decision, answer=at_once(plan, inputs).answer)


def compared(
    old: Plan, new: Plan, calls: Iterable[Kept], total: int, spent: Callable[[], float]
) -> Preview:
    """What ``new`` would make of ``calls`` otherwise than ``old``.

    ``spent`` says how many seconds of work are behind it; past SECONDS the rest is left, and so
    it is past MAX_KEPT_BYTES of what differs.
    """
    looked_at, size, ran_out, found = 0, 0, False, []
    for kept in calls:
        ran_out = spent() > SECONDS or size > MAX_KEPT_BYTES
        if ran_out:
            break
        before, after = (
            outcome(plan, kept.inputs, kept.replies, lambda: spent() > SECONDS)
            for plan in (old, new)
        )
        ran_out = before.took_too_long or after.took_too_long
        if ran_out:
            break
        looked_at += 1
        what = differing(before, after)
        if what:
            found.append(_difference(kept, before, after, what))
            size += _size(before) + _size(after)
    asks_others = old.asks_others or new.asks_others
    return Preview(looked_at, total, tuple(found), ran_out, asks_others)


def differing(before: Decision, after: Decision) -> tuple[str, ...]:
    """How two decisions differ, as names; empty when they do not."""
    pairs = {
        "status": (before.answer.status, after.answer.status),
        "headers": (before.answer.headers, after.answer.headers),
        "body": (before.answer.body, after.answer.body),
        "rule": (before.rule, after.rule),
        "events": (before.publish, after.publish),
        "error": (before.error, after.error),
    }
    return tuple(name for name, (one, other) in pairs.items() if one != other)


def door_members(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
    """The members of two configurations that differ and that a preview does not try."""
    return tuple(name for name in AT_THE_DOOR if not same(old[name], new[name]))


def _size(decision: Decision) -> int:
    return len(decision.answer.body) + sum(len(data) for _, data in decision.publish)


def _difference(kept: Kept, before: Decision, after: Decision, what: tuple[str, ...]) -> Difference:
    names = {before.rule, after.rule} - {None}
    cut = (
        replace(one, explanation=tuple(why for why in one.explanation if why["rule"] in names))
        for one in (before, after)
    )
    return Difference(kept.call, kept.at, *cut, what)
