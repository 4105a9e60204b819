"""Values that were masked in one place, found wherever else they stand: in what a receiver echoes,
in a message, in a name, however they are written there."""

import html
import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from portal.domain.folding import latin_digits
from portal.domain.masking.kinds import DOTS

# Shorter ones stand in too much that is something else.
SHORTEST = 4
# Up to so long, any letter of it may be escaped in any way.
LONGEST = 200
# Past so many, a text is not looked through any more, which would take seconds.
MOST = 200
# A text of so many letters may have been cut off; of a value so many are looked for at its end.
CUT, MOST_CUT = 100, 64
# A number with so many digits is found however it is grouped, and without what stands before its
# last ones: the code of a country or a zero.
_NUMBER, _LOCAL, _LONGEST_PHONE = 7, 9, 15
_BETWEEN = r"(?:[\s().+/_-]|%20)*"
_DIGITS = "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹"


class Known:
    """The masked values that have been met."""

    def __init__(self) -> None:
        self._values: set[str] = set()
        self._found: dict[bool, re.Pattern[str] | None] = {}

    def add(self, value: str) -> None:
        """Remember ``value``."""
        value = value.strip()
        if value and value not in self._values and not set(value) <= {DOTS[0]}:
            self._values.add(value)
            self._found.clear()

    @property
    def are_many(self) -> bool:
        """Whether there are more than a text can be looked through for."""
        return len(self._values) > MOST

    def __contains__(self, text: str) -> bool:
        return text.strip() in self._values

    def hidden_in(self, text: str, short_too: bool = False) -> str:
        """``text`` with dots in place of each of the values; ``short_too`` is for what may hold
        short ones and the beginning of one that was cut off."""
        if self.are_many:
            return DOTS
        if short_too not in self._found:
            self._found[short_too] = _finding(self._values, short_too)
        pattern = self._found[short_too]
        if pattern is None:
            return text
        shown = pattern.sub(DOTS, text)
        return self._without_end(shown) if short_too and len(text) >= CUT else shown

    def _without_end(self, text: str) -> str:
        """``text`` without the beginning of a value that was cut off where it ends."""
        kept = text.removesuffix("…")
        for value in self._values:
            for length in range(min(len(value) - 1, MOST_CUT), SHORTEST - 1, -1):
                if kept.endswith(value[:length]):
                    return kept[:-length] + DOTS
        return text


def _finding(values: Iterable[str], short_too: bool) -> re.Pattern[str] | None:
    forms = {form for value in values for form in _forms(value, short_too)}
    if not forms:
        return None
    return re.compile("|".join(sorted(forms, key=len, reverse=True)), re.IGNORECASE)


def _forms(value: str, short_too: bool) -> Iterator[str]:
    """How ``value`` may be written, as patterns."""
    if len(value) < SHORTEST:
        if short_too:
            yield rf"(?<!\w){re.escape(value)}(?!\w)"
        return
    if len(value) <= LONGEST:
        yield "".join(map(_letter, value))
    else:
        yield from map(
            re.escape, {value, json.dumps(value)[1:-1], quote(value, safe="", errors="replace")}
        )
    digits = [digit for digit in latin_digits(value) if digit.isascii() and digit.isdecimal()]
    if len(digits) >= _NUMBER:
        told = digits[-_LOCAL:] if len(digits) <= _LONGEST_PHONE else digits
        yield _BETWEEN.join(_digit(digit) for digit in told)


def _letter(letter: str) -> str:
    """How ``letter`` may be written: as it is, or escaped for JSON, an address or a page."""
    if letter.isascii() and letter.isalnum():
        return letter
    code = ord(letter)
    forms = [
        re.escape(letter),
        re.escape(quote(letter, safe="")),
        f"&#0*{code};",
        f"&#x0*{code:x};",
    ]
    forms += [re.escape(json.dumps(letter)[1:-1]), rf"\\u{code:04x}", rf"\\{re.escape(letter)}"]
    forms += [r"\+"] if letter == " " else [re.escape(html.escape(letter))]
    return f"(?:{'|'.join(dict.fromkeys(forms))})"


def _digit(digit: str) -> str:
    return f"[{digit}{''.join(of[int(digit)] for of in _DIGITS)}]"
