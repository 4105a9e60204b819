"""Calls as they may be kept and shown: without the secrets that stand in them.

Signatures stay: they prove nothing but the message that they belong to.
"""

import json
import re
from collections.abc import Collection, Iterable, Sequence
from urllib.parse import unquote_plus

from portal.domain.strict_json import JsonRefused, parse

MASK = "•••"

# Whatever stands in these is a credential, whoever sends it.
ALWAYS = frozenset(
    ["authorization", "proxy-authorization", "cookie", "set-cookie"]
    + ["x-api-key", "api-key", "apikey", "x-auth-token", "x-access-token", "x-gitlab-token"]
)
# A shorter secret would blot out half of a text that has nothing to do with it.
MIN_LITERAL = 4

_MASK = MASK.encode()
_COLON = rb"\s*:\s*"
# A text in JSON, or what is left of one that was cut off.
_TEXT = rb'"(?:[^"\\]|\\.)*+"?+'
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_NAME = re.compile(rb"(" + _TEXT + rb")(?:" + _COLON + rb")?", re.DOTALL)
_PIECE = re.compile(_TEXT + rb'|[^"{}\[\]]+|[{}\[\]]', re.DOTALL)
_SCALAR = re.compile(rb"[^\s,\]}]*")


def mask_headers(
    pairs: Iterable[tuple[str, str]], names: Collection[str], secrets: Sequence[str] = ()
) -> list[tuple[str, str]]:
    """``pairs`` with the values of ``names``, in any case, and of well-known credentials masked.

    Elsewhere ``secrets`` are masked where they stand literally.
    """
    hidden = ALWAYS | {name.lower() for name in names}
    return [
        (name, MASK if name.lower() in hidden else _without(value, _literals(secrets)))
        for name, value in pairs
    ]


def mask_query(query: str, names: Collection[str], secrets: Sequence[str] = ()) -> str:
    """The raw ``query`` with the values of ``names``, and values that hold a secret, masked."""
    return "&".join(_masked_pair(pair, names, _literals(secrets)) for pair in query.split("&"))


def mask_body(raw: bytes, names: Collection[str], secrets: Sequence[str] = ()) -> bytes:
    """``raw`` with the values of members ``names`` masked, at any depth, even where it is no JSON.

    Elsewhere ``secrets`` are masked where they stand literally, in JSON with the whole text that
    holds one: what was JSON stays so, and a number that looks like one stays a number. Mask
    before cutting: half of a secret is not found.
    """
    masked = _without_members(raw, names) if names else raw
    literals = _literals(secrets)
    written = {form for one in literals for form in [one, *_escaped(one)]}
    found = [form for text in written if (form := text.encode("utf-8", "surrogatepass")) in masked]
    if not found:
        return masked
    if _is_json(masked):
        return _STRING.sub(lambda text: _masked_text(text[0], literals), masked)
    for form in sorted(found, key=len, reverse=True):
        masked = masked.replace(form, _MASK)
    return masked


def _is_json(raw: bytes) -> bool:
    try:
        parse(raw)
    except JsonRefused:
        return False
    return True


def _masked_text(written: bytes, literals: Sequence[str]) -> bytes:
    text = _decoded(written)
    return b'"' + _MASK + b'"' if any(literal in text for literal in literals) else written


def _literals(secrets: Sequence[str]) -> list[str]:
    # The longest first: one may hold another.
    kept = [secret for secret in secrets if len(secret) >= MIN_LITERAL]
    return sorted(kept, key=len, reverse=True)


def _escaped(text: str) -> list[str]:
    made = [json.dumps(text, ensure_ascii=ascii)[1:-1] for ascii in (True, False)]
    # PHP puts a backslash before every slash.
    return made + [one.replace("/", "\\/") for one in made]


def _without(text: str, literals: Sequence[str]) -> str:
    for literal in literals:
        # WSGI hands the bytes of a header on as Latin-1: an Arabic secret looks otherwise there.
        seen = literal.encode("utf-8", "surrogatepass").decode("latin-1")
        text = text.replace(literal, MASK).replace(seen, MASK)
    return text


def _masked_pair(pair: str, names: Collection[str], literals: Sequence[str]) -> str:
    name, sign, value = pair.partition("=")
    plain = unquote_plus(value)
    if sign and (unquote_plus(name) in names or any(one in plain for one in literals)):
        return f"{name}={MASK}"
    return MASK if any(one in unquote_plus(name) for one in literals) else pair


def _without_members(raw: bytes, names: Collection[str]) -> bytes:
    made, at = [], 0
    for start in sorted({*_ends_of_names(raw, names), *_ends_of_escaped_names(raw, names)}):
        if start >= at:
            made += [raw[at:start], b'"', _MASK, b'"']
            at = _end_of_value(raw, start)
    return b"".join([*made, raw[at:]])


def _ends_of_names(raw: bytes, names: Collection[str]) -> list[int]:
    # Sought as they are, because a stray quotation mark would mislead whoever reads in order.
    plain = b"|".join(re.escape(name.encode("utf-8", "surrogatepass")) for name in names)
    return [found.end() for found in re.finditer(b'"(?:' + plain + b')"' + _COLON, raw)]


def _ends_of_escaped_names(raw: bytes, names: Collection[str]) -> list[int]:
    if b"\\" not in raw:
        return []
    # JSON may write any letter of a name as an escape.
    texts = (found for found in _NAME.finditer(raw) if b"\\" in found[1])
    return [
        found.end() for found in texts if found.end() > found.end(1) and _decoded(found[1]) in names
    ]


def _decoded(name: bytes) -> str:
    try:
        return json.loads(name)
    except ValueError:
        return name[1:-1].decode("utf-8", "replace")


def _end_of_value(raw: bytes, at: int) -> int:
    """Where the value ends that begins at ``at``; the end of ``raw`` when it never does."""
    if raw[at : at + 1] not in (b"{", b"[", b'"'):
        return _SCALAR.match(raw, at).end()  # type: ignore[union-attr]
    depth = 0
    for piece in _PIECE.finditer(raw, at):
        depth += {b"{": 1, b"[": 1, b"}": -1, b"]": -1}.get(piece[0], 0)
        if depth <= 0:
            return piece.end()
    return len(raw)
