"""What a call brings as its proof: the signatures in it, the time stamp and what was signed."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from portal.domain.signatures.incoming import (
    Incoming,
    JsonDocument,
    header_values,
    json_object,
    query_values,
    raw_text,
)
from portal.domain.signatures.scheme import Listing, Scheme
from portal.domain.signatures.signed_fields import signed_text
from portal.domain.signatures.unreadable import Unreadable

# A rotation takes two or three; more would only let strangers make the portal work.
MAX_SIGNATURES = 16

_BRACED = re.compile(r"\{(body|timestamp|id|url)\}")


@dataclass(frozen=True, slots=True)
class Given:
    """The texts that may be signatures, at least one, and the time stamp as it was written."""

    signatures: tuple[str, ...]
    timestamp: str | None


def given_in(scheme: Scheme, incoming: Incoming) -> Given:
    """What ``incoming`` brings under this one way to sign.

    Where a header stands several times, every value counts. Raises :class:`Unreadable`.
    """
    values = [value for value in _values(scheme, incoming) if value]
    if not values:
        raise Unreadable("signature_missing")
    signatures, timestamps = [], []
    for value in values:
        if scheme.listing:
            signatures += _items(value, scheme.listing, scheme.listing.signature)
            timestamps += _items(value, scheme.listing, scheme.listing.timestamp)
        else:
            signatures += _without_prefix(scheme, value)
    if not any(signatures):
        raise Unreadable("signature_malformed")
    kept = tuple([one for one in signatures if one][:MAX_SIGNATURES])
    return Given(kept, _timestamp(scheme, incoming, timestamps))


def content_of(
    scheme: Scheme, incoming: Incoming, timestamp: str | None, read: Callable[[], JsonDocument]
) -> bytes:
    """The bytes that were signed under this one way; ``read`` gives the body as a document.

    Raises :class:`Unreadable`.
    """
    if not isinstance(scheme.signed, str):
        return signed_text(scheme.signed, read)
    made = []
    for literal, placeholder in _parts(scheme.signed):
        made.append(literal)
        made.append(_filled(placeholder, scheme, incoming, timestamp))
    return b"".join(made)


def _values(scheme: Scheme, incoming: Incoming) -> list[str]:
    if scheme.place.kind == "header":
        return header_values(incoming, scheme.place.name)
    if scheme.place.kind == "query":
        return query_values(incoming.query, scheme.place.name)
    members = json_object(incoming.body)
    if members is None:
        raise Unreadable("body_not_json")
    value = members.get(scheme.place.name, "")
    if not isinstance(value, str):
        raise Unreadable("signature_malformed")
    return [value]


def _items(value: str, listing: Listing, name: str | None) -> list[str]:
    parts = [item.strip(" \t").partition(listing.joint) for item in value.split(listing.separator)]
    return [text for key, joint, text in parts if joint and key == name]


def _without_prefix(scheme: Scheme, value: str) -> list[str]:
    length = len(scheme.prefix)
    # The name of an authentication scheme reads the same in any case (RFC 9110 §11.1).
    if value[:length].lower() == scheme.prefix.lower():
        return [value[length:].lstrip(" ")]
    return [value] if scheme.prefix_optional else []


def _timestamp(scheme: Scheme, incoming: Incoming, listed: list[str]) -> str | None:
    if scheme.timestamp_header:
        return _single(header_values(incoming, scheme.timestamp_header), "timestamp")
    if scheme.listing and scheme.listing.timestamp:
        return _single(listed, "timestamp")
    return None


def _single(values: list[str], name: str) -> str:
    distinct = set(values) - {""}
    if not distinct:
        raise Unreadable(f"{name}_missing")
    # Of two it could not be told which one was signed and which one is to be believed.
    if len(distinct) > 1:
        raise Unreadable(f"{name}_malformed")
    return distinct.pop()


# Pairs of a literal text and the placeholder after it, which is empty at the end.
@lru_cache(maxsize=1024)
def _parts(template: str) -> tuple[tuple[bytes, str], ...]:
    split = [*_BRACED.split(template), ""]
    literals = [text.encode("utf-8", "surrogatepass") for text in split[::2]]
    return tuple(zip(literals, split[1::2], strict=True))


def _filled(placeholder: str, scheme: Scheme, incoming: Incoming, timestamp: str | None) -> bytes:
    if placeholder == "body":
        return incoming.body
    if placeholder == "timestamp":
        return raw_text(timestamp or "")
    if placeholder == "id":
        return raw_text(_single(header_values(incoming, scheme.id_header or ""), "id"))
    return incoming.url.encode("utf-8", "surrogatepass") if placeholder == "url" else b""
