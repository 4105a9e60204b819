"""Reading the members of a JSON object one by one, collecting what is wrong with them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from portal.domain.problems import Problem, Refused

Read = TypeVar("Read")


class Fields:
    """The members of one JSON object.

    Each method takes a member's name and what stands in for it when it is absent, and returns
    the member when it has the right type; what is wrong is collected until :meth:`done`.
    """

    def __init__(self, value: Any) -> None:
        """``value``: a parsed JSON value. Raises :class:`Refused` when it is no object."""
        if not isinstance(value, dict):
            raise Refused(Problem("", "not_an_object"))
        self._members: Mapping[str, Any] = value
        self.problems: list[Problem] = []

    def has(self, name: str) -> bool:
        """Whether the member is there at all."""
        return name in self._members

    def only(self, *names: str) -> None:
        """No members but ``names``."""
        for name in self._members.keys() - set(names):
            self._fault(name, "unknown_member", choices="، ".join(names))

    def inner(self, name: str, default: Read, read: Callable[[Any], Read]) -> Read:
        """What ``read`` makes of the member; what it refuses is refused under the member's name."""
        if name not in self._members:
            return default
        try:
            return read(self._members[name])
        except Refused as refused:
            self.problems += under(f"/{name}", refused.problems)
            return default

    def each(
        self, name: str, default: Sequence[Read], read: Callable[[Any], Read], most: int
    ) -> list[Read]:
        """What ``read`` makes of each element of the member, a list of up to ``most``."""
        value = self._members.get(name)
        if name not in self._members:
            return list(default)
        if not isinstance(value, list):
            self._fault(name, "not_a_list")
            return list(default)
        if len(value) > most:
            self._fault(name, "too_many", max=most)
            return list(default)
        return self._each(name, value, read)

    def _each(self, name: str, value: list[Any], read: Callable[[Any], Read]) -> list[Read]:
        made = []
        for place, element in enumerate(value):
            try:
                made.append(read(element))
            except Refused as refused:
                self.problems += under(f"/{name}/{place}", refused.problems)
        return made

    def one_of(self, name: str, default: str, choices: Sequence[str]) -> str:
        """One of the texts ``choices``."""
        value = self._members.get(name, default)
        if not isinstance(value, str) or value not in choices:
            self._fault(name, "unknown_choice", choices="، ".join(choices))
            return default
        return value

    def text(self, name: str, default: str) -> str:
        """A text."""
        return self._typed(name, default, str, "not_a_text")

    def optional_text(self, name: str) -> str | None:
        """A text, or null."""
        if self._members.get(name) is None:
            return None
        return self.text(name, "")

    def flag(self, name: str, default: bool) -> bool:
        """True or false."""
        return self._typed(name, default, bool, "not_a_flag")

    def integer(self, name: str, default: int, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``."""
        value = self._members.get(name, default)
        if not _is_integer(value) or not low <= value <= high:
            self._fault(name, "bad_number", min=low, max=high)
            return default
        return value

    def optional_integer(self, name: str, default: int | None, low: int, high: int) -> int | None:
        """A whole number from ``low`` to ``high``, or null."""
        if self._members.get(name, default) is None:
            return None
        return self.integer(name, default or low, low, high)

    def texts(self, name: str, default: tuple[str, ...]) -> tuple[str, ...]:
        """A list of texts."""
        value = self._members.get(name, default)
        if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
            self._fault(name, "not_texts")
            return default
        return tuple(value)

    def integers(self, name: str, default: list[int], low: int, high: int, most: int) -> list[int]:
        """A list of one to ``most`` whole numbers from ``low`` to ``high``."""
        value = self._members.get(name, default)
        fits = (
            isinstance(value, list)
            and 1 <= len(value) <= most
            and all(_is_integer(one) and low <= one <= high for one in value)
        )
        if not fits:
            self._fault(name, "bad_numbers", min=low, max=high, most=most)
            return default
        return value

    def text_map(self, name: str, default: Mapping[str, str]) -> Mapping[str, str]:
        """An object whose members are texts."""
        value = self._members.get(name, default)
        if not isinstance(value, Mapping) or not all(isinstance(v, str) for v in value.values()):
            self._fault(name, "not_a_text_map")
            return default
        return dict(value)

    def anything(self, name: str, default: Any) -> Any:
        """Any value."""
        return self._members.get(name, default)

    def done(self) -> None:
        """Raise :class:`Refused` when anything was wrong."""
        if self.problems:
            raise Refused(*self.problems)

    def _typed(self, name: str, default: Any, kind: type, code: str) -> Any:
        value = self._members.get(name, default)
        if not isinstance(value, kind):
            self._fault(name, code)
            return default
        return value

    def _fault(self, name: str, code: str, **params: Any) -> None:
        self.problems.append(Problem(f"/{pointer_part(name)}", code, params))


def pointer_part(name: str) -> str:
    """``name`` as a part of a JSON pointer (RFC 6901 §3)."""
    return name.replace("~", "~0").replace("/", "~1")


def under(pointer: str, problems: Iterable[Problem]) -> list[Problem]:
    """``problems`` of a value that stands at ``pointer`` in a greater one."""
    return [replace(problem, pointer=pointer + problem.pointer) for problem in problems]


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
