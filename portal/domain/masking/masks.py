"""The masks that hold for somebody, made ready: where each kind of thing that is read begins."""

import re
from collections.abc import Sequence
from functools import lru_cache

from portal.domain.folding import fold
from portal.domain.masking.kinds import MaskKind
from portal.domain.masking.patterns import (
    NOWHERE,
    Matcher,
    Parts,
    Spots,
    Wild,
    parse_pattern,
    parts_of,
)
from portal.domain.paths import BadPath, Each, Step, parse_path

# What a path begins with that says which part of an event or of a call it means.
PAYLOADS, HEADERS, QUERY, REPLIES = ("data", "body"), "headers", "query", "calls"
KEPT = 1024

Pairs = tuple[tuple[str, str], ...]
Compiled = list[tuple[Parts, MaskKind]]


class Masks:
    """Patterns and their kinds, as those who may not see the fields have them.

    ``exact`` is for the payload that a person had in mind: an event's data, a call's body.
    ``loose`` is for what may hold a payload somewhere within: an answer, a body as it was sent.
    """

    def __init__(self, patterns: Pairs = ()) -> None:
        wanted = [(parse_pattern(text).steps, MaskKind(kind)) for text, kind in patterns]
        self._exact, self._loose, self._headers, self._query = [], [], [], []
        for steps, kind in wanted:
            self._take(parts_of(steps), kind)
        self.exact, self.loose = Matcher(self._exact), Matcher(self._loose)
        self.headers, self.query = Matcher(self._headers), Matcher(self._query)
        in_payloads = [steps for steps, _ in wanted if steps[0] not in (HEADERS, QUERY)]
        self._named = _mention([_last_name(parts_of(steps)) for steps in in_payloads])
        self._patterns = patterns
        self.kinds = frozenset(kind for _, kind in wanted)

    def __bool__(self) -> bool:
        return bool(self._patterns)

    def speaks_of(self, text: str) -> bool:
        """Whether ``text``, which is no JSON, names a field that is masked: nobody can tell what
        of it is the value."""
        return bool(self._named.search(fold(text)))

    def at(self, path: str) -> tuple[Matcher, Spots]:
        """How what stands at ``path`` of a call or of an event is masked, and what is in it."""
        try:
            matcher, rest = self._way(parse_path(path).steps)
        except BadPath:
            return self.loose, self.loose.start
        return matcher, NOWHERE if rest is None else matcher.along(rest)

    def covers(self, path: str) -> bool:
        """Whether what stands at ``path`` is within something that is masked, its name too."""
        try:
            matcher, rest = self._way(parse_path(path).steps)
        except BadPath:
            return bool(self)
        ends = range(1, len(rest or ()))
        return any(matcher.kind(matcher.along(rest[:end])) for end in ends)

    def _way(self, steps: Sequence[Step]) -> tuple[Matcher, Sequence[Step] | None]:
        """What judges the part of a call or an event that ``steps`` lead to, and along what."""
        root, rest = steps[0], steps[1:]
        if root in PAYLOADS:
            return self.exact, rest
        if root == HEADERS:
            return self.headers, rest
        if root == QUERY:
            return self.query, rest
        return (self.loose, rest[1:]) if root == REPLIES else (self.exact, None)

    def _take(self, parts: Parts, kind: MaskKind) -> None:
        anywhere, root = (Wild.DEPTH, *parts), parts[0]
        self._loose.append((anywhere, kind))
        if len(parts) == 1:
            self._exact.append((anywhere, kind))
            self._query.append((anywhere, kind))
            self._headers.append((parts, kind))
            return
        self._exact.append((parts, kind))
        if root in PAYLOADS:
            self._exact.append((parts[1:], kind))
            self._loose.append(((Wild.DEPTH, *parts[1:]), kind))
        elif root == HEADERS:
            self._headers.append((parts[1:], kind))
        elif root == QUERY:
            self._query.append((parts[1:], kind))
        else:
            self._query.append((anywhere, kind))


def _mention(names: Sequence[str]) -> re.Pattern[str]:
    """What finds the ``names`` of fields in a text; where one has no name, it is found in any."""
    if not names:
        return re.compile(r"(?!)")
    if "" in names:
        return re.compile("")
    return re.compile(rf"(?<!\w)(?:{'|'.join(dict.fromkeys(names))})(?!\w)")


def _last_name(parts: Parts) -> str:
    """What finds the name of the field that ``parts`` lead to; empty where it may have any."""
    named = [part for part in parts if not isinstance(part, int | Each)]
    last = named[-1] if named else Wild.LEVEL
    if isinstance(last, re.Pattern):
        return last.pattern.replace(".*", r"\w*")
    return "" if isinstance(last, Wild) else re.escape(last)


@lru_cache(maxsize=KEPT)
def masks_of(patterns: Pairs) -> Masks:
    """The masks with ``patterns``, pairs of a pattern and its kind that were accepted once."""
    return Masks(patterns)


NO_MASKS = masks_of(())
