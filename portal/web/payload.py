"""JSON as people read it: pretty-printed, each text isolated, nothing hidden.

Two things go wrong when JSON with Arabic in it is shown as it is: neighbouring Arabic texts swap
their places, and invisible direction marks make a line read otherwise than it is (CVE-2021-42574).
So each text stands in a ``<bdi>`` of its own, and such marks are shown by name.
"""

import json
import re

from markupsafe import Markup, escape

from portal.domain.masking import DOTS

# Unicode's Bidi_Control property, the other marks that nobody sees, and control characters that
# are neither a tab nor the end of a line.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]"
    "|[\ud800-\udfff]"
)
# What stands in place of a value that is hidden from whoever looks; no other dots are as many.
_MASKED = re.compile(f"(?<!{DOTS[0]}){DOTS}(?!{DOTS[0]})")
_SHOWN_OTHERWISE = re.compile(f"{_HIDDEN.pattern}|{_MASKED.pattern}")
_TOKEN = re.compile(
    r'(?P<text>"(?:[^"\\]|\\.)*")|(?P<bare>[-+.\w]+)|(?P<open>[\[{])|(?P<close>[\]}])'
    r"|(?P<comma>,)|(?P<colon>:)"
)
_MAX_DEPTH = 64
# A page shows this much and says so; the rest would only make the page heavy and slow.
MAX_SHOWN = 32 * 1024


def visible(text: object) -> Markup:
    """``text`` escaped, with every hidden character shown as a chip that bears its code, and the
    dots of masked values told from data."""
    shown, end = Markup(), 0
    source = str(text)
    for match in _SHOWN_OTHERWISE.finditer(source):
        shown += escape(source[end : match.start()]) + _chip(match[0])
        end = match.end()
    return shown + escape(source[end:])


def bare(text: str) -> str:
    """``text`` with every hidden character written as its code, where no markup may stand."""
    return _HIDDEN.sub(lambda found: f"\\u{ord(found[0]):04X}", text)


def payload(text: str) -> Markup:
    """The lines of a ``<pre>`` that show ``text``: as JSON if it is, else as it stands.

    Numbers and keys keep the order and the spelling they came in; only the spaces between tokens
    and needless ``\\u`` escapes change.
    """
    try:
        json.loads(text)
        return _pretty(text)
    except (ValueError, RecursionError):
        return visible(text)


def _chip(character: str) -> Markup:
    if character == DOTS:
        return Markup('<span class="masked" title="محجوب عن دورك">{}</span>').format(DOTS)
    return Markup('<span class="hidden-mark" dir="ltr">\\u{:04X}</span>').format(ord(character))


def _pretty(text: str) -> Markup:
    """``text``, which is JSON, over many lines."""
    tokens = [(str(m.lastgroup), m[str(m.lastgroup)]) for m in _TOKEN.finditer(text)]
    kinds = ["start", *(kind for kind, _ in tokens), "end"]
    shown: list[Markup] = []
    depth = 0
    for place, (kind, token) in enumerate(tokens, start=1):
        depth += {"open": 1, "close": -1}.get(kind, 0)
        if depth > _MAX_DEPTH:
            return visible(text)
        line = Markup("\n" + "  " * depth)
        shown.append(_piece(kind, token, line, kinds[place - 1], kinds[place + 1]))
    return Markup().join(shown)


def _piece(kind: str, token: str, line: Markup, before: str, after: str) -> Markup:
    """One token, with ``line`` (a line break and the indent) where it belongs."""
    if kind == "text":
        return _text(token, is_key=after == "colon")
    if kind == "bare":
        return Markup('<span class="json-bare">{}</span>').format(token)
    if kind == "open":
        return token + (line if after != "close" else Markup())
    if kind == "close":
        return (line if before != "open" else Markup()) + token
    return token + (line if kind == "comma" else Markup(" "))


def _text(token: str, is_key: bool) -> Markup:
    plain = json.dumps(json.loads(token), ensure_ascii=False)[1:-1]
    kind = "json-key" if is_key else "json-text"
    return Markup('"<bdi class="{}">{}</bdi>"').format(kind, visible(plain))
