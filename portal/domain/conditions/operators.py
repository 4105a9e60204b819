"""The operators of conditions, each with what it says when there is nothing on its left.

Of NocoBase's twelve these are eq, ne, gt, gte, lt, lte, contains, not_contains, starts,
not_starts, ends and not_ends; the modules beneath say where they depart from it.
"""

import operator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.domain.conditions.answers import Answer, Judge, Maker, negated
from portal.domain.conditions.equality import make_eq, make_in
from portal.domain.conditions.moments import make_moment
from portal.domain.conditions.ordering import make_between, make_ordered
from portal.domain.conditions.texts import make_contains, make_matches, make_text


@dataclass(frozen=True, slots=True)
class Operator:
    """How an operator judges; ``when_missing`` is its answer where the left side is missing."""

    make: Maker
    when_missing: bool = False
    takes_right: bool = True
    # Whether placeholders in its right side stand for values of the call.
    fills_right: bool = True


def _make_true(_right: Any) -> Judge:
    return _true


def _true(_left: Any, _now: datetime | None) -> Answer:
    return Answer(True)


def _make_empty(_right: Any) -> Judge:
    return _empty


def _empty(left: Any, _now: datetime | None) -> Answer:
    is_container = isinstance(left, str | list | dict)
    return Answer(left is None or (is_container and not left))


_starts, _ends = make_text(str.startswith), make_text(str.endswith)

OPERATORS = {
    "eq": Operator(make_eq),
    "ne": Operator(negated(make_eq), when_missing=True),
    "gt": Operator(make_ordered(operator.gt)),
    "gte": Operator(make_ordered(operator.ge)),
    "lt": Operator(make_ordered(operator.lt)),
    "lte": Operator(make_ordered(operator.le)),
    "contains": Operator(make_contains),
    "not_contains": Operator(negated(make_contains), when_missing=True),
    "starts": Operator(_starts),
    "not_starts": Operator(negated(_starts), when_missing=True),
    "ends": Operator(_ends),
    "not_ends": Operator(negated(_ends), when_missing=True),
    "in": Operator(make_in),
    "not_in": Operator(negated(make_in), when_missing=True),
    "between": Operator(make_between),
    "exists": Operator(_make_true, takes_right=False),
    "missing": Operator(negated(_make_true), when_missing=True, takes_right=False),
    "empty": Operator(_make_empty, when_missing=True, takes_right=False),
    "not_empty": Operator(negated(_make_empty), takes_right=False),
    "matches": Operator(make_matches, fills_right=False),
    "before": Operator(make_moment(operator.lt)),
    "after": Operator(make_moment(operator.gt)),
}
