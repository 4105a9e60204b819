"""What a rule may speak of: the variables of its trigger, the call itself, and earlier answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portal.domain.triggers.variables import KEYS, full_paths

_PARTS = {"headers": "رؤوس الطلب", "query": "معاملات الاستعلام", "body": "نص الطلب"}
_CALL = {"call.at": "وقت الاستدعاء", "call.peer": "عنوان المُرسِل"}
_WHOLE = {"body": "نص الطلب كاملًا"}


@dataclass(frozen=True)
class Known:
    """The paths that people choose by name: lists of path and name, under headings."""

    groups: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]

    @property
    def names(self) -> dict[str, str]:
        """The name of every path; empty where it has none but itself."""
        return {path: name for _, rows in self.groups for path, name in rows}


def known_of(configuration: Mapping[str, Any], before: int | None = None) -> Known:
    """What the rule ``before``, counted from 1, may speak of; None for one after all others."""
    variables = configuration["variables"]
    rows = [(part, row.get("alias", "")) for part in KEYS for row in variables[part]]
    paths = full_paths(variables)
    groups = [
        (
            words,
            tuple(
                (path, alias)
                for path, (of, alias) in zip(paths, rows, strict=True)
                if of == part and path not in _WHOLE
            ),
        )
        for part, words in _PARTS.items()
    ]
    asked = _asked(configuration["rules"][: before - 1 if before else None])
    extra = [("الاستدعاء نفسه", tuple((_WHOLE | _CALL).items())), ("ردود العناوين", asked)]
    return Known(tuple((words, inner) for words, inner in [*groups, *extra] if inner))


def _asked(rules: list[Mapping[str, Any]]) -> tuple[tuple[str, str], ...]:
    names = dict.fromkeys(rule["call"]["as"] for rule in rules if rule.get("call"))
    return tuple(
        pair
        for name in names
        for pair in (
            (f"calls.{name}.status", f"رمز حالة رد {name}"),
            (f"calls.{name}.body", f"نص رد {name}"),
        )
    )
