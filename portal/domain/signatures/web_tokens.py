"""JSON Web Tokens signed with HS256 (RFC 7519), judged at a moment that is handed in."""

import math
from collections.abc import Mapping
from typing import Any

import jwt

from portal.domain.signatures.keys import MIN_JWT_KEY

# A token of a webhook holds a few claims; what is longer is not read.
MAX_TOKEN = 8192
BLOCK_BYTES = 64

# PyJWT judges times by its own clock and knows no audience of ours: of it only the signature and
# the form are asked.
_OPTIONS = {f"verify_{claim}": False for claim in ("exp", "nbf", "iat", "aud", "iss", "sub", "jti")}


def token_fault(token: bytes, key: bytes, now: int, leeway: int) -> str | None:
    """What is wrong with ``token``, as a code; None when it holds.

    ``now`` in Unix seconds; ``leeway`` seconds for clocks that differ (RFC 7519 §4.1.4). Codes:
    signature_malformed, signature_wrong, token_expired, token_not_yet_valid.
    """
    if len(token) > MAX_TOKEN or token.count(b".") != 2:
        return "signature_malformed"
    if len(key) < MIN_JWT_KEY:
        return "signature_wrong"
    try:
        claims = jwt.decode(token, _padded(key), algorithms=["HS256"], options=_OPTIONS)
    except (jwt.InvalidSignatureError, jwt.InvalidAlgorithmError):
        return "signature_wrong"
    # Claims nested thousands of levels deep are refused like any other nonsense.
    except (jwt.PyJWTError, ValueError, RecursionError):
        return "signature_malformed"
    return _time_fault(claims, now, leeway)


def _padded(key: bytes) -> bytes:
    """The same key to HMAC, which fills it up with zeros itself (RFC 2104 §2): the library warns
    of a key that is shorter than its hash."""
    return key.ljust(BLOCK_BYTES, b"\0")


def _time_fault(claims: Mapping[str, Any], now: int, leeway: int) -> str | None:
    moments = {name: claims[name] for name in ("exp", "nbf", "iat") if name in claims}
    if not all(_is_moment(moment) for moment in moments.values()):
        return "signature_malformed"
    if "exp" in moments and now >= moments["exp"] + leeway:
        return "token_expired"
    if any(moments[name] > now + leeway for name in ("nbf", "iat") if name in moments):
        return "token_not_yet_valid"
    return None


def _is_moment(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool)
