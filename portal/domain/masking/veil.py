"""What one page or answer shows of payloads to somebody with masks: every text that holds a payload
or a part of one passes here, and what was masked in one is hidden in the others."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeVar
from urllib.parse import unquote_plus

from portal.domain.masking.json_texts import Rewriting, read, write
from portal.domain.masking.kinds import DOTS, MaskKind, covered, without_shapes
from portal.domain.masking.known import Known
from portal.domain.masking.masks import Masks
from portal.domain.masking.patterns import Matcher, Spots

Pair = tuple[str, str]
# A text that may not be there.
Words = TypeVar("Words", str, str | None)

_QUERY_STEP = re.compile(r"[^\[\].]+")


class Veil:
    """Texts as those with ``masks`` may see them; as they are where there are none. ``secrets``
    went out beside the payload: an answer may echo them.

    What stands in one text is hidden in those that are asked for later, so what is surely JSON
    comes first: :meth:`learn` for what is not shown itself.
    """

    def __init__(self, masks: Masks, secrets: Iterable[str] = ()) -> None:
        self._masks, self._known, self._secrets = masks, Known(), Known()
        for secret in secrets:
            self._secrets.add(secret)

    def __bool__(self) -> bool:
        return bool(self._masks)

    def learn(
        self, data: Iterable[str] = (), headers: Iterable[Pair] = (), query: str = ""
    ) -> None:
        """Remember what is masked in payloads, and in a call's headers and query."""
        for text in data:
            self.data(text)
        self.headers(headers)
        self.query(query)

    def data(self, text: str) -> str:
        """The payload ``text`` that patterns speak of: an event's data, a call's body."""
        return self._text(text, self._masks.exact)

    def body(self, text: Words) -> Words:
        """A text that may be or hold a payload: an answer, what was sent, something published."""
        return self._text(text, self._masks.loose)

    def answer(self, text: Words) -> Words:
        """The body of an answer, or a part of it."""
        return self._secrets.hidden_in(self.body(text)) if text else text

    def answer_headers(self, pairs: Iterable[Pair]) -> list[Pair]:
        """The headers of an answer."""
        return [(name, self._secrets.hidden_in(value)) for name, value in self.headers(pairs)]

    def at(self, path: str, value: Any) -> Any:
        """The JSON ``value`` that was read at ``path`` of a call or an event."""
        if not self:
            return value
        matcher, spots = self._masks.at(path)
        return json.loads(self._json(json.dumps(value), matcher, spots))

    def covers(self, path: str) -> bool:
        """Whether what stands at ``path`` of a call or an event is hidden with its name."""
        return bool(self) and self._masks.covers(path)

    def headers(self, pairs: Iterable[Pair]) -> list[Pair]:
        """Headers, masked by their names."""
        return [(name, self._header(name, value)) for name, value in pairs] if self else list(pairs)

    def query(self, text: str) -> str:
        """A query string."""
        return "&".join(map(self._parameter, text.split("&"))) if self else text

    def text(self, text: Words) -> Words:
        """Words, of which only what has been masked elsewhere is hidden."""
        return self._known.hidden_in(text, short_too=True) if self and text else text

    def unread(self, text: Words) -> Words:
        """Words that may hold what is masked in a payload that nobody reads for them."""
        return DOTS if self and text else text

    def hides(self, data: str) -> bool:
        """Whether anything of the payload ``data`` is masked."""
        if not self:
            return False
        try:
            return self.data(data) != write(read(data))
        except (ValueError, RecursionError):
            return self.data(data) != data

    def variables(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """What was read of a call, by the path it was read at."""
        for path, value in values.items():
            self.at(path, value)
        return {path: self.at(path, value) for path, value in values.items()}

    def explained(self, seen: Any) -> Any:
        """What conditions or rules saw, as their explanations have it."""
        if not self:
            return seen
        if isinstance(seen, list | tuple):
            return [self.explained(one) for one in seen]
        if not isinstance(seen, dict):
            return seen
        told = {name: self.explained(inner) for name, inner in seen.items()}
        if "path" in told and "op" in told:
            told["left"] = self.at(seen["path"], seen.get("left"))
            told["right"] = self._value(seen.get("right"))
        if "as" in told:
            told |= self._reply(seen)
        return told

    def reply(self, said: Any) -> Any:
        """What another address said: its status, headers and body."""
        if not self or not isinstance(said, dict):
            return said
        headers = said.get("headers") or {}
        told = {
            "headers": dict(self.headers(headers.items())),
            "body": self._value(said.get("body")),
        }
        return {**said, **{name: told[name] for name in told if name in said}}

    def _reply(self, call: dict[str, Any]) -> dict[str, Any]:
        texts = {name: self.body(call[name]) for name in ("sent", "excerpt") if call.get(name)}
        return texts | ({"said": self.reply(call["said"])} if "said" in call else {})

    def _value(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.body(value)
        matcher = self._masks.loose
        return json.loads(self._json(json.dumps(value), matcher, matcher.start))

    def _text(self, text: Words, matcher: Matcher) -> Words:
        if not self or not text:
            return text
        try:
            return self._json(text, matcher, matcher.start)
        except (ValueError, RecursionError):
            if self._masks.speaks_of(text):
                return DOTS
            return without_shapes(self.text(text), self._masks.kinds)

    def _json(self, text: str, matcher: Matcher, spots: Spots) -> str:
        node = read(text)
        # A value may stand before the field that it is known by.
        Rewriting(matcher, self._cover, self._met).node(node, spots)
        return write(Rewriting(matcher, self._cover, self._other).node(node, spots))

    def _cover(self, value: str, kind: MaskKind) -> str:
        if value not in ("true", "false"):
            self._known.add(value)
        return covered(value, kind)

    def _met(self, text: str) -> str:
        """A text in JSON that no pattern speaks of, for what is to be learned of it."""
        if _may_be_json(text):
            loose = self._masks.loose
            with suppress(ValueError, RecursionError):
                Rewriting(loose, self._cover, self._met).node(read(text), loose.start)
        return text

    def _other(self, text: str) -> str:
        """A text in JSON that no pattern speaks of; it may be JSON itself."""
        if _may_be_json(text):
            try:
                inner = self._json(text, self._masks.loose, self._masks.loose.start)
                return text if inner == write(read(text)) else inner
            except (ValueError, RecursionError):
                return DOTS if self._masks.speaks_of(text) else self._words(text)
        return self._words(text)

    def _words(self, text: str) -> str:
        if not self._known.are_many:
            return self._known.hidden_in(text)
        return DOTS if text in self._known else without_shapes(text, self._masks.kinds)

    def _header(self, name: str, value: str) -> str:
        matcher = self._masks.headers
        kind = matcher.kind(matcher.along([name]))
        return self._cover(value, kind) if kind and value else self._other(value)

    def _parameter(self, part: str) -> str:
        name, _, value = part.partition("=")
        steps: Sequence[str | int] = [
            int(step) if step.isdecimal() else step
            for step in _QUERY_STEP.findall(unquote_plus(name))
        ]
        matcher, given = self._masks.query, unquote_plus(value)
        kind = matcher.kind(matcher.along(steps))
        shown = self._cover(given, kind) if kind and given else self._other(given)
        return part if shown == given else f"{name}={shown}"


def _may_be_json(text: str) -> bool:
    return text.lstrip()[:1] in ("{", "[")
