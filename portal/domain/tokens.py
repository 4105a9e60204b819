"""Secrets that somebody carries: made of randomness, kept only as a hash."""

import base64
import hashlib


def token_of(random: bytes, prefix: str = "") -> str:
    """A token out of ``random`` (16 bytes or more), safe in a URL and in a header."""
    return prefix + base64.urlsafe_b64encode(random).decode("ascii").rstrip("=")


def hash_of(token: str) -> str:
    """What is stored of a token: SHA-256 in hex. A random token needs no slower hash."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
