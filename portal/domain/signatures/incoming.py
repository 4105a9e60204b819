"""A call as it arrived, and how its headers, query and body are read: nothing here raises."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from portal.domain.strict_json import JsonRefused, Member, decode, parse, parse_members

MAX_QUERY_FIELDS = 1000


@dataclass(frozen=True, slots=True)
class Incoming:
    """A call: ``query`` raw, without the question mark; ``url`` the public one with its query."""

    method: str
    headers: Sequence[tuple[str, str]]
    query: str
    body: bytes
    url: str


def header_values(incoming: Incoming, name: str) -> list[str]:
    """The values of every header called ``name``, in whatever case, without space around them."""
    wanted = name.lower()
    return [value.strip(" \t") for key, value in incoming.headers if key.lower() == wanted]


def query_values(query: str, name: str) -> list[str]:
    """The decoded values of the parameter ``name``; none when there are absurdly many fields."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=MAX_QUERY_FIELDS)
    except ValueError:
        return []
    return [value for key, value in pairs if key == name]


def raw_text(value: str) -> bytes:
    """The bytes of a header's value: WSGI hands each byte on as one Latin-1 character (PEP 3333).

    A text that cannot have come that way stands for its UTF-8 bytes.
    """
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode("utf-8", "surrogatepass")


def json_object(body: bytes) -> dict[str, Any] | None:
    """The members of the object that ``body`` is; None when it is anything else or no JSON."""
    try:
        value = parse(body)
    except JsonRefused:
        return None
    return value if isinstance(value, dict) else None


class JsonDocument:
    """The body of a call, from which single values are taken by their paths."""

    def __init__(self, body: bytes) -> None:
        """Raises :class:`portal.domain.strict_json.JsonRefused`."""
        text = decode(body)
        self._objects: dict[tuple[str, ...], Mapping[str, Member]] = {(): parse_members(text) or {}}

    def at(self, path: tuple[str, ...]) -> Member | None:
        """The value at ``path``, names of members from the outside in; None when it is not there.

        Raises :class:`portal.domain.strict_json.JsonRefused`.
        """
        return self._members(path[:-1]).get(path[-1])

    def _members(self, path: tuple[str, ...]) -> Mapping[str, Member]:
        if path not in self._objects:
            outer = self.at(path)
            self._objects[path] = (parse_members(outer.text) if outer else None) or {}
        return self._objects[path]
