"""The second step of signing in: codes that change with time (RFC 6238), and recovery codes."""

import base64
import unicodedata
from collections.abc import Iterator
from datetime import datetime
from hmac import compare_digest

import pyotp

SECRET_BYTES = 20
# Seconds that a code lives; one step earlier and one later are taken as well, for clocks differ.
STEP_SECONDS, DRIFT = 30, 1

RECOVERY_CODES, RECOVERY_BYTES = 10, 10
_LETTERS_A_GROUP = 4

# What authenticators call the account.
ISSUER = "Khuttaf"


def secret_of(random: bytes) -> str:
    """A secret for an authenticator out of ``random``, in base32."""
    return base64.b32encode(random).decode("ascii").rstrip("=")


def address_of(secret: str, email: str) -> str:
    """What a QR code says to an authenticator."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def groups_of(text: str) -> str:
    """``text`` in groups of four, as people type it."""
    starts = range(0, len(text), _LETTERS_A_GROUP)
    return " ".join(text[start : start + _LETTERS_A_GROUP] for start in starts)


def matching_step(secret: str, code: str, moment: datetime, last_step: int) -> int | None:
    """The step whose code ``code`` is at ``moment``; None when it is none, or when that step or a
    later one was used already."""
    typed, found = plain_code(code), None
    here = int(moment.timestamp()) // STEP_SECONDS
    for step in range(here - DRIFT, here + DRIFT + 1):
        expected = pyotp.TOTP(secret).generate_otp(step)
        if compare_digest(expected.encode(), typed.encode("utf-8", "replace")) and step > last_step:
            found = step
    return found


def recovery_codes_of(random: bytes) -> list[str]:
    """Recovery codes out of ``random``, of which each takes :data:`RECOVERY_BYTES`."""
    return [groups_of(secret_of(part).lower()).replace(" ", "-") for part in _parts(random)]


def plain_code(code: str) -> str:
    """A code as it is compared: without what people put between, digits of any script as ASCII."""
    kept = (character for character in code if character.isalnum())
    return "".join(_plain(character) for character in kept).lower()


def _plain(character: str) -> str:
    digit = unicodedata.decimal(character, None)
    return character if digit is None else str(digit)


def _parts(random: bytes) -> Iterator[bytes]:
    for start in range(0, len(random), RECOVERY_BYTES):
        yield random[start : start + RECOVERY_BYTES]
