"""Numbers as people type them: Arabic digits are digits too."""

import re
from decimal import Decimal

from portal.domain.folding import latin_digits

_WHOLE = re.compile(r"-?\d{1,12}", re.ASCII)
_DECIMAL = re.compile(r"\d{1,12}(?:[.,]\d{1,12})?", re.ASCII)


def whole(text: str | None) -> int | str | None:
    """The whole number in ``text``; None for nothing, and a text that is none as it stands."""
    plain = latin_digits((text or "").strip())
    return int(plain) if _WHOLE.fullmatch(plain) else plain or None


def decimal(text: str | None) -> Decimal | None:
    """The number in ``text``, with a fraction or without; None when it holds none."""
    plain = latin_digits((text or "").strip()).replace("٫", ".")
    return Decimal(plain.replace(",", ".")) if _DECIMAL.fullmatch(plain) else None
