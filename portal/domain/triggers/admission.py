"""Whether a call is let in: the checks of design §5, each refusing with its status and a reason."""

import base64
import binascii
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from portal.domain.inputs import Inputs
from portal.domain.paths import MISSING, Path
from portal.domain.query_strings import BadQuery, read_query
from portal.domain.signatures.verifying import Incoming, verify
from portal.domain.storable import storable
from portal.domain.strict_json import JsonRefused, parse
from portal.domain.tokens import hash_of
from portal.domain.triggers.limits import is_listed
from portal.domain.triggers.plan import Plan

CHALLENGE = 'Basic realm="Khuttaf", charset="UTF-8"'
# A longer key is kept as its hash.
LONGEST_KEY = 200


class Turned(Exception):
    """A call that is turned away: the status it gets, and a stable reason with its facts."""

    def __init__(
        self, status: int, reason: str, headers: Mapping[str, str] | None = None, **facts: Any
    ) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason
        self.headers, self.facts = headers or {}, facts


@dataclass(frozen=True, slots=True)
class Proof:
    """How a caller proved who they are: ``secret`` is "current" or "previous" for signatures."""

    kind: str
    secret: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def told(self) -> dict[str, Any]:
        """The proof as it is kept and explained."""
        secret = {"secret": self.secret} if self.secret else {}
        return {"kind": self.kind, **secret, **self.facts}


def check_method(plan: Plan, method: str, query: str) -> None:
    """Only POST, save the GET by which Meta verifies an address."""
    asks = plan.preset is not None and plan.preset.handshake == "meta" and "hub.mode=" in query
    if method != "POST" and not (method == "GET" and asks):
        raise Turned(405, "method_not_allowed", {"Allow": "POST"}, method=method[:16])


def check_address(plan: Plan, peer: str) -> None:
    """Only from the addresses that are listed, if any are."""
    if not is_listed(peer, plan.networks):
        raise Turned(403, "address_not_listed")


def authenticate(plan: Plan, incoming: Incoming, now: datetime) -> Proof:
    """Who calls proves it over the raw bytes, or is turned away with 401."""
    if plan.auth == "basic":
        return _check_basic(plan, incoming.headers)
    if plan.scheme is None:
        return Proof("none")
    verdict = verify(plan.scheme, plan.signing_secrets, incoming, now)
    if not verdict.ok:
        raise Turned(401, verdict.reason or "signature_wrong", **verdict.facts)
    return Proof("signature", verdict.secret, verdict.facts)


def read_body(headers: Sequence[tuple[str, str]], body: bytes) -> Any:
    """The JSON value of a call; MISSING where there is neither a body nor a type of one."""
    kind = header(headers, "content-type")
    if not body and not kind:
        return MISSING
    media = kind.partition(";")[0].strip().lower()
    if media != "application/json" and not (media.endswith("+json") and "/" in media):
        raise Turned(415, "unsupported_media_type", media=storable(media)[:100])
    if header(headers, "content-encoding").strip().lower() not in ("", "identity"):
        raise Turned(415, "content_encoded")
    if not body:
        raise Turned(400, "empty_body")
    try:
        return parse(body)
    except JsonRefused as refused:
        raise Turned(400, refused.code, **refused.place) from None


def inputs_of(
    headers: Sequence[tuple[str, str]], query: str, body: Any, at: str, peer: str
) -> Inputs:
    """What rules and variables of a call read from; a query that is too large is turned away."""
    try:
        return Inputs(headers, read_query(query), body, {"at": at, "peer": peer}, {})
    except BadQuery as bad:
        raise Turned(400, bad.code) from None


def dedupe_key(path: Path | None, inputs: Inputs) -> str | None:
    """By what a repeat of this call is told; None where it carries nothing of the kind."""
    value = inputs.value(path) if path else MISSING
    if value is MISSING or value is None or value == "" or isinstance(value, dict | list):
        return None
    text = storable(value if isinstance(value, str) else repr(value))
    return text if len(text) <= LONGEST_KEY else f"sha256:{hash_of(text)}"


def header(headers: Sequence[tuple[str, str]], name: str) -> str:
    """The value of the first header ``name`` (lower case); empty when there is none."""
    return next((value for one, value in headers if one.lower() == name), "")


def _check_basic(plan: Plan, headers: Sequence[tuple[str, str]]) -> Proof:
    kind, _, token = header(headers, "authorization").strip().partition(" ")
    if kind.lower() != "basic":
        raise Turned(401, "credentials_missing", {"WWW-Authenticate": CHALLENGE})
    try:
        given = base64.b64decode(token.strip().encode("ascii"), validate=True)
    except (binascii.Error, ValueError):
        raise Turned(401, "credentials_malformed", {"WWW-Authenticate": CHALLENGE}) from None
    # Compared whole, and as bytes: the time tells nothing, and Arabic is possible.
    if plan.basic is None or not hmac.compare_digest(given, plan.basic):
        raise Turned(401, "credentials_wrong", {"WWW-Authenticate": CHALLENGE})
    return Proof("basic")
