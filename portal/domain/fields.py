"""Reading the members of a JSON object one by one, collecting what is wrong with them."""

from collections.abc import Mapping
from typing import Any

from portal.domain.problems import Problem, Refused


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
        self.problems.append(Problem(f"/{name}", code, params))


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
