"""What stands in place of a masked value, and how much of it is left for people to tell by."""

import re
from collections.abc import Collection
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


_LONG_NUMBER = re.compile(r"\+?\d(?:[\s().-]?\d){8,}")
_SHAPES = {
    MaskKind.PHONE: _LONG_NUMBER,
    MaskKind.CARD: _LONG_NUMBER,
    # No longer than what stands before it may be: a long text is searched in one go.
    MaskKind.EMAIL: re.compile(r"[^\s@<>\"',;:=&]{1,64}(?:@|%40|&#64;)[^\s@<>\"',;:=&]{1,255}"),
}


def covered(text: str, kind: MaskKind) -> str:
    """What is shown of ``text``: of a phone number or a card its last digits, of an e-mail address
    its first letter and its domain; nothing of what is too short for that, or something else."""
    if kind is MaskKind.EMAIL:
        address = _ADDRESS.fullmatch(text.strip())
        return f"{address[1][0]}{DOTS}@{address[2]}" if address else DOTS
    digits = [letter for letter in text if letter.isdecimal()]
    return DOTS + "".join(digits[-left:]) if (left := _left_of(len(digits), kind)) else DOTS


def without_shapes(text: str, kinds: Collection[MaskKind]) -> str:
    """``text`` with dots in place of all that looks like a value of ``kinds``: of a text that is no
    JSON, nobody can tell which field a number or an address belongs to."""
    for kind in kinds:
        shape = _SHAPES.get(kind)
        text = shape.sub(DOTS, text) if shape else text
    return text


def _left_of(count: int, kind: MaskKind) -> int:
    if kind is MaskKind.CARD:
        return 4 if count >= _CARD else 0
    if kind is MaskKind.PHONE and count >= _SHORT_PHONE:
        return 4 if count >= _LONG_PHONE else 3
    return 0
