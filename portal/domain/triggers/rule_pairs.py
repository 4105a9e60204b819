"""Which rule of one version is which of another: rules have names at best, and no ids."""

import json
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Rule = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Pair:
    """A rule as it was and as it is; one of both is None where it was added or removed.

    Numbers count from 1, 0 stands for none. ``is_moved`` tells of a pair that stands in another
    order among the others than before: the first rule that matches wins.
    """

    old: Rule | None
    new: Rule | None
    old_number: int = 0
    new_number: int = 0
    is_moved: bool = False


def pairs_of(old: Sequence[Rule], new: Sequence[Rule]) -> list[Pair]:
    """Every rule of both, in the order of ``new``, those that were removed at the end.

    Rules that are equal belong together, then those that alone bear a name, then those that
    stand at the same place.
    """
    partners = _partners(old, new)
    moved = _moved([(partners[place], place) for place in sorted(partners)])
    made = [
        Pair(old[partners[place]], rule, partners[place] + 1, place + 1, place in moved)
        if place in partners
        else Pair(None, rule, 0, place + 1)
        for place, rule in enumerate(new)
    ]
    kept = set(partners.values())
    gone = [Pair(rule, None, at + 1) for at, rule in enumerate(old) if at not in kept]
    return made + gone


def _partners(old: Sequence[Rule], new: Sequence[Rule]) -> dict[int, int]:
    """The place in ``old`` of each rule of ``new`` that has one, by its place in ``new``."""
    found: dict[int, int] = {}
    for key_of, must_be_alone in ((_text, False), (_name, True), (_place, True)):
        left_old = _by_key(old, key_of, set(found.values()))
        left_new = _by_key(new, key_of, found.keys())
        for key, places in left_new.items():
            others = left_old.get(key, [])
            if must_be_alone and not len(places) == len(others) == 1:
                continue
            found |= dict(zip(places, others, strict=False))
    return found


Key = Callable[[int, Rule], Any]


def _by_key(rules: Sequence[Rule], key_of: Key, taken: Any) -> dict[Any, list[int]]:
    places: dict[Any, list[int]] = {}
    for place, rule in enumerate(rules):
        key = key_of(place, rule)
        if place not in taken and key is not None:
            places.setdefault(key, []).append(place)
    return places


def _text(_at: int, rule: Rule) -> str:
    return json.dumps(rule)


def _name(_at: int, rule: Rule) -> str | None:
    return rule["name"] or None


def _place(at: int, _rule: Rule) -> int:
    return at


def _moved(pairs: Sequence[tuple[int, int]]) -> set[int]:
    """The new places of what has to move so that all stand in the new order; as few as may be.

    ``pairs`` are (old place, new place) by rising new place; what stays is a longest run of
    rising old places.
    """
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for at, (old, _) in enumerate(pairs):
        length = bisect_left(ends, old)
        ends[length : length + 1] = [old]
        last[length : length + 1] = [at]
        before.append(last[length - 1] if length else -1)
    stays, at = set(), last[-1] if last else -1
    while at >= 0:
        stays.add(at)
        at = before[at]
    return {new for at, (_, new) in enumerate(pairs) if at not in stays}
