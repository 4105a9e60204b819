"""What the text of a secret is as a key."""

import base64
import binascii

from portal.domain.signatures.scheme import Scheme

WHSEC = "whsec_"
# RFC 7518 §3.2 asks for 32 bytes, but it is the sender who makes the secret, and some make shorter
# ones: what anybody could guess is refused.
MIN_JWT_KEY = 8


def key_of(scheme: Scheme, secret: str) -> bytes | None:
    """The key that ``secret`` stands for under ``scheme``; None when it stands for none."""
    if scheme.key == "raw":
        key = secret.encode("utf-8", "surrogatepass")
    else:
        text = secret.removeprefix(WHSEC) if scheme.key == "whsec" else secret
        key = base64_bytes(text) or b""
    if scheme.algorithm == "jwt_hs256" and len(key) < MIN_JWT_KEY:
        return None
    return key or None


def check_secret(scheme: Scheme, secret: str) -> str | None:
    """What keeps ``secret`` from being one under ``scheme``, as a code; None when nothing does.

    ``secret_empty``: no key is left of it; ``secret_not_base64``; ``secret_too_short`` for HS256.
    """
    if not secret.strip() or secret == WHSEC and scheme.key == "whsec":
        return "secret_empty"
    if any(key_of(way, secret) for way in scheme.ways):
        return None
    if scheme.key != "raw" and base64_bytes(secret.removeprefix(WHSEC)) is None:
        return "secret_not_base64"
    return "secret_too_short" if scheme.algorithm == "jwt_hs256" else "secret_empty"


def base64_bytes(text: str) -> bytes | None:
    """What ``text`` encodes in either alphabet of RFC 4648, padded or not; None where nothing."""
    bare = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
