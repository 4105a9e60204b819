"""When two values are equal: as numbers, as true and false, or exactly as they are.

Unlike NocoBase's (JavaScript's) loose equality, ``""`` is not 0, null is nothing but null, and
true is not 1.
"""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from portal.domain.conditions.answers import Answer, BadRight, Judge
from portal.domain.conditions.numbers import number_of

MAX_CHOICES = 1000

_WORDS = {"true": True, "false": False}
_NOT_MET = Answer(False)

Equal = Callable[[Any], Answer]


def equal_to(right: Any) -> Equal:
    """What tells whether a left side equals ``right``."""
    number = number_of(right)
    if number is not None:
        return _equal_number(number, isinstance(right, str))
    if isinstance(right, bool) or (isinstance(right, str) and right in _WORDS):
        return _equal_flag(right)
    return lambda left: Answer(identical(left, right))


def identical(left: Any, right: Any) -> bool:
    """Whether two JSON values are the same, type by type; 1 and 1.0 are the same number."""
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(identical, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        same_names = left.keys() == right.keys()
        return same_names and all(identical(left[name], right[name]) for name in left)
    if _is_number(left) and _is_number(right):
        return number_of(left) == number_of(right)
    return type(left) is type(right) and left == right


def make_eq(right: Any) -> Judge:
    """``eq``: equal, whatever the types."""
    equal = equal_to(right)

    def judge(left: Any, _now: datetime | None) -> Answer:
        return equal(left)

    return judge


def make_in(right: Any) -> Judge:
    """``in``: equal to one of a list of at most 1000."""
    if not isinstance(right, list):
        raise BadRight("not_a_list")
    if len(right) > MAX_CHOICES:
        raise BadRight("too_many", max=MAX_CHOICES)
    choices = [equal_to(choice) for choice in right]

    def judge(left: Any, _now: datetime | None) -> Answer:
        return first_met(equal(left) for equal in choices)

    return judge


def first_met(answers: Any) -> Answer:
    """The first of ``answers`` that is met, or one that is not."""
    return next((answer for answer in answers if answer.met), _NOT_MET)


def _equal_number(number: Decimal, is_text: bool) -> Equal:
    def equal(left: Any) -> Answer:
        other = number_of(left)
        if other is None:
            return _NOT_MET
        return Answer(other == number, "number" if is_text or isinstance(left, str) else None)

    return equal


def _equal_flag(right: bool | str) -> Equal:
    flag = _WORDS[right] if isinstance(right, str) else right

    def equal(left: Any) -> Answer:
        other = _WORDS.get(left) if isinstance(left, str) else left
        if not isinstance(other, bool):
            return _NOT_MET
        return Answer(other is flag, None if type(left) is type(right) else "boolean")

    return equal


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
