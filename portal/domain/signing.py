"""Signatures of the Standard Webhooks specification 1.0.0.

The signed content is ``{id}.{timestamp}.{body}``. A symmetric secret gives ``v1`` (HMAC-SHA256),
an ed25519 key gives ``v1a``; with several secrets alive the header lists one signature each,
separated by spaces.
"""

import base64
import binascii
import hmac
from collections.abc import Iterable
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

SYMMETRIC, PRIVATE, PUBLIC = "whsec_", "whsk_", "whpk_"


class BadSecret(ValueError):
    """A secret whose prefix promises base64 that is not there."""


def make_secret(random: bytes) -> str:
    """A symmetric secret out of ``random``; the specification asks for 24 to 64 bytes."""
    return SYMMETRIC + base64.b64encode(random).decode("ascii")


def make_private_key(random: bytes) -> str:
    """An ed25519 private key out of 32 bytes of ``random``."""
    return PRIVATE + base64.b64encode(random).decode("ascii")


def public_key(private_key: str) -> str:
    """What the receiver checks ``v1a`` signatures with: ``whpk_`` and base64."""
    raw = _signer(private_key).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return PUBLIC + base64.b64encode(raw).decode("ascii")


def key_bytes(secret: str) -> bytes:
    """The key inside ``secret``: base64 after ``whsec_``, else the text's own UTF-8 bytes.

    Raises :class:`BadSecret`.
    """
    return _decoded(secret, SYMMETRIC) if secret.startswith(SYMMETRIC) else secret.encode()


def sign(secrets: Iterable[str], message_id: str, timestamp: int, body: bytes) -> str:
    """The value of ``webhook-signature``: one signature for each of ``secrets``.

    ``timestamp`` is the attempt's, in whole Unix seconds. Raises :class:`BadSecret`.
    """
    content = f"{message_id}.{timestamp}.".encode() + body
    return " ".join([_signature(secret, content) for secret in secrets])


def verify(secret: str, message_id: str, timestamp: str, body: bytes, header: str) -> bool:
    """Whether ``header`` holds a ``v1`` signature made with ``secret``, in constant time."""
    expected = _signature(secret, f"{message_id}.{timestamp}.".encode() + body).encode()
    return any(hmac.compare_digest(expected, given.encode()) for given in header.split(" "))


def _signature(secret: str, content: bytes) -> str:
    if secret.startswith(PRIVATE):
        return "v1a," + base64.b64encode(_signer(secret).sign(content)).decode("ascii")
    keyed = _keyed(secret).copy()
    keyed.update(content)
    return "v1," + base64.b64encode(keyed.digest()).decode("ascii")


# The same few secrets sign all day.
@lru_cache(maxsize=4096)
def _keyed(secret: str) -> hmac.HMAC:
    return hmac.new(key_bytes(secret), digestmod="sha256")


def _signer(private_key: str) -> Ed25519PrivateKey:
    # Some tools write the 32 bytes of the seed, some the seed and the public key: both begin so.
    raw = _decoded(private_key, PRIVATE)
    if len(raw) not in (32, 64):
        raise BadSecret("an ed25519 key has 32 or 64 bytes")
    return Ed25519PrivateKey.from_private_bytes(raw[:32])


def _decoded(secret: str, prefix: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(prefix), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadSecret(f"what follows {prefix} is not base64") from error
