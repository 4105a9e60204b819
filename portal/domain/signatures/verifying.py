"""Whether a call was signed by somebody who knows the secret."""

import binascii
import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, partial
from typing import Any

from portal.domain.signatures.given import Given, content_of, given_in
from portal.domain.signatures.incoming import Incoming, JsonDocument, raw_text
from portal.domain.signatures.keys import base64_bytes, check_secret, key_of
from portal.domain.signatures.moments import unix_seconds
from portal.domain.signatures.scheme import Scheme
from portal.domain.signatures.unreadable import Unreadable
from portal.domain.signatures.web_tokens import token_fault

__all__ = ["Incoming", "Verdict", "check_secret", "verify"]

# Secrets alive at once: the current one and the previous one; a few more cost nothing.
MAX_SECRETS = 4

Reader = Callable[[], JsonDocument]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a call is authentic; if not, a stable ``reason`` and its ``facts``.

    ``secret`` says which one it was signed with, "current" or "previous". Reasons:
    signature_missing, signature_malformed, signature_wrong; timestamp_missing,
    timestamp_malformed, timestamp_outside (``seconds`` off, ``way`` past or future); id_missing,
    id_malformed; body_not_json, signed_field_missing, signed_field_malformed (``field``);
    token_expired, token_not_yet_valid; secret_unusable.
    """

    ok: bool
    reason: str | None = None
    secret: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


def verify(scheme: Scheme, secrets: Sequence[str], incoming: Incoming, now: datetime) -> Verdict:
    """Judge ``incoming`` under every way of ``scheme``; ``secrets`` newest first, ``now`` aware.

    Never raises. Of several ways in which a call fails, the most telling is told.
    """
    refused: list[Verdict] = []
    # Read when it is needed, and once for all ways: a long body takes its time.
    read = cache(lambda: JsonDocument(incoming.body))
    for way in scheme.ways:
        verdict = _judged(way, secrets[:MAX_SECRETS], incoming, read, int(now.timestamp()))
        if verdict.ok:
            return verdict
        refused.append(verdict)
    return min(refused, key=_silence)


def _silence(refused: Verdict) -> int:
    """How little a refusal says: one that is merely late was signed with the secret."""
    reason = refused.reason or ""
    if reason in ("timestamp_outside", "token_expired", "token_not_yet_valid"):
        return 0
    if reason == "signature_missing":
        return 3
    return 2 if reason.startswith("signed_field") else 1


def _judged(
    way: Scheme, secrets: Sequence[str], incoming: Incoming, read: Reader, now: int
) -> Verdict:
    try:
        given = given_in(way, incoming)
        keys = [(place, key) for place, one in enumerate(secrets) if (key := key_of(way, one))]
        if not keys:
            return Verdict(False, "secret_unusable")
        if way.algorithm == "jwt_hs256":
            return _judged_token(way, given, keys, now)
        if way.algorithm == "equal":
            return _judged_text(way, given, keys)
        content = partial(content_of, way, incoming, given.timestamp, read)
        return _judged_hash(way, given, keys, content, now)
    except Unreadable as unreadable:
        return Verdict(False, unreadable.reason, None, unreadable.facts)


def _judged_hash(
    way: Scheme, given: Given, keys: list[tuple[int, bytes]], content: Callable[[], bytes], now: int
) -> Verdict:
    sent_at = unix_seconds(given.timestamp) if given.timestamp is not None else None
    if given.timestamp is not None and sent_at is None:
        return Verdict(False, "timestamp_malformed")
    digests = _decoded(way, given.signatures)
    if not digests:
        return Verdict(False, "signature_malformed")
    message = content()
    for place, key in keys:
        expected = hmac.digest(key, message, way.algorithm)
        if _holds(expected, digests):
            return _in_time(way, _accepted(place), sent_at, now)
    return Verdict(False, "signature_wrong")


def _judged_text(way: Scheme, given: Given, keys: list[tuple[int, bytes]]) -> Verdict:
    # Hashed first, so that the time of comparing does not even tell the length.
    hashes = [hashlib.sha256(_text_bytes(way, one)).digest() for one in given.signatures]
    for place, key in keys:
        if _holds(hashlib.sha256(key).digest(), hashes):
            return _accepted(place)
    return Verdict(False, "signature_wrong")


def _judged_token(way: Scheme, given: Given, keys: list[tuple[int, bytes]], now: int) -> Verdict:
    faults = []
    for place, key in keys:
        for token in given.signatures:
            fault = token_fault(_text_bytes(way, token), key, now, way.tolerance_seconds)
            if fault is None:
                return _accepted(place)
            faults.append(fault)
    # A token that is out of its time was signed rightly: that says more than the others.
    return Verdict(False, min(faults, key=lambda fault: not fault.startswith("token_")))


def _holds(expected: bytes, given: Iterable[bytes]) -> bool:
    return any(hmac.compare_digest(expected, one) for one in given)


def _accepted(place: int) -> Verdict:
    return Verdict(True, None, "previous" if place else "current")


def _in_time(way: Scheme, verdict: Verdict, sent_at: int | None, now: int) -> Verdict:
    if sent_at is None or abs(now - sent_at) <= way.tolerance_seconds:
        return verdict
    facts = {"seconds": abs(now - sent_at), "way": "past" if sent_at < now else "future"}
    return Verdict(False, "timestamp_outside", None, facts)


def _text_bytes(way: Scheme, text: str) -> bytes:
    if way.place.kind == "header":
        return raw_text(text)
    return text.encode("utf-8", "surrogatepass")


def _decoded(way: Scheme, signatures: Iterable[str]) -> list[bytes]:
    decode = base64_bytes if way.encoding == "base64" else _hex_bytes
    size = hashlib.new(way.algorithm, usedforsecurity=False).digest_size
    made = [decode(one) for one in signatures]
    return [one for one in made if one is not None and len(one) == size]


def _hex_bytes(text: str) -> bytes | None:
    try:
        return binascii.unhexlify(text)
    except (binascii.Error, ValueError):
        return None
