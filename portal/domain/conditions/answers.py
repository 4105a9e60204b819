"""What an operator says of a value, and what it says when it can say nothing."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple


class Answer(NamedTuple):
    """Whether it is so, and how values were read to find out: number, boolean, text or date."""

    met: bool
    coercion: str | None = None


# A right side in, and out comes what judges left sides, at the moment it is given.
Judge = Callable[[Any, datetime | None], Answer]
Maker = Callable[[Any], Judge]


class CannotApply(Exception):
    """An operator that means nothing for this value; ``code`` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class BadRight(Exception):
    """A right side that an operator cannot take: a stable ``code`` and what fills its sentence."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


def negated(make: Maker) -> Maker:
    """The opposite of an operator; where that cannot apply, neither can this."""

    def make_opposite(right: Any) -> Judge:
        judge = make(right)

        def opposite(left: Any, now: datetime | None) -> Answer:
            answer = judge(left, now)
            return Answer(not answer.met, answer.coercion)

        return opposite

    return make_opposite
