"""What a call brought, as paths see it: headers, query, body, the call itself, earlier answers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from portal.domain.paths import MISSING, Path, value_at

_UNKNOWN = object()

PARTS = ("headers", "query", "body", "call", "calls")


@dataclass(frozen=True)
class Inputs:
    """The parts of one call that paths begin with.

    ``headers`` are pairs as they came, ``query`` is what
    :func:`portal.domain.query_strings.read_query` made, ``body`` the parsed JSON or MISSING,
    ``call`` has ``at`` and ``peer``, and ``calls`` the answers of calls that rules made, by name.
    """

    headers: Sequence[tuple[str, str]] = ()
    query: dict[str, Any] = field(default_factory=dict)
    body: Any = MISSING
    call: dict[str, Any] = field(default_factory=dict)
    calls: dict[str, Any] = field(default_factory=dict)
    _roots: dict[Any, Any] = field(init=False, repr=False, compare=False)
    # Many rules ask for the same, and gathering all of a list takes its time.
    _found: dict[Path, Any] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Join the headers of one name, as RFC 9110 §5.3 has it."""
        values: dict[str, list[str]] = {}
        for name, value in self.headers:
            values.setdefault(name.lower(), []).append(value)
        roots = {part: getattr(self, part) for part in PARTS}
        roots["headers"] = {name: ", ".join(several) for name, several in values.items()}
        object.__setattr__(self, "_roots", roots)
        object.__setattr__(self, "_found", {})

    def value(self, path: Path) -> Any:
        """What ``path`` leads to, its first step being the name of a part; else MISSING.

        Headers go by name in any case; all of them together have their names in lower case.
        """
        found = self._found.get(path, _UNKNOWN)
        if found is _UNKNOWN:
            found = self._found[path] = self._value(path)
        return found

    def _value(self, path: Path) -> Any:
        part, rest = path.steps[0], path.steps[1:]
        if part == "headers" and rest and isinstance(rest[0], str):
            rest = (rest[0].lower(), *rest[1:])
        return value_at(Path(rest), self._roots.get(part, MISSING))
