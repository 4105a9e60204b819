"""What the page of a hook's filter shows: what can be chosen, and what became of late events."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.domain.conditions import Group, as_json
from portal.domain.event_filter import ROOT, filter_of, judged
from portal.domain.masking import Veil
from portal.domain.samples import rows_of
from portal.models import Event, EventType, Hook
from portal.web.condition_words import OPERATORS
from portal.web.forms.rule_conditions import OTHER
from portal.web.forms.rule_values import shape_of

# How many of the events that were looked at a page lists, of each of both kinds.
LISTED = 20
# So many events are read for their paths: what they have in common is in the first ones.
SAMPLED = 20

Choices = Sequence[tuple[str, Sequence[tuple[str, str]]]]


@dataclass(frozen=True)
class Late:
    """An event that came lately, as far as whoever looks may see it."""

    id: str
    type: str
    created_at: datetime
    data: str


@dataclass(frozen=True)
class Judged:
    """An event that was looked at: whether it would be sent, and why."""

    id: str
    type: str
    at: datetime
    met: bool | None
    seen: Mapping[str, Any]


@dataclass(frozen=True)
class Effect:
    """What a filter makes of the latest events: how many it sends, and some of each kind."""

    looked_at: int
    sent: int
    kept_back: Sequence[Judged]
    let_through: Sequence[Judged]


def late_of(events: Sequence[Event], veil: Veil) -> list[Late]:
    """``events`` as ``veil`` has them. A filter is tried on what is seen: otherwise trying one
    value after another would tell what is hidden."""
    return [Late(one.id, one.type, one.created_at, veil.data(one.data)) for one in events]


def effect_of(wanted: Any, events: Sequence[Late]) -> Effect:
    """What the filter ``wanted`` makes of ``events``; None sends them all."""
    ready = filter_of(wanted)
    all_judged = [_judged(ready, event) for event in events]
    let_through = [one for one in all_judged if one.met]
    kept_back = [one for one in all_judged if not one.met]
    return Effect(len(all_judged), len(let_through), kept_back[:LISTED], let_through[:LISTED])


def choices(hook: Hook, kinds: Sequence[EventType], events: Sequence[Late]) -> Choices:
    """The paths that a filter of ``hook`` can choose from: those of its types' examples and of
    what came lately, each under the label of its type."""
    wanted = [kind for kind in kinds if kind.key in hook.event_types]
    found = []
    for kind in wanted:
        late = [event.data for event in events if event.type == kind.key][:SAMPLED]
        paths = dict.fromkeys(path for text in [kind.example, *late] for path in _paths(text))
        found.append((kind.label, tuple((path, "") for path in paths)))
    return tuple((label, rows) for label, rows in found if rows)


def paths_of(found: Choices) -> set[str]:
    """Every path of ``found``."""
    return {path for _, rows in found for path, _ in rows}


def form_choices(found: Choices) -> dict[str, Any]:
    """What the templates of conditions want to know."""
    operators = [(name, words, shape_of(name)) for name, words in OPERATORS.items()]
    return {"variables": found, "other": OTHER, "operators": operators, "for_filter": True}


def _paths(text: str) -> Iterator[str]:
    for row in rows_of(json.loads(text or "{}")):
        yield f"{ROOT}{row.path}" if row.path.startswith("[") else f"{ROOT}.{row.path}"


def _judged(wanted: Group, event: Late) -> Judged:
    outcome = judged(wanted, json.loads(event.data), event.created_at)
    return Judged(event.id, event.type, event.created_at, outcome.met, as_json(outcome.explanation))
