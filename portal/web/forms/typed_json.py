"""JSON that people type into a field."""

from typing import Any

from portal.domain.problems import Problem, Refused
from portal.domain.strict_json import JsonRefused, parse


def typed_json(pointer: str, typed: str | None, empty: Any) -> Any:
    """The JSON value that was typed in the field at ``pointer``, ``empty`` where there is none.

    Raises :class:`Refused` with the place of what is no JSON.
    """
    text = (typed or "").replace("\r\n", "\n")
    if not text.strip():
        return empty
    try:
        return parse(text.encode("utf-8", "replace"))
    except JsonRefused as refused:
        raise Refused(Problem(pointer, refused.code, refused.place)) from None
