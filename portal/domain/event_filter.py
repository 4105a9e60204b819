"""A hook's filter: the conditions over an event's data under which it is sent there."""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from portal.domain.conditions import Group, Outcome, evaluate, read_conditions
from portal.domain.fields import under
from portal.domain.paths import MISSING, Path, value_at
from portal.domain.problems import Problem, Refused

# What the paths of a filter begin with (contract §3: conditions over data.*).
ROOT = "data"
KEPT, MAX_FILTER = 1024, 64 * 1024


def filter_problems(value: Any) -> list[Problem]:
    """Everything that is wrong with ``value`` as a filter; None is no filter, and right."""
    if value is None:
        return []
    if len(json.dumps(value)) > MAX_FILTER:
        return [Problem("/filter", "too_long", {"max": MAX_FILTER})]
    try:
        read_conditions(value, (ROOT,))
    except Refused as refused:
        return under("/filter", refused.problems)
    return []


def filter_of(wanted: Mapping[str, Any] | None) -> Group:
    """The filter ``wanted``, which was accepted once, made ready; none lets everything through."""
    return _group(json.dumps(wanted))


def judged(wanted: Group, data: Any, now: datetime) -> Outcome:
    """What a filter makes of an event's ``data``.

    Only an outcome that is met lets the event through: an error does not (contract §3).
    """

    def lookup(path: Path) -> Any:
        root, *rest = path.steps
        return value_at(Path(tuple(rest)), data) if root == ROOT else MISSING

    return evaluate(wanted, lookup, now)


@lru_cache(maxsize=KEPT)
def _group(text: str) -> Group:
    return read_conditions(json.loads(text), (ROOT,))
