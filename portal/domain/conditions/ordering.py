"""Greater and less: numbers among numbers, other texts among texts by their letters' codes.

NocoBase compares anything with anything, so null is less than 1; here that is an error.
"""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from portal.domain.conditions.answers import Answer, BadRight, CannotApply, Judge, Maker
from portal.domain.conditions.numbers import number_of

Compare = Callable[[Any, Any], bool]


def make_ordered(compare: Compare) -> Maker:
    """The operator that holds ``compare`` between the left side and the right."""

    def make(right: Any) -> Judge:
        bound = _bound(right)

        def judge(left: Any, _now: datetime | None) -> Answer:
            rank = _rank(left, bound)
            return Answer(compare(rank, bound), _coercion(rank, left, right))

        return judge

    return make


def make_between(right: Any) -> Judge:
    """``between``: from the first to the second of a pair, both included."""
    if not isinstance(right, list) or len(right) != 2:
        raise BadRight("not_a_pair")
    low, high = _bound(right[0]), _bound(right[1])
    if isinstance(low, str) != isinstance(high, str):
        raise BadRight("not_comparable")

    def judge(left: Any, _now: datetime | None) -> Answer:
        rank = _rank(left, low)
        return Answer(low <= rank <= high, _coercion(rank, left, *right))

    return judge


def _bound(right: Any) -> Decimal | str:
    number = number_of(right)
    if number is not None:
        return number
    if not isinstance(right, str):
        raise BadRight("not_comparable")
    return right


def _rank(left: Any, bound: Decimal | str) -> Any:
    number = number_of(left)
    if number is not None and isinstance(bound, Decimal):
        return number
    # "abc" is neither more nor less than 100, and must not pass for more.
    if number is None and isinstance(left, str) and isinstance(bound, str):
        return left
    raise CannotApply("not_comparable")


def _coercion(rank: Any, *values: Any) -> str | None:
    is_read = isinstance(rank, Decimal) and any(isinstance(value, str) for value in values)
    return "number" if is_read else None
