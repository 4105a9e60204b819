"""The calls by which a sender makes sure of an address before it sends events there.

Each of them proves itself like an event does, by the secret or by the token of verification:
what proves nothing is no handshake, and goes the way of every other call.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from portal.domain.signatures.incoming import Incoming, json_object, query_values
from portal.domain.signatures.presets import Preset
from portal.domain.signatures.verifying import verify

# What is sent back is the sender's own text: of it only what no browser could take for a page.
_CHALLENGE = re.compile(r"[A-Za-z0-9_.~=-]{1,512}")
_CODE = re.compile(r"[A-Za-z0-9-]{1,32}")
_PLAIN = {"Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff"}


@dataclass(frozen=True, slots=True)
class Handshake:
    """The answer to a handshake; a ``body`` that is no text is sent as JSON.

    ``kind`` is "meta", "slack" or "moyasar"; ``ok`` is false where it was refused. ``code`` is what
    staff has to enter at Moyasar. ``secret`` is as in a verdict.
    """

    kind: str
    status: int
    body: Any
    ok: bool = True
    headers: Mapping[str, str] = field(default_factory=dict)
    code: str | None = None
    secret: str | None = None

    @property
    def answer(self) -> dict[str, Any]:
        """The answer in the contract's form."""
        return {"status": self.status, "headers": dict(self.headers), "body": self.body}


def handshake(
    preset: Preset,
    incoming: Incoming,
    secrets: Sequence[str],
    verify_token: str | None,
    now: datetime,
) -> Handshake | None:
    """The answer to ``incoming`` when it is a handshake of ``preset``'s sender; None otherwise.

    Never raises. A GET to a preset of Meta is always one, answered with 403 unless it brings
    ``verify_token`` or, where that is not configured, one of ``secrets``.
    """
    if preset.handshake == "meta":
        return _meta(incoming, secrets, verify_token) if incoming.method == "GET" else None
    made = _made(preset, incoming)
    if made is None or preset.scheme is None:
        return None
    verdict = verify(preset.scheme, secrets, incoming, now)
    return replace(made, secret=verdict.secret) if verdict.ok else None


def _made(preset: Preset, incoming: Incoming) -> Handshake | None:
    # Most calls are events: the word is looked for before anything is parsed.
    if incoming.method != "POST" or b"_verification" not in incoming.body:
        return None
    members = json_object(incoming.body) or {}
    if preset.handshake == "slack":
        return _slack(members)
    return _moyasar(members) if preset.handshake == "moyasar" else None


def _slack(members: Mapping[str, Any]) -> Handshake | None:
    # api.slack.com/events/url_verification
    challenge = members.get("challenge")
    if members.get("type") != "url_verification" or not _fits(_CHALLENGE, challenge):
        return None
    return Handshake("slack", 200, {"challenge": challenge})


def _moyasar(members: Mapping[str, Any]) -> Handshake | None:
    # docs.moyasar.com, "Verify webhook": until the code is entered there, no event is sent.
    data = members.get("data")
    code = data.get("verification_code") if isinstance(data, dict) else None
    code = str(code) if type(code) is int else code
    if "webhook_verification" not in (members.get("type"), members.get("event")):
        return None
    return Handshake("moyasar", 200, "ok", code=code) if _fits(_CODE, code) else None


def _meta(incoming: Incoming, secrets: Sequence[str], verify_token: str | None) -> Handshake:
    # developers.facebook.com "Webhooks: getting started"
    modes = query_values(incoming.query, "hub.mode")
    tokens = query_values(incoming.query, "hub.verify_token")
    challenges = query_values(incoming.query, "hub.challenge")
    known = [one for one in ([verify_token] if verify_token else secrets) if one]
    proven = len(tokens) == 1 and any(_equal(tokens[0], one) for one in known)
    if modes == ["subscribe"] and proven and len(challenges) == 1:
        challenge = challenges[0]
        if _fits(_CHALLENGE, challenge):
            return Handshake("meta", 200, challenge, headers=_PLAIN)
    return Handshake("meta", 403, "", ok=False, headers=_PLAIN)


def _fits(pattern: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and bool(pattern.fullmatch(value))


def _equal(one: str, other: str) -> bool:
    hashes = [hashlib.sha256(text.encode("utf-8", "surrogatepass")) for text in (one, other)]
    return hmac.compare_digest(hashes[0].digest(), hashes[1].digest())
