"""Patterns of fields: the paths of :mod:`portal.domain.paths` with wildcards, told against the
way into a value, a step at a time.

A bare name means that key at any depth, ``*`` any one level and ``**`` any number of them; a ``*``
within a name stands for any letters. Names are compared folded, so that case does not count. A
list that a pattern does not speak of is passed through: ``items.card`` finds ``items[0].card``.
"""

import re
from collections.abc import Sequence
from enum import Enum
from functools import lru_cache

from portal.domain.folding import fold
from portal.domain.masking.kinds import MaskKind
from portal.domain.paths import EACH, Each, Path, Step, parse_path

_EACH_BY_STAR = re.compile(r'"(?:[^"\\]|\\.)*"|\[\*\]')


class Wild(Enum):
    """A step that stands for others."""

    LEVEL = "*"
    DEPTH = "**"


Part = str | int | Each | Wild | re.Pattern[str]
Parts = tuple[Part, ...]
# Where a walk into a value stands: of each pattern that may still come true, how much of it has.
Spots = frozenset[tuple[int, int]]
NOWHERE: Spots = frozenset()
# Of two kinds that both fit, the one that leaves less.
_STRICTER = (MaskKind.WHOLE, MaskKind.CARD, MaskKind.EMAIL, MaskKind.PHONE)


def parse_pattern(text: str) -> Path:
    """The path with wildcards that ``text`` writes; raises :class:`portal.domain.paths.BadPath`."""
    return parse_path(_EACH_BY_STAR.sub(lambda found: _each(found[0]), text.strip()))


def _each(found: str) -> str:
    return "[]" if found == "[*]" else found


def parts_of(steps: Sequence[Step]) -> Parts:
    """``steps`` made ready to be compared."""
    return tuple(_part(step) for step in steps)


def _part(step: Step) -> Part:
    if not isinstance(step, str):
        return step
    if step in ("*", "**"):
        return Wild(step)
    name = fold(step)
    if "*" in name:
        return re.compile(".*".join(re.escape(piece) for piece in name.split("*")), re.DOTALL)
    return name


class Matcher:
    """Some patterns, walked along together."""

    def __init__(self, patterns: Sequence[tuple[Parts, MaskKind]]) -> None:
        self._patterns = tuple(patterns)
        self.start = self._passed([(number, 0) for number in range(len(self._patterns))])
        self.beneath = lru_cache(maxsize=4096)(self._beneath)

    def along(self, steps: Sequence[Step]) -> Spots:
        """Where ``steps`` lead to."""
        spots = self.start
        for step in steps:
            spots = self.beneath(spots, step)
        return spots

    def kind(self, spots: Spots) -> MaskKind | None:
        """How what stands here is masked; None where it is not."""
        kinds = [self._patterns[n][1] for n, at in spots if at == len(self._patterns[n][0])]
        return min(kinds, key=_STRICTER.index) if kinds else None

    def _beneath(self, spots: Spots, step: Step) -> Spots:
        name = fold(step) if isinstance(step, str) else ""
        found = []
        for number, at in spots:
            parts = self._patterns[number][0]
            if at < len(parts):
                found += [(number, to) for to in _next(parts[at], at, step, name)]
        return self._passed(found)

    def _passed(self, spots: Sequence[tuple[int, int]]) -> Spots:
        """``spots``, and those behind a ``**``, which may stand for nothing."""
        found = set(spots)
        for number, at in spots:
            parts = self._patterns[number][0]
            while at < len(parts) and parts[at] is Wild.DEPTH:
                at += 1
                found.add((number, at))
        return frozenset(found)


def _next(part: Part, at: int, step: Step, name: str) -> list[int]:
    """Where ``step`` leads from ``part``, which stands at ``at``; ``name`` is the step folded."""
    if part is Wild.DEPTH:
        return [at]
    if part is Wild.LEVEL:
        return [at + 1]
    if isinstance(step, str):
        return [at + 1] if _is_named(part, name) else []
    if isinstance(part, int | Each):
        return [at + 1] if part is EACH or step is EACH or part == step else []
    return [at]


def _is_named(part: Part, name: str) -> bool:
    return bool(part.fullmatch(name)) if isinstance(part, re.Pattern) else part == name
