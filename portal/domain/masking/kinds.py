"""What stands in place of a masked value, and how much of it is left for people to tell by."""

import re
from enum import StrEnum

# Always as many, so that they say nothing of the length.
DOTS = "•••••"
# Of a longer number more may be told without its being guessed.
_LONG_PHONE, _SHORT_PHONE, _CARD = 10, 7, 12
_ADDRESS = re.compile(r"([^\s@]{3,})@([^\s@]+)")


class MaskKind(StrEnum):
    """How a field is masked."""

    PHONE = "phone"
    EMAIL = "email"
    CARD = "card"
    WHOLE = "whole"


def covered(text: str, kind: MaskKind) -> str:
    """What is shown of ``text``: of a phone number or a card its last digits, of an e-mail address
    its first letter and its domain; nothing of what is too short for that, or something else."""
    if kind is MaskKind.EMAIL:
        address = _ADDRESS.fullmatch(text.strip())
        return f"{address[1][0]}{DOTS}@{address[2]}" if address else DOTS
    digits = [letter for letter in text if letter.isdecimal()]
    return DOTS + "".join(digits[-left:]) if (left := _left_of(len(digits), kind)) else DOTS


def _left_of(count: int, kind: MaskKind) -> int:
    if kind is MaskKind.CARD:
        return 4 if count >= _CARD else 0
    if kind is MaskKind.PHONE and count >= _SHORT_PHONE:
        return 4 if count >= _LONG_PHONE else 3
    return 0
